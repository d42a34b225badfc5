// What every command shares: where it reads and writes, the options of all, and how it is added to the command line.
#pragma once

#include <iosfwd>
#include <string>

#include "agent/base/result.h"

// Declared, not included: CLI11 takes longer to compile than all the rest of a command.
namespace CLI {
class App;
}

namespace trialflag::app {

/// Exit statuses (interface.md section 2).
enum ExitStatus : int { done = 0, in_part = 1, usage = 2, nothing_readable = 3, ehr_unreachable = 4, defect = 70 };

/// The status of a command that the state failed: 3 when it is damaged, so that a person must restore a backup, or
/// this user may not read it; else 1.
inline int status_of_store(const Error& error) {
  return error.code == ErrorCode::damage || error.code == ErrorCode::unauthorized ? nothing_readable : in_part;
}

/// Streams and the options of all commands. A command's callback sets `status`.
struct Context {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool out_is_terminal = false, err_is_terminal = false;
  std::string config_file;     ///< --config, else $TRIALFLAG_CONFIG, else /etc/trialflag/agent.yaml if readable, else empty
  std::string log_level = {};  ///< empty: what the configuration says
  bool quiet = false;
  int status = done;
};

// Each adds its subcommands to `app`; `context` outlives the parse. One file a command: agent/app/<name>_command.cpp.
void add_screen_command(CLI::App& app, Context& context);    ///< screen, explain
void add_mappings_command(CLI::App& app, Context& context);  ///< mappings test|explain
void add_run_command(CLI::App& app, Context& context);       ///< run [--once]
void add_flags_command(CLI::App& app, Context& context);     ///< flags, notices
void add_status_command(CLI::App& app, Context& context);    ///< status
void add_check_command(CLI::App& app, Context& context);     ///< check
void add_doctor_command(CLI::App& app, Context& context);    ///< doctor
void add_trial_command(CLI::App& app, Context& context);     ///< trial check|show|rehearse
void add_state_command(CLI::App& app, Context& context);     ///< backup, restore, forget
void add_keys_command(CLI::App& app, Context& context);      ///< keys new|jwks
void add_log_command(CLI::App& app, Context& context);       ///< log [--consort|--quality], log verify, log sample

}  // namespace trialflag::app
