// Reports that name results and whose subject gives no id of this server (Touched::by_results): each result says itself whose it is.
//
// The ten lines: (1) some servers give a report's patient by an identifier alone, or not at all; (2) its results are read by their ids,
// before the page's transaction, for the source is slow; (3) for whom they are counts as if a report of that patient named them: who lacks
// one is read; (4) a search for the patient's reports will not show this one, so which results are whose is kept, and named to each reading
// of the patient, also of one who has no chart yet; (5) a result that is gone, or of nobody here, is missing to nobody; (6) where one
// result cannot be read or does not say whose it is, anybody may lack it: the report counts as one that cannot be placed.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "agent/screening/cycle_parts.h"

namespace trialflag::screening {

/// For the poll of reports.
class ReportOwners {
 public:
  /// `reconciles`: what is kept is not believed. `work` outlives it.
  ReportOwners(CycleWork& work, bool reconciles) : work_(work), reconciles_(reconciles) {}

  /// Asks whose the results are that reports of the page name. Outside of transactions. Fails as the store does, and with `internal` when
  /// the agent stops.
  Result<void> ask(std::span<const Touched> page);

  /// As it is to be treated: where all its results tell whose they are it is as good as a report that says so itself; else it stands as it
  /// was shown, and names nothing. All others as they are.
  [[nodiscard]] Touched placed(const Touched& shown) const;

  /// The results of one of that page that is placed, by patient.
  [[nodiscard]] std::map<PatientId, std::vector<std::string>> results_of(const Touched& report) const;

  /// Whether it was known before whose these are; else nobody has been read for them, though their report was seen.
  [[nodiscard]] bool were_kept(const std::vector<std::string>& results) const;

 private:
  CycleWork& work_;
  const bool reconciles_;
  std::map<std::string, PatientId> whose_;
  std::set<std::string> kept_;
};

}  // namespace trialflag::screening
