// The members of a chart in the order in which its bytes hold them. One description serves writing, reading and the test for emptiness, so
// that they cannot differ. To add a member append it to its list and raise kChartFormat.
//
// The bytes: the format; how many texts there are; of each its length and its form; the texts; then the chart, which names texts by number.
#pragma once

#include "agent/screening/chart.h"

namespace trialflag::screening {

constexpr unsigned char kChartFormat = 2;
constexpr unsigned char kPlainTexts = 1;  // the format in which every text was written out; it is still read

/// How a text is written: as it is, a UUID as 16 bytes, or a reference "Type/UUID" as a byte of the type and 16 bytes.
enum class TextForm : unsigned char { plain, uuid, reference };
constexpr unsigned kTextFormBits = 2;

// Each list() hands every member of a struct to `visit`; Item is the struct or its const twin.
template <typename Visit>
void list(Visit& visit, auto& item, const fhir::Coding*) {
  visit(item.system, item.code, item.display);
}
template <typename Visit>
void list(Visit& visit, auto& item, const fhir::CodeableConcept*) {
  visit(item.codings, item.text);
}
template <typename Visit>
void list(Visit& visit, auto& item, const fhir::Reference*) {
  visit(item.target, item.display);
}
template <typename Visit>
void list(Visit& visit, auto& item, const fhir::Quantity*) {
  visit(item.value, item.comparator, item.unit, item.system, item.code);
}
template <typename Visit>
void list(Visit& visit, auto& item, const fhir::Value*) {
  visit(item.kind, item.quantity, item.high, item.concept_, item.string, item.boolean, item.integer, item.time);
}
template <typename Visit>
void list(Visit& visit, auto& item, const fhir::Component*) {
  visit(item.code, item.value);
}
template <typename Visit>
void list(Visit& visit, auto& item, const fhir::Item*) {
  visit(item.link_id, item.definition, item.text, item.value);
}
template <typename Visit>
void list(Visit& visit, auto& item, const fhir::Drug*) {
  visit(item.id, item.code, item.ingredients, item.ingredient_refs);
}
template <typename Visit>
void list(Visit& visit, auto& item, const fhir::Activity*) {
  visit(item.code, item.status, item.reference);
}
template <typename Visit>
void list(Visit& visit, auto& item, const fhir::Record*) {
  visit(item.type, item.id, item.full_url, item.version, item.updated, item.subject, item.encounter, item.status, item.verification,
        item.intent, item.clinical_status_unread, item.do_not_perform, item.code, item.medication, item.contained_drugs, item.reasons,
        item.reason_refs, item.categories, item.routes, item.substances, item.part_of, item.interpretations, item.components, item.items,
        item.activities, item.value, item.allergy_type, item.allergy_categories, item.start, item.end, item.recorded, item.start_is_period,
        item.abated, item.supply_end, item.supply_days, item.provision_type, item.nested_provisions, item.nested_permit, item.study_texts);
}
template <typename Visit>
void list(Visit& visit, auto& item, const fhir::Communication*) {
  visit(item.language, item.preferred);
}
template <typename Visit>
void list(Visit& visit, auto& item, const fhir::PatientLink*) {
  visit(item.other, item.type);
}
template <typename Visit>
void list(Visit& visit, auto& item, const fhir::Patient*) {
  visit(item.id, item.full_url, item.version, item.updated, item.birth_date, item.gender, item.deceased, item.deceased_on, item.active,
        item.communications, item.links);
}

}  // namespace trialflag::screening
