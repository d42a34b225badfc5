// What a Patient's links say of other records of the same human.
#pragma once

#include <vector>

#include "agent/screening/ledger.h"
#include "fhir/record.h"

namespace trialflag::screening {

/// Whom a Patient names as the record that takes its place; empty: none.
PatientId replaced_by(const fhir::Patient& patient);
/// Whose place a Patient says that it takes.
std::vector<PatientId> replaced_in(const fhir::Patient& patient);
bool takes_place_of(const fhir::Patient& patient, const PatientId& other);
/// The links without those to whatever takes the Patient's place.
std::vector<fhir::PatientLink> without_survivors(const fhir::Patient& patient);

}  // namespace trialflag::screening
