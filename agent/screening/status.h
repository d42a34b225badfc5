// What a record's status makes of it as evidence (criteria.md 2.11).
#pragma once

#include "fhir/record.h"

namespace trialflag::screening {

enum class StatusWeight { counts, weak, ignored, not_taken, refuted };

/// By the record's type, status, verification and intent. A status that R4 does not list, or that is absent where R4 requires one, is weak.
StatusWeight status_weight(const fhir::Record& record);

/// May the record's reasons speak (2.10): it is not in error, cancelled, revoked or a draft.
bool reasons_speak(const fhir::Record& record);

}  // namespace trialflag::screening
