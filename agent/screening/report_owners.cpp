#include "agent/screening/report_owners.h"

#include <algorithm>
#include <utility>

namespace trialflag::screening {

Result<void> ReportOwners::ask(std::span<const Touched> page) {
  whose_.clear();
  kept_.clear();
  std::set<std::string> unknown;
  for (const Touched& report : page) {
    if (!report.by_results) continue;
    if (!reconciles_) {
      const auto kept = work_.store.results_of(std::string(report.record->id));
      if (!kept) return tl::unexpected(kept.error());
      for (const ReportResult& result : *kept) {
        whose_[result.id] = result.patient;
        kept_.insert(result.id);
      }
    }
    for (const std::string& name : report.names)
      if (!whose_.contains(name)) unknown.insert(name);
  }
  if (unknown.empty()) return {};
  auto told = work_.source.whose(unknown);
  if (!told) return tl::unexpected(told.error());
  whose_.merge(*told);
  return {};
}

Touched ReportOwners::placed(const Touched& shown) const {
  Touched touched = shown;
  if (!shown.by_results) return touched;
  touched.readable = std::all_of(shown.names.begin(), shown.names.end(), [&](const std::string& name) { return whose_.contains(name); });
  touched.of_nobody = touched.of_nobody || touched.readable;
  if (!touched.readable) touched.names.clear();
  return touched;
}

std::map<PatientId, std::vector<std::string>> ReportOwners::results_of(const Touched& report) const {
  std::map<PatientId, std::vector<std::string>> results;
  for (const std::string& name : report.names)
    if (const auto owner = whose_.find(name); owner != whose_.end() && !owner->second.value.empty()) results[owner->second].push_back(name);
  return results;
}

bool ReportOwners::were_kept(const std::vector<std::string>& results) const {
  return std::all_of(results.begin(), results.end(), [&](const std::string& id) { return kept_.contains(id); });
}

}  // namespace trialflag::screening
