#include "agent/screening/cycle.h"

#include <cstdlib>
#include <utility>

#include "agent/base/sentence.h"
#include "agent/eligibility/trial.h"
#include "agent/screening/cycle_parts.h"
#include "agent/screening/entry.h"

namespace trialflag::screening {
namespace {

/// Is the source there? Trouble is told in the report and is no failure of the cycle: stored charts are screened all the same.
void greet(CycleWork& work) {
  constexpr std::int64_t kMostSkew = 60000;
  const auto greeting = work.source.greet();
  if (greeting && std::abs(work.source_time().ms - work.clock.now().ms) > kMostSkew)
    work.report.problems.emplace_back("the clock of the EHR's server and ours differ by more than a minute; set both by NTP");
  if (greeting) return;
  work.report.unreachable = work.source_down = true;
  work.report.problems.push_back("the EHR could not be read: " + greeting.error().message);
}

/// Which trials take nobody now.
Result<void> look_at_recruitment(CycleWork& work) {
  for (const auto& [trial, rules] : work.settings.rules) {
    if (!rules.recruiting) work.closed[trial] = kTrialClosed;
    if (!rules.recruiting || !rules.slots) continue;
    const auto enrolled = work.store.enrolled(trial);
    if (!enrolled) return tl::unexpected(enrolled.error());
    if (*enrolled >= *rules.slots) work.closed[trial] = kTrialFull;
  }
  return {};
}

/// What people did in the EHR to what was written there, before anything is decided.
Result<void> read_back(CycleWork& work) {
  if (work.settings.chart_writer == nullptr || !work.settings.sends || work.source_down || work.stop.stop_requested()) return {};
  auto read = work.settings.chart_writer->read_back(work.started, work.report.problems);
  return work.stop.stop_requested() ? Result<void>() : read;
}

/// Who must not be approached. A list that cannot be read leaves it as it was, and nobody new is told: they may be on it.
Result<void> look_at_opt_outs(CycleWork& work) {
  std::optional<OptOuts> listed;
  if (work.settings.opt_outs) listed = work.settings.opt_outs(work.clock.now(), work.report.problems);
  if (listed && !listed->whole) {
    work.opt_outs_unsure = work.report.opt_outs_unread = true;
    work.report.problems.emplace_back(
        "the do-not-contact list cannot be read, or not whole; who was on it stays on it, and openings wait until it is mended");
    const auto before = work.store.opt_outs(std::nullopt);
    if (!before) return tl::unexpected(before.error());
    listed->patients.insert(before->begin(), before->end());
  }
  auto kept = work.store.opt_outs(listed ? std::optional(std::move(listed->patients)) : std::nullopt);
  if (!kept) return tl::unexpected(kept.error());
  work.opt_outs = std::move(*kept);
  if (work.settings.opt_outs && !listed && !work.opt_outs.empty())
    work.report.problems.emplace_back(
        "the do-not-contact list is away; who was on it stays on it; to end that, save it with its header line alone");
  return {};
}

Result<void> mark_due(CycleWork& work) {
  const auto states = work.store.type_states();
  if (!states) return tl::unexpected(states.error());
  work.blind = blind_types(*states, work.source.types(), work.started, work.settings.stale_after);
  std::map<TrialId, std::string> under;
  for (const auto& screener : work.settings.screeners) {
    const TrialId trial{trial_id(*screener)};
    under[trial] =
        screened_under(*screener, work.blind, telling_of(work, trial, work.settings.sends && !work.settings.mute.contains(trial)));
  }
  if (auto marked = work.store.mark_due(work.started, under); !marked) return marked;
  std::string ranking;
  for (const auto& [trial, screened] : under) {
    const auto rules = work.settings.rules.find(trial);
    ranking += trial.value + " " + std::to_string(rules == work.settings.rules.end() ? 0 : rules->second.priority) + "\n";
  }
  return work.store.mark_rivals(ranking);
}

void tell_misdated(CycleWork& work) {
  std::map<fhir::ResourceType, std::int64_t> counts;
  for (const auto& [type, id] : work.misdated) ++counts[type];
  for (const auto& [type, count] : counts)
    work.report.problems.push_back(std::string(fhir::name_of(type)) + ": " + counted(count, "record") + std::string(kMisdated));
}

/// Before the first event that is reached under them.
Result<void> keep_trial_files(CycleWork& work) {
  for (const auto& screener : work.settings.screeners) {
    const eligibility::Trial& trial = screener->trial();
    if (auto kept = work.store.keep_trial_file(trial.file_hash, trial.file_text); !kept) return kept;
  }
  return {};
}

}  // namespace

Telling telling_of(const CycleWork& work, const TrialId& trial, bool sends) {
  Telling telling;
  telling.sends = sends;
  if (const auto rules = work.settings.rules.find(trial); rules != work.settings.rules.end()) telling.gated = rules->second.gated;
  if (const auto closed = work.closed.find(trial); closed != work.closed.end()) telling.closed = closed->second;
  for (const Recipient& recipient : work.settings.recipients) {
    telling.of_eligible = telling.of_eligible || wants(recipient, trial, FlagStatus::potentially_eligible);
    telling.of_review = telling.of_review || wants(recipient, trial, FlagStatus::needs_review);
  }
  return telling;
}

bool CycleReport::whole() const {
  for (const auto& [type, outcome] : types)
    if ((outcome.reading == Reading::incomplete && (!outcome.warned || outcome.granted_in_part)) || outcome.reading == Reading::not_granted)
      return false;
  return !unreachable && !roster_unread && !opt_outs_unread && unread_records == 0 && unread == 0 && unsent == 0;
}

Cycle::Cycle(CycleSettings settings, PatientSource& source, ScreeningStore& store, Outbox& outbox, Sender* sender, const Clock& clock,
             HookSender* hooks, Roster* roster)
    : settings_(std::move(settings)),
      source_(source),
      store_(store),
      outbox_(outbox),
      sender_(sender),
      hooks_(hooks),
      clock_(clock),
      roster_(roster) {}

Result<CycleReport> Cycle::run(bool sweep, std::stop_token stop) {
  CycleWork work{settings_, source_, store_, outbox_, sender_, hooks_, clock_, std::move(stop), clock_.now()};
  work.roster = roster_;
  work.source_rests = settings_.source_rests && settings_.source_rests(work.started);
  for (const auto& screener : settings_.screeners) work.sittings.emplace_back(*screener);
  greet(work);
  auto done = store_.follow_clock(work.started);
  if (done) done = store_.rewind_unless(basis_of(settings_.screeners) + (roster_ == nullptr ? "" : " " + roster_->name()));
  if (done) done = keep_trial_files(work);
  if (done) done = follow_roster(work);
  if (done && !work.source_down) done = poll_types(work, sweep);
  if (done && !work.source_down && work.report.swept) done = store_.mark_all_for_reading();
  if (done) done = read_back(work);
  if (done) done = look_at_recruitment(work);
  if (done) done = look_at_opt_outs(work);
  if (done) done = mark_due(work);
  if (done) done = work_off(work);
  tell_misdated(work);
  // A cycle that was stopped has not seen everybody: the flood brake would count too few.
  if (done && !work.stop.stop_requested()) done = settle(work);
  if (done && !work.stop.stop_requested()) done = remind(work);
  if (done && !work.stop.stop_requested()) done = deliver(work);
  if (!done) return tl::unexpected(done.error());
  return std::move(work.report);
}

}  // namespace trialflag::screening
