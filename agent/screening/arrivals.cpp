#include "agent/screening/arrivals.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "agent/screening/chart_blob.h"
#include "fhir/decode.h"

namespace trialflag::screening {
namespace {

using fhir::Record;
using fhir::ResourceType;

/// Dates of change that are not both instants say nothing.
bool is_older(const RecordedTime& one, const RecordedTime& other) {
  constexpr auto kInstant = RecordedTime::Precision::instant;
  return one.precision == kInstant && other.precision == kInstant && one.instant < other.instant;
}

/// Whether the numbers of the versions say that `one` came before `other`. A version need not be a number.
bool has_lower_number(std::string_view one, std::string_view other) {
  const auto number = [](std::string_view text) -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
  };
  const auto first = number(one), second = number(other);
  return first && second && *first < *second;
}

/// False: what is on file is of later, by its date or, as a server's clock may have gone back, by its number. Reading it again will tell.
bool put(std::vector<Record>& records, const Record& arrived) {
  const auto known = std::find_if(records.begin(), records.end(),
                                  [&](const Record& record) { return record.type == arrived.type && record.id == arrived.id; });
  if (known != records.end()) {
    if (is_older(arrived.updated, known->updated) || has_lower_number(arrived.version, known->version)) return false;
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

bool enter_patient(Chart& chart, const fhir::Patient& patient) {
  if (!patient.links.empty() || !chart.patient.links.empty() || chart.incomplete.has(ResourceType::patient)) return false;
  if (is_older(patient.updated, chart.patient.updated) || has_lower_number(patient.version, chart.patient.version)) return false;
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

bool enter(Chart& chart, const Chart& arrived) {
  if (!arrived.patient.id.empty() && !enter_patient(chart, arrived.patient)) return false;
  for (const Record& record : arrived.medications)
    if (!put(chart.medications, record)) return false;
  for (const Record& record : arrived.records)
    if (chart.incomplete.has(record.type) || !put(chart.records, record)) return false;
  const auto whole = [&](const Record& record) { return is_whole(chart, record); };
  return std::all_of(arrived.medications.begin(), arrived.medications.end(), whole) &&
         std::all_of(arrived.records.begin(), arrived.records.end(), whole);
}

bool enter_all(Chart& chart, std::span<const std::string> arrivals, Arena& arena) {
  return std::all_of(arrivals.begin(), arrivals.end(), [&](const std::string& bytes) {
    const auto arrived = decode_chart(bytes, arena);
    return arrived && enter(chart, *arrived);
  });
}

}  // namespace trialflag::screening
