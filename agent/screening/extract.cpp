#include "agent/screening/extract.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "agent/screening/status.h"

namespace trialflag::screening {

using namespace eligibility;
using fhir::ResourceType;

namespace {

std::int64_t moment_of(const RecordedTime& time) {
  if (!time.known()) return std::numeric_limits<std::int64_t>::min();
  return time.precision == RecordedTime::Precision::instant ? time.instant.ms : time.first.number * kDay;
}

// Type by type, from old to new: what is said of a chart must not hang on the order in which the source gave its records.
void put_in_order(const std::vector<fhir::Record>& records, std::vector<const fhir::Record*>& in_order) {
  in_order.clear();
  for (const fhir::Record& record : records) in_order.push_back(&record);
  const auto place = [](const fhir::Record& record) {
    const std::int64_t moment = moment_of(record.start.known() ? record.start : record.recorded);
    return std::make_tuple(record.type, moment, record.id, record.full_url);
  };
  std::stable_sort(in_order.begin(), in_order.end(), [&](const fhir::Record* a, const fhir::Record* b) { return place(*a) < place(*b); });
}

}  // namespace

Extraction::Extraction(const mappings::Tables& tables, const Trial& trial, const Vocabulary& vocabulary, const Zone& zone)
    : tables_(tables), trial_(trial), vocabulary_(vocabulary), zone_(zone), hits_(tables, vocabulary) {}

void Extraction::forget_last() {
  arena_.reset();
  facts_.person = Person{};
  facts_.origins.clear();
  facts_.times.clear();
  facts_.wordings.clear();
  facts_.facts.clear();
  facts_.exposures.clear();
  facts_.unreadable_drugs.clear();
  facts_.morphologies.clear();
  facts_.allergies.clear();
  facts_.consents.clear();
}

const Facts& Extraction::extract(const Chart& chart, bool declined, std::vector<Remark>& remarks) {
  forget_last();
  chart_ = &chart;
  remarks_ = &remarks;
  facts_.declined = declined;
  facts_.incomplete = static_cast<std::uint32_t>(chart.incomplete.to_bits());
  add_person(chart);
  put_in_order(chart.records, in_order_);
  for (std::size_t i = 0; i < in_order_.size(); ++i) {
    const fhir::Record& record = *in_order_[i];
    facts_.origins.push_back({fhir::name_of(record.type), record.id.empty() ? record.full_url : record.id, record.version});
    facts_.times.push_back(record.start.known() ? record.start : record.recorded);
    add_record(record, static_cast<std::uint32_t>(i + 1));
  }
  group_facts();
  return facts_;
}

void Extraction::add_record(const fhir::Record& record, std::uint32_t index) {
  switch (record.type) {
    case ResourceType::condition:
      return add_condition(record, index);
    case ResourceType::observation:
      return add_observation(record, index);
    case ResourceType::medication_request:
    case ResourceType::medication_statement:
    case ResourceType::medication_dispense:
    case ResourceType::medication_administration:
      add_drug(record, index);
      return add_reasons(record, index);
    case ResourceType::procedure:
      add_procedure(record, index);
      return add_reasons(record, index);
    case ResourceType::service_request:
      if (status_weight(record) == StatusWeight::counts) add_therapy(record, record.code, Source::service_request, false, index);
      return add_reasons(record, index);
    case ResourceType::encounter:
      return add_reasons(record, index);
    case ResourceType::care_plan:
      return add_care_plan(record, index);
    case ResourceType::allergy_intolerance:
      return add_allergy(record, index);
    case ResourceType::consent:
      return add_consent(record, index);
    case ResourceType::questionnaire_response:
      return add_answers(record, index);
    default:
      return;
  }
}

void Extraction::group_facts() {
  auto& begins = facts_.begins;
  begins.assign(tables_.concept_count() + 1, 0);
  for (const Fact& fact : facts_.facts) ++begins[fact.concept_ + 1U];
  for (std::size_t i = 1; i < begins.size(); ++i) begins[i] += begins[i - 1];
  std::vector<std::uint32_t> next = begins;
  ungrouped_.swap(facts_.facts);
  facts_.facts.resize(ungrouped_.size());
  for (const Fact& fact : ungrouped_) facts_.facts[next[fact.concept_]++] = fact;
}

When Extraction::when(const RecordedTime& time) const {
  if (!time.known()) return {};
  if (time.precision == RecordedTime::Precision::instant) return When::at(time.instant, zone_.day_of(time.instant));
  return When::on(time.first, time.last);
}

std::uint32_t Extraction::worded(std::string_view system, std::string_view code, std::string_view display) {
  facts_.wordings.push_back({system, code, display, {}});
  return static_cast<std::uint32_t>(facts_.wordings.size() - 1);
}

Fact Extraction::fact_of(const Hit& hit, Source source, std::uint32_t index) {
  Fact fact;
  fact.concept_ = hit.concept_;
  fact.role = static_cast<Role>(hit.role);
  fact.source = source;
  fact.weak = hit.weak;
  fact.by_words = hit.by_words;
  fact.uncertain = hit.uncertain;
  fact.long_text = hit.long_text;
  fact.record = index;
  fact.wording = worded(hit.system, hit.code, hit.display);
  fact.classes = hit.attributes.classes;
  fact.kind = hit.attributes.kind;
  fact.covers = hit.attributes.covers;
  return fact;
}

std::string_view Extraction::keep(std::string_view text) {
  return arena_.copy(text);
}

void Extraction::remark(const fhir::Record& record, std::string text) {
  remarks_->push_back({std::string(fhir::name_of(record.type)) + "/" + std::string(record.id), std::move(text)});
}

namespace {

Person::Gender gender_of(std::string_view gender) {
  if (gender == "female") return Person::Gender::female;
  if (gender == "male") return Person::Gender::male;
  return gender == "other" ? Person::Gender::other : Person::Gender::unknown;
}

/// "zh-Hans-CN" → "zh", in lower case.
std::string primary_subtag(std::string_view language) {
  std::string subtag(language.substr(0, language.find_first_of("-_")));
  for (char& letter : subtag)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return subtag;
}

}  // namespace

void Extraction::add_person(const Chart& chart) {
  const fhir::Patient& patient = chart.patient;
  Person& person = facts_.person;
  std::string_view id = chart.reference;
  if (const auto slash = id.find('/'); slash != std::string_view::npos) id = id.substr(slash + 1);
  facts_.origins.push_back({"Patient", id, patient.version});
  facts_.times.push_back(patient.birth_date);
  person.birth = when(patient.birth_date);
  person.birth_as_recorded = patient.birth_date;
  person.gender = gender_of(patient.gender);
  person.deceased = patient.deceased;
  person.deceased_on = when(patient.deceased_on);
  const auto replaced = [](const fhir::PatientLink& link) { return link.type == "replaced-by"; };
  person.inactive = patient.active.has_value() && !*patient.active && std::none_of(patient.links.begin(), patient.links.end(), replaced);
  for (const fhir::Communication& spoken : patient.communications) {
    if (!spoken.preferred) continue;
    for (const fhir::Coding& coding : spoken.language.codings) {
      const std::string subtag = primary_subtag(coding.code);
      if (subtag.empty()) continue;
      const bool inside = std::find(trial_.languages.begin(), trial_.languages.end(), subtag) != trial_.languages.end();
      (inside ? person.prefers_inside : person.prefers_outside) = true;
    }
  }
}

}  // namespace trialflag::screening
