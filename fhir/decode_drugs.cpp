// Medications, and the four types that tell of a patient's drugs.
#include <string>
#include <vector>

#include "fhir/datatypes.h"
#include "fhir/decode_parts.h"

namespace trialflag::fhir {
namespace {

/// A Medication (`item` "item") or a Substance that one is made of ("substance"), which may be made of others itself.
Drug drug_of(const Element& resource, const std::string& item) {
  Drug drug;
  drug.id = resource.string("id");
  drug.code = concept_at(resource, "code");
  std::vector<CodeableConcept> ingredients;
  std::vector<Reference> references;
  const std::string concept_name = item + "CodeableConcept", reference_name = item + "Reference";
  resource.each("ingredient", [&](const Element& ingredient) {
    if (const CodeableConcept each = concept_at(ingredient, concept_name); !each.empty()) ingredients.push_back(each);
    if (const Reference each = reference_at(ingredient, reference_name); !each.empty()) references.push_back(each);
  });
  drug.ingredients = resource.arena().copy(ingredients);
  drug.ingredient_refs = resource.arena().copy(references);
  return drug;
}

void add_contained(const Element& resource, std::vector<Drug>& drugs) {
  resource.each("contained", [&](const Element& contained) {
    const std::string_view type = contained.string("resourceType");
    if (type == "Medication") drugs.push_back(drug_of(contained, "item"));
    if (type == "Substance") drugs.push_back(drug_of(contained, "substance"));
  });
}

void read_drug(const Element& resource, Record& record) {
  record.code = concept_at(resource, "medicationCodeableConcept");
  record.medication = reference_at(resource, "medicationReference");
  std::vector<Drug> drugs;
  add_contained(resource, drugs);
  record.contained_drugs = resource.arena().copy(drugs);
}

// Whether `a` may reach further than `b`; a day is compared by its end in UTC, which is near enough to choose between two supplies.
bool later(const RecordedTime& a, const RecordedTime& b) {
  if (!a.known() || !b.known()) return a.known();
  const auto end = [](const RecordedTime& time) {
    return time.precision == RecordedTime::Precision::instant ? time.instant.ms : (time.last.number + 1) * 86'400'000LL - 1;
  };
  return end(a) > end(b);
}

void keep_later(const RecordedTime& time, RecordedTime& latest) {
  if (later(time, latest)) latest = time;
}

// Dosage[]: routes, and how far the dosage is bound to a period.
void read_dosages(const Element& resource, std::string_view name, Record& record) {
  std::vector<CodeableConcept> routes;
  resource.each(name, [&](const Element& dosage) {
    if (const CodeableConcept route = concept_at(dosage, "route"); !route.empty()) routes.push_back(route);
    const Element timing = dosage.object("timing");
    const Element repeat = timing.object("repeat");
    keep_later(period_at(repeat, "boundsPeriod").end, record.supply_end);
  });
  record.routes = resource.arena().copy(routes);
}

}  // namespace

void decode_medication_request(const Element& resource, Record& record) {
  record.intent = resource.string("intent");
  record.do_not_perform = resource.boolean("doNotPerform").value_or(false);
  read_drug(resource, record);
  record.start = resource.time("authoredOn");
  read_reasons(resource, record);
  read_dosages(resource, "dosageInstruction", record);
  const Element dispense = resource.object("dispenseRequest");
  keep_later(period_at(dispense, "validityPeriod").end, record.supply_end);
  record.supply_days = days_at(dispense, "expectedSupplyDuration", false);
}

void decode_medication_statement(const Element& resource, Record& record) {
  read_drug(resource, record);
  read_span(resource, "effectiveDateTime", "effectivePeriod", record);
  record.recorded = resource.time("dateAsserted");
  read_reasons(resource, record);
  read_dosages(resource, "dosage", record);
  record.part_of = references_at(resource, "partOf");
}

void decode_medication_dispense(const Element& resource, Record& record) {
  read_drug(resource, record);
  const RecordedTime prepared = resource.time("whenPrepared");
  record.start = resource.time("whenHandedOver");
  if (!record.start.known()) record.start = prepared;
  record.supply_days = days_at(resource, "daysSupply", true);
  read_dosages(resource, "dosageInstruction", record);
  record.part_of = references_at(resource, "partOf");
}

void decode_medication_administration(const Element& resource, Record& record) {
  read_drug(resource, record);
  read_span(resource, "effectiveDateTime", "effectivePeriod", record);
  read_reasons(resource, record);
  const Element dosage = resource.object("dosage");
  if (const CodeableConcept route = concept_at(dosage, "route"); !route.empty())
    record.routes = resource.arena().copy(std::vector<CodeableConcept>{route});
  record.part_of = references_at(resource, "partOf");
}

void decode_medication(const Element& resource, Record& record) {
  Drug drug = drug_of(resource, "item");
  if (drug.id.empty()) drug.id = record.full_url;
  record.code = drug.code;
  std::vector<Drug> drugs{drug};
  add_contained(resource, drugs);
  record.contained_drugs = resource.arena().copy(drugs);
}

}  // namespace trialflag::fhir
