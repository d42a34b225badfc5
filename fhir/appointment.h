// An Appointment, as far as it tells when and where a patient is expected. It carries no facts, so it is no Record.
#pragma once

#include <span>
#include <string_view>

#include "agent/base/arena.h"
#include "agent/json/value.h"
#include "fhir/issue.h"
#include "fhir/record.h"

namespace trialflag::fhir {

struct Appointment {
  std::string_view id, status;
  RecordedTime start;
  std::string_view where;  ///< the specialty, the service or the place, in words as recorded; may be empty
  struct Patient {
    std::string_view reference, status;  ///< participant.status: accepted, declined, tentative, needs-action
  };
  std::span<const Patient> patients;  ///< of the participants
};

/// Never fails: what cannot be read is missing, and an issue.
Appointment decode_appointment(const json::Value& resource, Arena& arena, Issues& issues);

/// The words of a concept: its text, else the first display of its codings; empty when it is told by codes alone.
std::string_view words_of(const CodeableConcept& concept_);

}  // namespace trialflag::fhir
