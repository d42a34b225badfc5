// The command trial: is a trial file valid, what does it say, and what would it change?
#include <CLI/CLI.hpp>
#include <ostream>

#include "agent/app/columns.h"
#include "agent/app/command.h"
#include "agent/app/offline.h"
#include "agent/app/rehearse.h"

namespace trialflag::app {
namespace {

std::shared_ptr<const eligibility::Trial> load(Context& context, const std::string& name) {
  const auto config = offline_config(context);
  if (!config) return nullptr;
  const auto tables = load_tables(*config, context);
  return tables ? load_named_trial(name, *config, *tables, context) : nullptr;
}

int check(Context& context, const std::string& name) {
  const auto trial = load(context, name);
  if (!trial) return usage;
  context.out << trial->id << " version " << trial->version << ": sound; " << trial->criteria.size() << " criteria; sha256 "
              << trial->file_hash << '\n';
  return done;
}

int show(Context& context, const std::string& name) {
  const auto trial = load(context, name);
  if (!trial) return usage;
  context.out << trial->id << ", version " << trial->version << '\n';
  for (const std::string& line : wrapped(trial->title, kColumns)) context.out << line << '\n';
  context.out << "Entry: " << trial->entry << "\n\n";
  for (const eligibility::Criterion& criterion : trial->criteria) {
    context.out << fitted(criterion.id, 30) << ' ' << name_of(criterion.kind) << '\n';
    for (const std::string& line : wrapped(criterion.label, kColumns - 4)) context.out << "    " << line << '\n';
    for (const std::string& line : wrapped("\"" + criterion.cite + "\"", kColumns - 4)) context.out << "    " << line << '\n';
  }
  return done;
}

}  // namespace

void add_trial_command(CLI::App& app, Context& context) {
  auto name = std::make_shared<std::string>();
  CLI::App* trial = app.add_subcommand("trial", "a trial file: check it, show it, rehearse it");
  trial->require_subcommand(1);
  trial->fallthrough();
  CLI::App* check_command = trial->add_subcommand("check", "is the file valid? every flaw as FILE:LINE");
  check_command->add_option("TRIAL", *name, "a trial's id, or a file")->required();
  check_command->footer("Example: trialflag trial check config/trials/NCT07230171.yaml");
  check_command->callback([&context, name] { context.status = check(context, *name); });
  CLI::App* show_command = trial->add_subcommand("show", "its criteria with the protocol's words");
  show_command->add_option("TRIAL", *name, "a trial's id, or a file")->required();
  show_command->footer("Example: trialflag trial show NCT07230171");
  show_command->callback([&context, name] { context.status = show(context, *name); });
  add_rehearse_command(*trial, context);
}

}  // namespace trialflag::app
