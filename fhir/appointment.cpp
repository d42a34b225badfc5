#include "fhir/appointment.h"

#include <algorithm>
#include <vector>

#include "fhir/datatypes.h"
#include "fhir/decode.h"

namespace trialflag::fhir {
namespace {

std::string_view first_words(std::span<const CodeableConcept> concepts) {
  for (const CodeableConcept& concept_ : concepts)
    if (const std::string_view words = words_of(concept_); !words.empty()) return words;
  return {};
}

}  // namespace

std::string_view words_of(const CodeableConcept& concept_) {
  if (!concept_.text.empty()) return concept_.text;
  for (const Coding& coding : concept_.codings)
    if (!coding.display.empty()) return coding.display;
  return {};
}

Appointment decode_appointment(const json::Value& resource, Arena& arena, Issues& issues) {
  Decoding decoding{arena, issues};
  const Element root = Element(resource, "Appointment", decoding).lenient();
  Appointment appointment;
  appointment.id = root.string("id");
  appointment.status = root.string("status");
  appointment.start = root.time("start");
  std::vector<Appointment::Patient> patients;
  std::string_view place;
  root.each("participant", [&](const Element& participant) {
    const Reference actor = reference_at(participant, "actor");
    const auto target = target_of(actor.target);
    if (target && target->type == "Patient") patients.push_back({actor.target, participant.string("status")});
    const bool is_place = target && (target->type == "Location" || target->type == "HealthcareService");
    if (is_place && place.empty()) place = actor.display;
  });
  appointment.patients = arena.copy(patients);
  // Most telling first.
  for (const std::string_view words : {first_words(concepts_at(root, "specialty")), first_words(concepts_at(root, "serviceType")), place,
                                       first_words(concepts_at(root, "serviceCategory"))})
    if (appointment.where.empty()) appointment.where = words;
  return appointment;
}

}  // namespace trialflag::fhir
