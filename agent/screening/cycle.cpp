#include "agent/screening/cycle.h"

#include <utility>

#include "agent/eligibility/trial.h"
#include "agent/screening/cycle_parts.h"
#include "agent/screening/entry.h"

namespace trialflag::screening {
namespace {

/// Is the source there? Trouble is told in the report and is no failure of the cycle: stored charts are screened all the same.
void greet(CycleWork& work) {
  const auto greeting = work.source.greet();
  if (greeting) return;
  work.report.unreachable = work.source_down = true;
  work.report.problems.push_back("the EHR could not be read: " + greeting.error().message);
}

Result<void> mark_due(CycleWork& work) {
  const auto states = work.store.type_states();
  if (!states) return tl::unexpected(states.error());
  work.blind = blind_types(*states, work.source.types(), work.started, work.settings.stale_after);
  std::map<TrialId, std::string> under;
  for (const auto& screener : work.settings.screeners) {
    const TrialId trial{trial_id(*screener)};
    under[trial] = screened_under(*screener, work.blind, work.settings.sends && !work.settings.mute.contains(trial));
  }
  return work.store.mark_due(work.started, under);
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

bool CycleReport::whole() const {
  for (const auto& [type, outcome] : types)
    if ((outcome.reading == Reading::incomplete && !outcome.warned) || outcome.reading == Reading::not_granted) return false;
  return !unreachable && unread_records == 0 && unread == 0 && unsent == 0;
}

Cycle::Cycle(CycleSettings settings, PatientSource& source, ScreeningStore& store, Outbox& outbox, Sender* sender, const Clock& clock)
    : settings_(std::move(settings)), source_(source), store_(store), outbox_(outbox), sender_(sender), clock_(clock) {}

Result<CycleReport> Cycle::run(bool sweep, std::stop_token stop) {
  CycleWork work{settings_, source_, store_, outbox_, sender_, clock_, std::move(stop), clock_.now(), {}, {}, false, {}, {}, {}, false, {}};
  for (const auto& screener : settings_.screeners) work.sittings.emplace_back(*screener);
  greet(work);
  auto done = store_.rewind_unless(basis_of(settings_.screeners));
  if (done) done = keep_trial_files(work);
  if (done && !work.source_down) done = poll_types(work, sweep);
  if (done) done = mark_due(work);
  if (done) done = work_off(work);
  // A cycle that was stopped has not seen everybody: the flood brake would count too few.
  if (done && !work.stop.stop_requested()) done = settle(work);
  if (done && !work.stop.stop_requested()) done = deliver(work);
  if (!done) return tl::unexpected(done.error());
  return std::move(work.report);
}

}  // namespace trialflag::screening
