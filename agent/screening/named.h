// Observations that panels and reports name (Touched::names), in the poll of one type: whose chart lacks one must be read whole, for some
// servers show such Observations in no search.
#pragma once

#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "agent/screening/cycle_parts.h"

namespace trialflag::screening {

class NamedObservations {
 public:
  /// `reconciles`: whoever has a chart is read in this cycle anyway. `work` outlives it.
  NamedObservations(CycleWork& work, fhir::ResourceType type, bool reconciles);

  /// Whether all ids that are shown must be known to settle(), also in a first reading.
  [[nodiscard]] bool needs_all_shown() const { return type_ == fhir::ResourceType::observation && by_observations_; }
  /// Said each time that the resource is shown, so that a kill before settle() loses nothing: it is shown until the watermark moves.
  void note(const PatientId& patient, const PatientState& state, const std::vector<std::string>& names, bool seen);
  /// When all was shown: marks whoever lacks one. `shown`: ids of the type that the poll has shown (ShownIds::shown); those of Observations
  /// are kept for the poll of reports, which comes after it.
  Result<void> settle(PageStep& last, std::unordered_set<std::string> shown);

 private:
  struct Named {
    std::string id;
    bool anew = false;  ///< what names it was not seen before
  };
  Result<bool> lacks(const PatientId& patient, const Named& named, const std::vector<Member>& members);

  CycleWork& work_;
  const fhir::ResourceType type_;
  const bool reconciles_, by_observations_;
  std::map<PatientId, std::vector<Named>> named_;
};

}  // namespace trialflag::screening
