#include "agent/intake/chart_builder.h"

#include <algorithm>

#include "agent/screening/links.h"
#include "fhir/decode.h"

namespace trialflag::intake {
namespace {

using fhir::ResourceType;

std::string label_of(ResourceType type, std::string_view id) {
  std::string text(fhir::name_of(type));
  if (!id.empty()) text.append("/").append(id);
  return text;
}

}  // namespace

void ChartBuilder::build(const Enrolled& patient, screening::Chart& chart, Arena& arena, Report& report) {
  arena.reset();
  wanted_.clear();
  chart.reference = patient.reference;
  chart.patient = {};
  chart.records.clear();
  chart.medications.clear();
  chart.incomplete = patient.incomplete;
  const Item& item = index_.items[patient.item];
  std::string_view full_url;
  if (const json::Value* resource = parsed(item, 0, full_url, report)) {
    fhir::Issues issues;
    chart.patient = fhir::decode_patient(*resource, arena, issues);
    // A record that leads nowhere is replaced by nothing (criteria.md 1.4).
    if (!patient.leads_somewhere && !chart.patient.links.empty())
      chart.patient.links = arena.copy(screening::without_survivors(chart.patient));
    for (const fhir::Issue& issue : issues) report.note(place_of(index_, item), chart.reference + " " + issue.path, issue.text);
  }
  chart.records.reserve(patient.count);
  std::span<const std::uint32_t> records(catalogue_.records.data() + patient.first, patient.count);
  while (!records.empty()) {
    const std::size_t count = neighbours(records);
    const Slice& last = index_.items[records[count - 1]].text;
    for (const std::uint32_t number : records.first(count)) add_record(number, last.offset + last.length, chart, arena, report);
    records = records.subspan(count);
  }
  add_medications(chart, arena, report);
}

// How many of the first records lie one after the other in the same file, with next to nothing between them.
std::size_t ChartBuilder::neighbours(std::span<const std::uint32_t> records) const {
  constexpr std::uint64_t kNear = 4096;
  std::size_t count = 1;
  for (const Slice* before = &index_.items[records.front()].text; count < records.size(); ++count) {
    const Slice& text = index_.items[records[count]].text;
    const std::uint64_t end = before->offset + before->length;
    if (text.file != before->file || text.offset < before->offset || text.offset > end + kNear) break;
    before = &text;
  }
  return count;
}

const json::Value* ChartBuilder::parsed(const Item& item, std::uint64_t until, std::string_view& full_url, Report& report) {
  const auto text = index_.texts.read(item.text, until);
  if (!text) {
    report.quarantine(place_of(index_, item), std::string(fhir::name_of(item.type)), text.error().message + "; quarantined");
    return nullptr;
  }
  if (const auto done = document_.parse(*text); !done) {
    report.quarantine(place_of(index_, item), std::string(fhir::name_of(item.type)), done.error().problem + "; quarantined");
    return nullptr;
  }
  const json::Value& root = document_.root();
  if (!item.in_entry) return &root;
  full_url = root["fullUrl"].string();
  return &root["resource"];
}

// Tells the issues; false when the record must not count.
bool ChartBuilder::sound(const Item& item, std::string_view id, const fhir::Issues& issues, Report& report) {
  bool sound = true;
  for (const fhir::Issue& issue : issues) {
    const std::string subject = label_of(item.type, id) + " " + issue.path;
    if (issue.severity == fhir::Severity::error) {
      report.quarantine(place_of(index_, item), subject, issue.text + "; quarantined");
      sound = false;
    } else {
      report.note(place_of(index_, item), subject, issue.text);
    }
  }
  return sound;
}

void ChartBuilder::add_record(std::uint32_t number, std::uint64_t until, screening::Chart& chart, Arena& arena, Report& report) {
  const Item& item = index_.items[number];
  std::string_view full_url;
  const json::Value* resource = parsed(item, until, full_url, report);
  if (resource == nullptr) return chart.incomplete.add(item.type);
  if (const auto version = fhir::foreign_version(*resource)) {
    report.quarantine(place_of(index_, item), label_of(item.type, (*resource)["id"].string()),
                      "is " + std::string(*version) + ", not R4; quarantined");
    return chart.incomplete.add(item.type);
  }
  fhir::Issues issues;
  const fhir::Record& record = chart.records.emplace_back(fhir::decode_record(*resource, full_url, arena, issues));
  if (!sound(item, record.id, issues, report)) {
    chart.records.pop_back();
    return chart.incomplete.add(item.type);
  }
  if (!record.medication.target.empty()) wanted_.push_back({record.medication.target, item.bundle});
  queue_ingredients(record, item.bundle);
}

void ChartBuilder::queue_ingredients(const fhir::Record& record, std::uint32_t bundle) {
  for (const fhir::Drug& drug : record.contained_drugs)
    for (const fhir::Reference& reference : drug.ingredient_refs)
      if (!reference.target.empty()) wanted_.push_back({reference.target, bundle});
}

const std::uint32_t* ChartBuilder::find_medication(const DrugReference& reference) const {
  const bool alone = reference.bundle != kNone && index_.bundles[reference.bundle].alone;
  const auto look_up = [&](Key key) -> const std::uint32_t* {
    const auto found = catalogue_.medications.find(scoped(key, alone ? reference.bundle : kNone));
    return found == catalogue_.medications.end() ? nullptr : &found->second;
  };
  const auto by_url = index_.medication_urls.find(medication_url_key(reference.bundle, reference.target));
  if (by_url != index_.medication_urls.end())
    if (const std::uint32_t* found = look_up(by_url->second)) return found;
  const auto target = fhir::target_of(reference.target);
  return target && target->type == "Medication" ? look_up(key_of(ResourceType::medication, target->id)) : nullptr;
}

void ChartBuilder::add_medications(screening::Chart& chart, Arena& arena, Report& report) {
  std::set<std::uint32_t> taken;
  // By number, for it grows: a Medication may name others as its ingredients. NOLINTNEXTLINE(modernize-loop-convert)
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    const std::uint32_t* number = find_medication(wanted_[i]);
    if (number == nullptr || !taken.insert(*number).second) continue;
    const Item& item = index_.items[*number];
    Report silent;
    Report& told = told_.contains(*number) ? silent : report;
    std::string_view full_url;
    const json::Value* resource = parsed(item, 0, full_url, told);
    fhir::Issues issues;
    fhir::Record medication;
    if (resource != nullptr) medication = fhir::decode_record(*resource, full_url, arena, issues);
    const bool usable = resource != nullptr && sound(item, medication.id, issues, told);
    if (resource == nullptr || !issues.empty()) told_.insert(*number);
    if (!usable) {
      chart.incomplete.add(ResourceType::medication);
      continue;
    }
    chart.medications.push_back(medication);
    queue_ingredients(medication, item.bundle);
  }
}

}  // namespace trialflag::intake
