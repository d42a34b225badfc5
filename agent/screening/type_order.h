// In which order the types are polled, which of them side by side, and which of them cost a source much.
#pragma once

#include <algorithm>
#include <vector>

#include "agent/screening/ports.h"

namespace trialflag::screening {

class TypeOrder {
 public:
  /// `entering`: types that can make a candidate.
  TypeOrder(std::vector<fhir::ResourceType> types, const std::vector<TypeState>& states, const TypeSet& entering)
      : types_(std::move(types)), entering_(entering) {
    for (const TypeState& state : states)
      if (state.ever_read && state.reading == Reading::incomplete) late_.add(state.type);
    std::stable_partition(types_.begin(), types_.end(),
                          [&](fhir::ResourceType type) { return type == fhir::ResourceType::patient || entering.has(type); });
    std::stable_partition(types_.begin(), types_.end(), [&](fhir::ResourceType type) { return !late_.has(type); });
  }

  /// First those that make candidates: of whoever is to be read, what the other polls show is kept. A type that was not to be read whole
  /// last time may keep us waiting again: the others need not wait for it.
  [[nodiscard]] const std::vector<fhir::ResourceType>& types() const { return types_; }

  /// Whether the poll of `type` may begin only when that of `other`, which stands before it, has ended. Others may go side by side.
  [[nodiscard]] bool must_follow(fhir::ResourceType type, fhir::ResourceType other) const {
    using fhir::ResourceType;
    if (type == ResourceType::patient || other == ResourceType::patient || late_.has(type)) return true;
    if (entering_.has(other)) return true;  // also another such type: of whom it makes a candidate what that one shows is kept
    return type == ResourceType::diagnostic_report && other == ResourceType::observation;
  }

 private:
  std::vector<fhir::ResourceType> types_;
  const TypeSet entering_;
  TypeSet late_;
};

/// To read it is to read all there is, though it is followed by what changes.
inline bool is_heavy(const TypeState& before) {
  if (before.ever_read && before.reading == Reading::unsupported) return false;
  const bool by_changes = before.how == "last_updated" || before.how == "history";
  return !before.whole_at || (!before.watermark && by_changes && before.rows.value_or(1) > 0);
}

}  // namespace trialflag::screening
