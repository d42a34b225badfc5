#include "agent/app/rehearse.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>

#include "agent/app/hospital_source.h"
#include "agent/app/listing.h"
#include "agent/app/live_config.h"
#include "agent/app/offline.h"
#include "agent/base/clock.h"
#include "agent/eligibility/trial.h"
#include "agent/screening/circumstances.h"
#include "agent/screening/entry.h"
#include "agent/screening/rehearsal.h"
#include "agent/store/desk.h"

namespace trialflag::app {
namespace {

using eligibility::Effect;
using eligibility::Status;

constexpr Status kCounted[] = {Status::potentially_eligible, Status::needs_review, Status::ineligible, Status::not_screened,
                               Status::not_a_candidate};
constexpr Effect kEffects[] = {Effect::pass, Effect::fail, Effect::open};

struct RehearseWish {
  std::string file, format = "table";
  bool patients = false;
};

Row moved(const char* kind, std::string_view name, std::string_view from, std::string_view to, std::uint64_t patients) {
  Row row;
  row.text("kind", kind);
  row.text("name", name);
  row.text("now", from);
  row.text("amended", to);
  row.number("patients", static_cast<std::int64_t>(patients));
  return row;
}

void add_totals(const screening::Rehearsal& rehearsal, std::vector<Row>& rows) {
  for (const Status from : kCounted)
    for (const Status to : kCounted)
      if (const auto count = rehearsal.moved(from, to); count > 0)
        rows.push_back(moved("status", "status", eligibility::name_of(from), eligibility::name_of(to), count));
  for (const auto& criterion : rehearsal.criteria()) {
    if (!criterion.only_in.empty()) {
      const bool gone = criterion.only_in == "now";
      rows.push_back(moved("criterion", criterion.id, gone ? "present" : "absent", gone ? "absent" : "present", rehearsal.patients()));
    }
    for (const Effect from : kEffects)
      for (const Effect to : kEffects) {
        const auto count = criterion.effects[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)];
        if (from != to && count > 0)
          rows.push_back(moved("criterion", criterion.id, eligibility::name_of(from), eligibility::name_of(to), count));
      }
  }
}

/// The screener of the configured trial that the file amends, or null with a word on stderr.
std::shared_ptr<const screening::Screener> screener_now(const LiveConfig& live, const eligibility::Trial& amended, Context& context) {
  for (const LiveTrial& trial : live.trials)
    if (screening::trial_id(*trial.screener) == amended.id) return trial.screener;
  context.err << "trialflag: no trial " << amended.id << " is configured, so there is nothing that this file would change; "
              << "add it to `trials` in " << context.config_file << ", or give the file the id of a configured trial\n";
  return nullptr;
}

int failed(Context& context, const Error& error) {
  context.err << "trialflag: " << error.message << '\n';
  return error.code == ErrorCode::not_found ? nothing_readable : status_of_store(error);
}

int rehearse(Context& context, const RehearseWish& wish) {
  const auto live = load_live(context, settings::Secrets::unread);
  if (!live) return usage;
  const auto tables = load_tables(live->agent.screening, context);
  const auto trial = tables ? load_named_trial(wish.file, {}, *tables, context) : nullptr;
  const auto now_screener = trial ? screener_now(*live, *trial, context) : nullptr;
  if (!now_screener) return usage;
  const screening::Screener amended(tables, trial, live->agent.screening.site.zone);
  const auto desk = store::Desk::open(live->agent.state_dir);
  if (!desk) return failed(context, desk.error());
  const auto types = (*desk)->types();
  if (!types) return failed(context, types.error());
  const Instant now = SystemClock().now();
  screening::Rehearsal rehearsal(
      *now_screener, amended,
      screening::blind_types(*types, polled_types(), screening::last_reading(*types, now), live->agent.ehr.stale_after), now);
  std::vector<Row> rows;
  std::uint64_t unreadable = 0;
  const auto done_all = (*desk)->each_patient({trial->id}, [&](const screening::StoredPatient& patient) -> Result<void> {
    const auto changed = rehearsal.take(patient);
    if (!changed) ++unreadable;
    if (changed && *changed && wish.patients)
      rows.push_back(
          moved("patient", patient.patient, eligibility::name_of(rehearsal.last_now()), eligibility::name_of(rehearsal.last_amended()), 1));
    return {};
  });
  if (!done_all) return failed(context, done_all.error());
  add_totals(rehearsal, rows);
  write_rows(context.out, wish.format, rows,
             {{"name", "WHAT", 26}, {"now", "NOW", 20}, {"amended", "AMENDED", 20}, {"patients", "COUNT", 0}},
             "nobody is stored, so nothing would change");
  if (!context.quiet)
    context.err << trial->id << ": version " << now_screener->trial().version << " against version " << trial->version << " on "
                << rehearsal.patients() << " stored patients; who has no chart here is read from the EHR only when the entry criterion "
                << "changes\n";
  if (unreadable > 0) context.err << "trialflag: " << unreadable << " stored charts cannot be read; the next cycle reads them again\n";
  return unreadable > 0 ? in_part : done;
}

}  // namespace

void add_rehearse_command(CLI::App& trial, Context& context) {
  auto wish = std::make_shared<RehearseWish>();
  CLI::App* command = trial.add_subcommand("rehearse", "what an amended file would change, over the stored charts; changes nothing");
  command->add_option("FILE", wish->file, "the amended trial file")->required();
  command->add_flag("--patients", wish->patients, "also name each patient whose status would change");
  add_format_option(command, wish->format);
  command->footer("Example: trialflag trial rehearse amended.yaml --patients");
  command->callback([&context, wish] { context.status = rehearse(context, *wish); });
}

}  // namespace trialflag::app
