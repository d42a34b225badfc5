#include "agent/screening/circumstances.h"

#include <algorithm>
#include <array>

#include "agent/base/ids.h"
#include "agent/eligibility/trial.h"
#include "agent/screening/entry.h"

namespace trialflag::screening {
namespace {

using fhir::ResourceType;

/// Types that stand in for each other: where a hospital keeps none of a group, the criteria that read it are blind.
const std::vector<std::vector<ResourceType>>& groups() {
  static const std::vector<std::vector<ResourceType>> kGroups = {
      {ResourceType::condition},
      {ResourceType::observation},
      {ResourceType::allergy_intolerance},
      {ResourceType::medication_request, ResourceType::medication_statement, ResourceType::medication_dispense,
       ResourceType::medication_administration},
      {ResourceType::procedure, ResourceType::service_request, ResourceType::care_plan},
  };
  return kGroups;
}

bool demotes(const TypeState* state, Instant now, std::chrono::milliseconds stale_after) {
  if (state == nullptr || !state->ever_read) return true;
  switch (state->reading) {
    case Reading::whole:
      return false;
    case Reading::unsupported:
      return false;  // judged by its group
    case Reading::not_granted:
      return true;
    case Reading::incomplete:
      return !state->whole_at || now.ms - state->whole_at->ms > stale_after.count();
  }
  return true;
}

}  // namespace

TypeSet blind_types(const std::vector<TypeState>& states, const std::vector<ResourceType>& polled, Instant now,
                    std::chrono::milliseconds stale_after) {
  const auto find = [&](ResourceType type) -> const TypeState* {
    const auto at = std::find_if(states.begin(), states.end(), [&](const TypeState& state) { return state.type == type; });
    return at == states.end() ? nullptr : &*at;
  };
  TypeSet blind;
  for (const ResourceType type : polled)
    if (demotes(find(type), now, stale_after)) blind.add(type);
  for (const auto& group : groups()) {
    const bool none = std::all_of(group.begin(), group.end(), [&](ResourceType type) {
      const TypeState* state = find(type);
      return state != nullptr && state->ever_read && state->reading == Reading::unsupported;
    });
    for (const ResourceType type : group)
      if (none) blind.add(type);
  }
  return blind;
}

std::string trial_id(const Screener& screener) {
  return screener.trial().id;
}
std::string entry_criterion(const Screener& screener) {
  return screener.trial().entry;
}

bool refuses_research(const Screener& screener, const eligibility::PatientVerdict& verdict) {
  for (const auto& criterion : screener.trial().criteria) {
    bool of_consent = false;
    for (const eligibility::Clause& clause : criterion.clauses)
      for (const eligibility::SimpleRule& rule : clause.rules)
        of_consent = of_consent || std::holds_alternative<eligibility::ConsentRule>(rule);
    if (!of_consent) continue;
    for (const auto& judged : verdict.criteria)
      if (judged.id == criterion.id && judged.effect == eligibility::Effect::fail) return true;
  }
  return false;
}

EntryLook look_at_entry(const Screener& screener, const Chart& chart, Instant as_of) {
  std::vector<Remark> remarks;
  const auto verdict = screener.screen(chart, as_of, false, remarks);
  EntryLook look;
  look.in_doubt = verdict.status != eligibility::Status::not_a_candidate;
  for (const auto& criterion : verdict.criteria)
    if (criterion.id == screener.trial().entry) look.revisit_at = criterion.revisit_at;
  return look;
}

std::string basis_of(const std::vector<std::shared_ptr<const Screener>>& screeners) {
  std::string all;
  for (const auto& screener : screeners) {
    const auto& trial = screener->trial();
    all = digest({all, trial.id, trial.version, trial.file_hash, screener->tables().version(), kEngineVersion});
  }
  return all;
}

std::string screened_under(const Screener& screener, const TypeSet& blind, bool sends, const std::string& closed) {
  const auto& trial = screener.trial();
  const std::string circumstances = std::to_string(blind.to_bits()) + (sends ? "s" : "-") + closed;
  return digest({trial.id, trial.version, trial.file_hash, screener.tables().version(), kEngineVersion, circumstances}).substr(0, 24);
}

}  // namespace trialflag::screening
