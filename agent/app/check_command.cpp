// The command check: configuration, trials and mappings are valid, or every flaw as FILE:LINE.
#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>

#include "agent/app/command.h"
#include "agent/app/live_config.h"
#include "agent/base/clock.h"
#include "agent/screening/entry.h"
#include "agent/settings/do_not_contact.h"
#include "agent/settings/roster_file.h"

namespace trialflag::app {
namespace {

bool opt_outs_are_sound(const settings::AgentConfig& agent, Context& context) {
  std::error_code error;
  if (!std::filesystem::exists(agent.do_not_contact, error) && !error) return true;
  std::vector<std::string> flaws;
  const auto list = settings::read_do_not_contact(agent.do_not_contact, agent.screening.site.zone, SystemClock().now(), flaws);
  if (list) flaws = list->flaws;
  for (const std::string& flaw : flaws) context.err << flaw << '\n';
  return flaws.empty();
}

/// A daemon goes on with the roster that it has; whoever sets up a new one wants to know.
bool roster_is_sound(const settings::RosterConfig& roster, Context& context) {
  if (roster.kind != settings::RosterConfig::Kind::file) return true;
  const auto file = settings::read_roster_file(roster.file);
  if (!file)
    context.err << context.config_file << ": ehr.roster.file " << roster.file.string()
                << " cannot be read; check the path and who may read it\n";
  if (!file) return false;
  for (const int line : file->flaws)
    context.err << roster.file.string() << ":" << line << ": names no Patient; write Patient/ID or the id alone, a comment after #\n";
  return file->flaws.empty();
}

int check(Context& context, bool all_settings) {
  const auto live = load_live(context);
  if (!live || !key_is_usable(live->agent, context)) return usage;
  if (!opt_outs_are_sound(live->agent, context) || !roster_is_sound(live->agent.ehr.roster, context)) return usage;
  const auto in_vain = trials_named_in_vain(*live);
  for (const std::string& told : in_vain) context.err << context.config_file << ": " << told << "; mend the name\n";
  if (!in_vain.empty()) return usage;
  for (const settings::Flaw& flaw : live->agent.not_yet) context.err << to_string(flaw) << '\n';
  for (const LiveTrial& trial : live->trials) {
    const std::string id = screening::trial_id(*trial.screener);
    if (!trial.muted_because.empty()) {
      context.err << "trial " << id << " sends nothing: " << trial.muted_because << '\n';
    } else if (!trial.approved && !context.quiet) {
      context.err << "trial " << id << " sends without approval; sha256, approved_by and approved_on beside its entry would pin its file\n";
    }
  }
  if (!context.quiet)
    context.out << context.config_file << ": sound; " << live->trials.size() << (live->trials.size() == 1 ? " trial\n" : " trials\n");
  if (all_settings) context.out << settings::describe(live->agent);
  return done;
}

}  // namespace

void add_check_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("check", "are configuration, trials and mappings valid?");
  command->footer("Example: trialflag check --config /etc/trialflag/agent.yaml");
  const auto settings = std::make_shared<bool>(false);
  command->add_flag("--settings", *settings, "print every setting in force, defaults included, of secrets only whether they are set");
  command->callback([&context, settings] { context.status = check(context, *settings); });
}

}  // namespace trialflag::app
