// What a patient's former chart still says where a new reading tells less.
#pragma once

#include <vector>

#include "agent/screening/chart.h"
#include "agent/screening/ports.h"

namespace trialflag::screening {

/// A record given in part does not take the place of the whole one that is on file: its type is to stay as it was (WholePatient::retry).
/// One that is not on file is unread.
void keep_whole(const Chart& former, WholePatient& whole);

/// The types of `whole.retry` come into `chart` as they are in `former`. What could not be read now is not in what is carried over either.
/// Medications that the records carried over may refer to come with them.
void carry_over_types(const Chart& former, const WholePatient& whole, const std::vector<fhir::ResourceType>& types, Chart& chart);

/// Those of `former` that `chart` does not hold: what is kept of the former records may refer to them.
void keep_medications(const Chart& former, Chart& chart);

}  // namespace trialflag::screening
