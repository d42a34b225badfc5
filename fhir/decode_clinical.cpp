// Conditions, observations, allergies, procedures, orders of services, encounters.
#include <array>
#include <vector>

#include "fhir/datatypes.h"
#include "fhir/decode_parts.h"

namespace trialflag::fhir {
namespace {

void read_clinical_status(const Element& resource, std::string_view system, std::string_view verification_system, Record& record) {
  const CodeableConcept clinical = concept_at(resource, "clinicalStatus");
  const CodeableConcept verification = concept_at(resource, "verificationStatus");
  record.status = status_code(clinical, system);
  record.verification = status_code(verification, verification_system);
  record.clinical_status_unread =
      (resource.has("clinicalStatus") && record.status.empty()) || (resource.has("verificationStatus") && record.verification.empty());
}

// onset[x]: an Age, a Range and a string give no date.
RecordedTime onset_of(const Element& resource) {
  const RecordedTime time = resource.time("onsetDateTime");
  return time.known() ? time : period_at(resource, "onsetPeriod").start;
}

void read_abatement(const Element& resource, Record& record) {
  constexpr std::array<std::string_view, 4> kForms = {"abatementDateTime", "abatementPeriod", "abatementAge", "abatementRange"};
  for (const auto form : kForms) record.abated = record.abated || resource.has(form);
  record.abated = record.abated || resource.boolean("abatementBoolean").value_or(false);
  // "not yet" and "in childhood" are both words for it: without a clinicalStatus nobody can tell.
  record.clinical_status_unread =
      record.clinical_status_unread || (resource.has("abatementString") && !record.abated && !resource.has("clinicalStatus"));
  record.end = resource.time("abatementDateTime");
  if (record.end.known()) return;
  const Period period = period_at(resource, "abatementPeriod");
  record.end = period.end.known() ? period.end : period.start;
}

// effective[x] and occurrence[x] may be a Timing, of which the first event is read.
RecordedTime first_event(const Element& resource, std::string_view name) {
  return resource.object(name).first_time("event");
}

}  // namespace

void decode_condition(const Element& resource, Record& record) {
  read_clinical_status(resource, "http://terminology.hl7.org/CodeSystem/condition-clinical",
                       "http://terminology.hl7.org/CodeSystem/condition-ver-status", record);
  record.code = concept_at(resource, "code");
  record.start = onset_of(resource);
  read_abatement(resource, record);
  record.recorded = resource.time("recordedDate");
}

void decode_allergy(const Element& resource, Record& record) {
  read_clinical_status(resource, "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical",
                       "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification", record);
  record.code = concept_at(resource, "code");
  record.allergy_type = resource.string("type");
  record.allergy_categories = resource.arena().copy(resource.strings("category"));
  record.start = onset_of(resource);
  record.recorded = resource.time("recordedDate");
  std::vector<CodeableConcept> substances;
  resource.each("reaction", [&](const Element& reaction) {
    if (const CodeableConcept substance = concept_at(reaction, "substance"); !substance.empty()) substances.push_back(substance);
  });
  record.substances = resource.arena().copy(substances);
}

void decode_observation(const Element& resource, Record& record) {
  record.code = concept_at(resource, "code");
  read_span(resource, "effectiveDateTime", "effectivePeriod", record);
  if (!record.start.known() && !record.start_is_period) record.start = resource.time("effectiveInstant");
  if (!record.start.known() && !record.start_is_period) record.start = first_event(resource, "effectiveTiming");
  record.recorded = resource.time("issued");
  record.value = value_of(resource);
  record.interpretations = concepts_at(resource, "interpretation");
  std::vector<Component> components;
  resource.each("component", [&](const Element& component) {
    Value value = value_of(component);
    // A component of its own interpretation alone says that.
    const auto interpretations = concepts_at(component, "interpretation");
    if (value.kind == Value::Kind::none && !interpretations.empty()) {
      value.kind = Value::Kind::concept_;
      value.concept_ = interpretations.front();
    }
    components.push_back({concept_at(component, "code"), value});
  });
  record.components = resource.arena().copy(components);
}

void decode_procedure(const Element& resource, Record& record) {
  record.code = concept_at(resource, "code");
  read_span(resource, "performedDateTime", "performedPeriod", record);
  read_reasons(resource, record);
  record.part_of = references_at(resource, "partOf");
  if (const CodeableConcept category = concept_at(resource, "category"); !category.empty())
    record.categories = resource.arena().copy(std::vector<CodeableConcept>{category});
}

void decode_service_request(const Element& resource, Record& record) {
  record.intent = resource.string("intent");
  record.do_not_perform = resource.boolean("doNotPerform").value_or(false);
  record.code = concept_at(resource, "code");
  record.recorded = resource.time("authoredOn");
  read_span(resource, "occurrenceDateTime", "occurrencePeriod", record);
  if (!record.start.known() && !record.start_is_period) record.start = first_event(resource, "occurrenceTiming");
  if (!record.start.known() && !record.start_is_period) record.start = record.recorded;
  read_reasons(resource, record);
}

void decode_encounter(const Element& resource, Record& record) {
  record.code = concept_at(resource, "serviceType");
  record.categories = concepts_at(resource, "type");
  read_period(resource, "period", record);
  read_reasons(resource, record);
  std::vector<Reference> conditions;
  resource.each("diagnosis", [&](const Element& diagnosis) { conditions.push_back(reference_at(diagnosis, "condition")); });
  record.part_of = resource.arena().copy(conditions);
  read_contained_conditions(resource, record.part_of, record);
}

}  // namespace trialflag::fhir
