#include "agent/screening/named.h"

#include <algorithm>
#include <utility>

#include "agent/screening/entry.h"

namespace trialflag::screening {
namespace {

using fhir::ResourceType;

bool asks_for_observations(const CycleWork& work) {
  const auto& screeners = work.settings.screeners;
  return std::any_of(screeners.begin(), screeners.end(),
                     [](const auto& screener) { return entry_types(*screener).has(ResourceType::observation); });
}

}  // namespace

NamedObservations::NamedObservations(CycleWork& work, ResourceType type, bool reconciles)
    : work_(work), type_(type), reconciles_(reconciles), by_observations_(asks_for_observations(work)) {}

void NamedObservations::note(const PatientId& patient, const PatientState& state, const std::vector<std::string>& names, bool seen) {
  if (!state.merged_into.value.empty()) return;
  // Of somebody without a chart they are of use only to a trial whose entry criterion asks for Observations.
  if (state.charted ? reconciles_ : seen || !by_observations_) return;
  for (const std::string& name : names) named_[patient].push_back({name, !seen});
}

Result<void> NamedObservations::settle(PageStep& last, std::unordered_set<std::string> shown) {
  if (type_ == ResourceType::observation) work_.shown_observations = std::move(shown);
  const auto observations = work_.report.types.find(ResourceType::observation);
  const bool refused = observations != work_.report.types.end() && observations->second.reading == Reading::not_granted;
  for (const auto& [patient, names] : std::exchange(named_, {})) {
    if (refused) break;  // a reading would not show them either; when they are granted everybody is read
    const auto members = work_.store.members(patient);
    if (!members) return tl::unexpected(members.error());
    for (const Named& named : names) {
      if (work_.shown_observations.contains(named.id)) continue;
      const auto lacking = lacks(patient, named, *members);
      if (!lacking) return tl::unexpected(lacking.error());
      if (!*lacking) continue;
      last.patients.push_back({patient, Pending::read, std::nullopt});
      break;
    }
  }
  if (type_ == ResourceType::diagnostic_report) work_.shown_observations.clear();
  return {};
}

/// What was asked for by its id is asked for again when something new names it: no search would show that it has changed, or has come.
Result<bool> NamedObservations::lacks(const PatientId& patient, const Named& named, const std::vector<Member>& members) {
  const auto asked = std::find_if(members.begin(), members.end(), [&](const Member& member) { return member.id == named.id; });
  if (asked != members.end()) return named.anew;
  const auto holders = work_.store.patients_of({ResourceType::observation, named.id});
  if (!holders) return tl::unexpected(holders.error());
  return std::find(holders->begin(), holders->end(), patient) == holders->end();
}

}  // namespace trialflag::screening
