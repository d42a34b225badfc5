#include "agent/screening/carry_over.h"

#include <algorithm>
#include <string>

namespace trialflag::screening {

void keep_whole(const Chart& former, WholePatient& whole) {
  for (const ResourceKey& key : whole.in_part) {
    const bool on_file = !key.id.empty() && std::any_of(former.records.begin(), former.records.end(), [&](const fhir::Record& record) {
      return record.type == key.type && record.id == key.id;
    });
    if (!on_file) {
      whole.unread.push_back(key);
      continue;
    }
    whole.retry.add(key.type);
    whole.error = std::string(fhir::name_of(key.type)) + ": a record is given in part only (SUBSETTED); what is on file of it stays";
  }
}

void carry_over_types(const Chart& former, const WholePatient& whole, const std::vector<fhir::ResourceType>& types, Chart& chart) {
  const TypeSet& lacking = whole.retry;
  const TypeSet incomplete = chart.incomplete;
  chart.incomplete = TypeSet();
  for (const fhir::ResourceType type : types)
    if ((lacking.has(type) ? former.incomplete : incomplete).has(type)) chart.incomplete.add(type);
  for (const ResourceKey& unread : whole.unread) chart.incomplete.add(unread.type);
  std::erase_if(chart.records, [&](const fhir::Record& record) { return lacking.has(record.type); });
  for (const fhir::Record& record : former.records)
    if (lacking.has(record.type)) chart.records.push_back(record);
  keep_medications(former, chart);
}

void keep_medications(const Chart& former, Chart& chart) {
  for (const fhir::Record& medication : former.medications) {
    const auto same = [&](const fhir::Record& known) { return known.id == medication.id; };
    if (std::none_of(chart.medications.begin(), chart.medications.end(), same)) chart.medications.push_back(medication);
  }
}

}  // namespace trialflag::screening
