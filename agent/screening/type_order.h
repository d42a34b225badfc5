// In which order the types are polled, and which of them cost a source much.
#pragma once

#include <algorithm>
#include <vector>

#include "agent/screening/ports.h"

namespace trialflag::screening {

/// First those that make candidates: of whoever is to be read, what the other polls show is kept. A type that was not to be read whole last
/// time may keep us waiting again: the others need not wait for it.
inline std::vector<fhir::ResourceType> in_order(std::vector<fhir::ResourceType> types, const std::vector<TypeState>& states,
                                                const TypeSet& entering) {
  std::stable_partition(types.begin(), types.end(),
                        [&](fhir::ResourceType type) { return type == fhir::ResourceType::patient || entering.has(type); });
  std::stable_partition(types.begin(), types.end(), [&](fhir::ResourceType type) {
    return std::none_of(states.begin(), states.end(), [&](const TypeState& state) {
      return state.type == type && state.ever_read && state.reading == Reading::incomplete;
    });
  });
  return types;
}

/// To read it is to read all there is, though it is followed by what changes.
inline bool is_heavy(const TypeState& before) {
  if (before.ever_read && before.reading == Reading::unsupported) return false;
  const bool by_changes = before.how == "last_updated" || before.how == "history";
  return !before.whole_at || (!before.watermark && by_changes && before.rows.value_or(1) > 0);
}

}  // namespace trialflag::screening
