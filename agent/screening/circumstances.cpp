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
    case Reading::whole:  // also while the whole source is away
      return state->whole_at && now.ms - state->whole_at->ms > stale_after.count();
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
    if (type != ResourceType::diagnostic_report && demotes(find(type), now, stale_after)) blind.add(type);
  // Without reports a hospital may do; but where they fail, results that only they name are missing.
  const TypeState* reports = find(ResourceType::diagnostic_report);
  if (reports != nullptr && reports->reading == Reading::incomplete && demotes(reports, now, stale_after))
    blind.add(ResourceType::observation);
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

namespace {

using eligibility::Source;

void add_types(Source source, TypeSet& types) {
  switch (source) {
    case Source::condition:
      return types.add(ResourceType::condition);
    case Source::observation:
    case Source::answer:
      types.add(ResourceType::observation);
      return types.add(ResourceType::questionnaire_response);
    case Source::allergy:
      return types.add(ResourceType::allergy_intolerance);
    case Source::service_request:
      return types.add(ResourceType::service_request);
    case Source::care_plan:
      return types.add(ResourceType::care_plan);
    case Source::procedure:
      return types.add(ResourceType::procedure);
    case Source::reason:
      types.add(ResourceType::procedure);
      types.add(ResourceType::service_request);
      types.add(ResourceType::encounter);
      [[fallthrough]];
    case Source::drug:
      types.add(ResourceType::medication_request);
      types.add(ResourceType::medication_statement);
      types.add(ResourceType::medication_dispense);
      return types.add(ResourceType::medication_administration);
  }
}

}  // namespace

TypeSet entry_types(const Screener& screener) {
  TypeSet types;
  const auto& trial = screener.trial();
  for (const auto& clause : trial.criteria[trial.entry_index].clauses) {
    for (const auto& rule : clause.rules) {
      // Two scores contradict a diagnosis, and make none.
      if (std::holds_alternative<eligibility::ScorePairRule>(rule)) continue;
      const auto* records = std::get_if<eligibility::RecordsRule>(&rule);
      if (records == nullptr) types.add_all();
      for (std::size_t source = 0; records != nullptr && source < records->from.size(); ++source)
        if (records->from[source]) add_types(static_cast<Source>(source), types);
    }
  }
  return types;
}

std::string basis_of(const std::vector<std::shared_ptr<const Screener>>& screeners) {
  std::string all;
  for (const auto& screener : screeners) {
    const auto& trial = screener->trial();
    all = digest({all, trial.id, trial.version, trial.file_hash, screener->tables().version(), kEngineVersion});
  }
  return all;
}

Instant last_reading(const std::vector<TypeState>& states, Instant now) {
  std::optional<Instant> last;
  for (const TypeState& state : states)
    if (state.whole_at && (!last || *last < *state.whole_at)) last = state.whole_at;
  return std::min(now, last.value_or(now));
}

std::string screened_under(const Screener& screener, const TypeSet& blind, const Telling& telling) {
  const auto& trial = screener.trial();
  const std::string circumstances = std::to_string(blind.to_bits()) + (telling.sends ? "s" : "-") + (telling.gated ? "g" : "") +
                                    (telling.of_eligible ? "e" : "") + (telling.of_review ? "r" : "") + telling.closed;
  return digest({trial.id, trial.version, trial.file_hash, screener.tables().version(), kEngineVersion, circumstances}).substr(0, 24);
}

}  // namespace trialflag::screening
