// The commands backup, restore and forget: what is done to the state as a whole, or to all that it holds of one patient.
#include <pwd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <ostream>

#include "agent/app/command.h"
#include "agent/app/live_config.h"
#include "agent/app/progress.h"
#include "agent/base/clock.h"
#include "agent/base/sentence.h"
#include "agent/store/backup.h"
#include "agent/store/desk.h"

namespace trialflag::app {
namespace {

namespace fs = std::filesystem;

struct StateOptions {
  std::string file, patient, key_file;
  bool force = false, yes = false, lift = false;
};

std::string who() {
  const passwd* user = getpwuid(getuid());
  return user != nullptr ? user->pw_name : "uid " + std::to_string(getuid());
}

int complain_of_state(Context& context, const Error& error) {
  context.err << "trialflag: " << error.message << '\n';
  switch (error.code) {
    case ErrorCode::not_found:
    case ErrorCode::conflict:
    case ErrorCode::invalid_config:
      return usage;
    case ErrorCode::malformed_data:
    case ErrorCode::damage:
    case ErrorCode::unauthorized:
      return nothing_readable;
    default:
      return in_part;
  }
}

/// Only people at a terminal are asked to say it twice.
bool confirmed(Context& context, bool yes, const std::string& what) {
  if (yes || isatty(0) != 1) return true;
  context.err << "trialflag: " << what << "; add --yes to do it\n";
  return false;
}

int backup(Context& context, const StateOptions& options) {
  if (!options.key_file.empty()) {
    context.err
        << "trialflag: --key-file: backups cannot be encrypted yet; write the backup to an encrypted disk, or encrypt the file with "
           "the hospital's own tool\n";
    return usage;
  }
  const auto agent = load_agent(context, settings::Secrets::unread);
  if (!agent) return usage;
  const SystemClock clock;
  ProgressBar bar(context.err, context.err_is_terminal && !context.quiet, clock);
  const auto done = store::back_up(agent->state_dir, options.file, {TRIALFLAG_VERSION, clock.now(), options.force},
                                   [&](std::uint64_t written, std::uint64_t total) { bar.show("backing up", written, total); });
  bar.wipe();
  if (!done) return complain_of_state(context, done.error());
  if (!context.quiet) {
    context.err << options.file << ": " << counted(done->flags, "flag") << ", " << counted(done->charts, "chart") << ", "
                << (done->bytes + 1023) / 1024 << " KiB; it holds patient data in plain text, for its owner alone\n";
  }
  return app::done;
}

int restore(Context& context, const StateOptions& options) {
  const auto agent = load_agent(context, settings::Secrets::unread);
  if (!agent) return usage;
  const std::string what = "this puts " + options.file + " in the place of the state in " + agent->state_dir.string() +
                           ", which is kept beside it; then everything is read from the EHR again, and notices wait for a person";
  if (!confirmed(context, options.yes, what)) return usage;
  const SystemClock clock;
  ProgressBar bar(context.err, context.err_is_terminal && !context.quiet, clock);
  const auto restored = store::restore(agent->state_dir, options.file, {agent->screening.site.id, agent->ehr.base_url}, clock.now(),
                                       [&](std::uint64_t written, std::uint64_t total) { bar.show("restoring", written, total); });
  bar.wipe();
  if (!restored) return complain_of_state(context, restored.error());
  if (context.quiet) return done;
  const store::Backup& backup = restored->backup;
  context.err << "restored the state of " << agent->screening.site.zone.format({backup.at.ms / 1000 * 1000}) << ", written by trialflag "
              << backup.version << ": " << counted(backup.flags, "flag") << ", " << counted(backup.charts, "chart") << '\n';
  if (!restored->former.empty()) context.err << "the state until now is kept as " << restored->former.string() << '\n';
  context.err
      << "The next cycles read everything from the EHR again. What was sent since that backup is not known here: until all is read,\n"
         "notices wait behind a held summary. Look at `trialflag notices list`, compare with the mails that went out, then run\n"
         "`trialflag notices release`. What people wrote on flags since then is in the kept state alone.\n";
  return done;
}

int forget(Context& context, const StateOptions& options) {
  const auto agent = load_agent(context, settings::Secrets::unread);
  if (!agent) return usage;
  const auto desk = store::Desk::open(agent->state_dir);
  if (!desk) return complain_of_state(context, desk.error());
  const std::string patient = options.patient.starts_with("Patient/") ? options.patient.substr(8) : options.patient;
  if (options.lift) {
    const auto lifted = (*desk)->remember(patient);
    if (!lifted) return complain_of_state(context, lifted.error());
    if (!*lifted) return complain_of_state(context, {ErrorCode::not_found, "no patient of that id was forgotten"});
    if (!context.quiet) context.err << "the patient may be found again, from the next cycle on\n";
    return done;
  }
  if (!confirmed(context, options.yes, "this erases all that is stored of " + options.patient + ", and cannot be undone")) return usage;
  bool purged = false;
  const auto forgotten = (*desk)->forget(patient, who(), SystemClock().now(), purged);
  if (!forgotten) return complain_of_state(context, forgotten.error());
  if (forgotten->records == 0 && !forgotten->already)
    return complain_of_state(
        context, {ErrorCode::not_found, "no patient of that id is known here; ids are those of the EHR, as `trialflag flags list` shows"});
  if (context.quiet) return done;
  if (forgotten->already) {
    context.err << "that patient is forgotten already\n";
    return done;
  }
  context.err << "forgotten: " << counted(forgotten->records, "record") << ", " << counted(forgotten->flags, "flag") << " emptied, "
              << counted(forgotten->told, "retraction") << " to send. The patient is not taken in again (`forget --lift` allows it)\n";
  if (!purged) context.err << "An agent is running: free pages of the state are overwritten when it next starts\n";
  context.err << "Backups that were made before, and states kept by a restore, still hold the patient: delete them\n";
  return done;
}

}  // namespace

void add_state_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<StateOptions>();
  CLI::App* out = app.add_subcommand("backup", "copy the state into a file, also while the agent runs");
  out->add_option("FILE", options->file, "the file to write")->required();
  out->add_flag("--force", options->force, "replace a file of that name");
  out->add_option("--key-file", options->key_file, "not there yet: backups are plain, mode 0600");
  out->footer("Example: trialflag backup /backup/trialflag-$(date +%F).db");
  out->callback([&context, options] { context.status = backup(context, *options); });
  CLI::App* in = app.add_subcommand("restore", "put a backup in the place of the state; the agent must be stopped");
  in->add_option("FILE", options->file, "a file that `trialflag backup` wrote")->required();
  in->add_flag("--yes", options->yes, "do not ask");
  in->footer("Example: trialflag restore /backup/trialflag-2026-11-28.db");
  in->callback([&context, options] { context.status = restore(context, *options); });
  CLI::App* erase = app.add_subcommand("forget", "erase all that is stored of a patient, and of those merged into them");
  erase->add_option("PATIENT", options->patient, "Patient/x or x")->required();
  erase->add_flag("--yes", options->yes, "do not ask");
  erase->add_flag("--lift", options->lift, "let a forgotten patient be found again");
  erase->footer("Example: trialflag forget Patient/p1");
  erase->callback([&context, options] { context.status = forget(context, *options); });
}

}  // namespace trialflag::app
