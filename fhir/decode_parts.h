// How each type fills its Record; decode.cpp picks one. Every part finds id, version, subject and encounter already read.
#pragma once

#include "fhir/element.h"
#include "fhir/record.h"

namespace trialflag::fhir {

void decode_condition(const Element& resource, Record& record);
void decode_observation(const Element& resource, Record& record);
void decode_allergy(const Element& resource, Record& record);
void decode_procedure(const Element& resource, Record& record);
void decode_service_request(const Element& resource, Record& record);
void decode_encounter(const Element& resource, Record& record);

void decode_medication_request(const Element& resource, Record& record);
void decode_medication_statement(const Element& resource, Record& record);
void decode_medication_dispense(const Element& resource, Record& record);
void decode_medication_administration(const Element& resource, Record& record);
void decode_medication(const Element& resource, Record& record);

void decode_care_plan(const Element& resource, Record& record);
void decode_consent(const Element& resource, Record& record);
void decode_questionnaire_response(const Element& resource, Record& record);

/// reasonCode and reasonReference.
void read_reasons(const Element& resource, Record& record);
/// Adds the codes of contained Conditions that `references` name to the reasons: a Reference to a Condition is that Condition
/// (criteria.md 2.10), as far as its code tells it.
void read_contained_conditions(const Element& resource, std::span<const Reference> references, Record& record);

/// A Period into start and end.
void read_period(const Element& resource, std::string_view name, Record& record);

/// A choice of dateTime and Period into start and end: `time_name` and `period_name` are the members ("effectiveDateTime",
/// "effectivePeriod").
void read_span(const Element& resource, std::string_view time_name, std::string_view period_name, Record& record);

}  // namespace trialflag::fhir
