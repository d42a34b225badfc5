// FHIR's data types, from an Element that holds one, or from the member of that name.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "fhir/element.h"
#include "fhir/record.h"

namespace trialflag::fhir {

struct Period {
  RecordedTime start, end;
};

CodeableConcept concept_at(const Element& parent, std::string_view name);
std::span<const CodeableConcept> concepts_at(const Element& parent, std::string_view name);
Reference reference_at(const Element& parent, std::string_view name);
std::span<const Reference> references_at(const Element& parent, std::string_view name);
Period period_at(const Element& parent, std::string_view name);
Quantity quantity_at(const Element& parent, std::string_view name);

/// A Duration in days (UCUM min, h, d, wk, mo, a; a month is a twelfth of 365.25 days); nullopt when absent, without a value, or in another
/// unit. `bare_is_days`: a value without any unit counts as days.
std::optional<double> days_at(const Element& parent, std::string_view name, bool bare_is_days);

/// value[x] of an Observation, of its component, or of an answer. `none` when there is no member that begins with "value".
Value value_of(const Element& parent);

/// The code of a CodeableConcept that holds a status: of the coding in `system`, else of the first coding that has a code.
std::string_view status_code(const CodeableConcept& status, std::string_view system);

}  // namespace trialflag::fhir
