#include "agent/app/app.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <exception>
#include <iostream>

#include "agent/app/command.h"

namespace trialflag::app {
namespace {

std::string default_config() {
  if (const char* named = std::getenv("TRIALFLAG_CONFIG"); named != nullptr && *named != '\0') return named;
  constexpr const char* kSystemConfig = "/etc/trialflag/agent.yaml";
  return access(kSystemConfig, R_OK) == 0 ? kSystemConfig : "";
}

void add_common_options(CLI::App& app, Context& context) {
  app.add_option("--config", context.config_file, "configuration file (else $TRIALFLAG_CONFIG, else /etc/trialflag/agent.yaml)");
  app.add_option("--log-level", context.log_level, "trace, debug, info, warn, error")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}));
  app.add_flag("--quiet", context.quiet, "say nothing on stderr but problems");
}

int run_parsed(int argc, char** argv, Context& context) {
  CLI::App app{"Finds the patients of a hospital who may fit a clinical trial, and says why.", "trialflag"};
  app.require_subcommand(1);
  app.fallthrough();
  add_common_options(app, context);
  app.add_subcommand("version", "print the version")->callback([&] { context.out << "trialflag " << TRIALFLAG_VERSION << '\n'; });
  add_screen_command(app, context);
  add_mappings_command(app, context);
  add_run_command(app, context);
  add_flags_command(app, context);
  add_status_command(app, context);
  add_check_command(app, context);
  add_doctor_command(app, context);
  add_trial_command(app, context);
  add_keys_command(app, context);
  add_state_command(app, context);
  add_log_command(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error, context.out, context.err) == 0 ? done : usage;
  }
  return context.status;
}

}  // namespace

int run(int argc, char** argv) {
  Context context{std::cin, std::cout, std::cerr, isatty(1) == 1, isatty(2) == 1, default_config()};
  try {
    const int status = run_parsed(argc, argv, context);
    if (context.out.flush()) return status;
    context.err << "trialflag: the output could not be written whole; look at where it goes (a full disk?) and run the command again\n";
    return status == done ? in_part : status;
  } catch (const std::exception& error) {
    context.err << "trialflag: defect: " << error.what() << "; please report it with the command that led here\n";
    return defect;
  }
}

}  // namespace trialflag::app
