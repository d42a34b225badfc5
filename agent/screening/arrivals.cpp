#include "agent/screening/arrivals.h"

#include <algorithm>
#include <map>

#include "agent/screening/chart_blob.h"
#include "agent/screening/version_order.h"
#include "fhir/decode.h"

namespace trialflag::screening {
namespace {

using fhir::Record;
using fhir::ResourceType;

/// False: what is on file is of later, by its date or, as a server's clock may have gone back, by its number. Reading it again will tell.
bool put(std::vector<Record>& records, const Record& arrived, Misdated& misdated) {
  const auto known = std::find_if(records.begin(), records.end(),
                                  [&](const Record& record) { return record.type == arrived.type && record.id == arrived.id; });
  if (known != records.end()) {
    if (is_older(arrived.updated, known->updated) || has_lower_number(arrived.version, known->version)) return false;
    if (is_misdated(*known, arrived)) misdated.emplace(arrived.type, arrived.id);
    *known = arrived;
    return true;
  }
  const auto behind = std::find_if(records.begin(), records.end(), [&](const Record& record) { return record.type > arrived.type; });
  records.insert(behind, arrived);
  return true;
}

bool holds(const Chart& chart, const fhir::Reference& medication) {
  const auto target = fhir::target_of(medication.target);
  if (!target || target->type != "Medication") return true;
  return std::any_of(chart.medications.begin(), chart.medications.end(), [&](const Record& record) { return record.id == target->id; });
}

/// Whether the chart has every Medication that this record refers to.
bool is_whole(const Chart& chart, const Record& record) {
  if (!holds(chart, record.medication)) return false;
  for (const fhir::Drug& drug : record.contained_drugs)
    for (const fhir::Reference& ingredient : drug.ingredient_refs)
      if (!holds(chart, ingredient)) return false;
  return true;
}

bool enter_patient(Chart& chart, const fhir::Patient& patient, Misdated& misdated) {
  if (!patient.links.empty() || !chart.patient.links.empty() || chart.incomplete.has(ResourceType::patient)) return false;
  if (is_older(patient.updated, chart.patient.updated) || has_lower_number(patient.version, chart.patient.version)) return false;
  if (is_misdated(chart.patient, patient)) misdated.emplace(ResourceType::patient, patient.id);
  chart.patient = patient;
  return true;
}

}  // namespace

std::vector<std::string> awaited_medications(const Chart& chart) {
  std::set<std::string> awaited;
  const auto look = [&](const fhir::Reference& medication) {
    if (!holds(chart, medication)) awaited.emplace(fhir::target_of(medication.target)->id);
  };
  for (const auto* records : {&chart.records, &chart.medications}) {
    for (const Record& record : *records) {
      look(record.medication);
      for (const fhir::Drug& drug : record.contained_drugs)
        for (const fhir::Reference& ingredient : drug.ingredient_refs) look(ingredient);
    }
  }
  return {awaited.begin(), awaited.end()};
}

bool enter(Chart& chart, const Chart& arrived, Misdated& misdated) {
  if (!arrived.patient.id.empty() && !enter_patient(chart, arrived.patient, misdated)) return false;
  for (const Record& record : arrived.medications)
    if (!put(chart.medications, record, misdated)) return false;
  for (const Record& record : arrived.records)
    if (chart.incomplete.has(record.type) || !put(chart.records, record, misdated)) return false;
  const auto whole = [&](const Record& record) { return is_whole(chart, record); };
  return std::all_of(arrived.medications.begin(), arrived.medications.end(), whole) &&
         std::all_of(arrived.records.begin(), arrived.records.end(), whole);
}

bool enter_all(Chart& chart, std::span<const std::string> arrivals, Arena& arena, Misdated& misdated) {
  return std::all_of(arrivals.begin(), arrivals.end(), [&](const std::string& bytes) {
    const auto arrived = decode_chart(bytes, arena);
    return arrived && enter(chart, *arrived, misdated);
  });
}

Chart latest_known(const Chart& former, std::span<const std::string> arrivals, Arena& arena) {
  Chart known;
  known.patient = former.patient;
  std::map<std::pair<ResourceType, std::string_view>, Record> latest;
  for (const Record& record : former.records) latest.emplace(std::pair(record.type, record.id), record);
  for (const std::string& bytes : arrivals) {
    const auto arrived = decode_chart(bytes, arena);
    if (!arrived) continue;
    if (!arrived->patient.id.empty()) known.patient = arrived->patient;
    for (const Record& record : arrived->records) latest.insert_or_assign({record.type, record.id}, record);
  }
  for (const auto& [key, record] : latest) known.records.push_back(record);
  return known;
}

void find_misdated(const Chart& former, const Chart& chart, Misdated& misdated) {
  if (is_misdated(former.patient, chart.patient)) misdated.emplace(ResourceType::patient, chart.patient.id);
  std::map<std::pair<ResourceType, std::string_view>, const Record*> before;
  for (const auto* records : {&former.records, &former.medications})
    for (const Record& record : *records) before[{record.type, record.id}] = &record;
  for (const auto* records : {&chart.records, &chart.medications})
    for (const Record& record : *records)
      if (const auto known = before.find({record.type, record.id}); known != before.end() && is_misdated(*known->second, record))
        misdated.emplace(record.type, record.id);
}

}  // namespace trialflag::screening
