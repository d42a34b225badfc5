#include "agent/screening/links.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "fhir/decode.h"

namespace trialflag::screening {
namespace {

std::vector<PatientId> named(const fhir::Patient& patient, std::string_view type) {
  std::vector<PatientId> named;
  for (const fhir::PatientLink& link : patient.links) {
    const auto other = fhir::target_of(link.other.target);
    if (link.type == type && other && other->type == "Patient") named.push_back({std::string(other->id)});
  }
  return named;
}

}  // namespace

PatientId replaced_by(const fhir::Patient& patient) {
  const auto survivors = named(patient, "replaced-by");
  return survivors.empty() ? PatientId() : survivors.front();
}

std::vector<PatientId> replaced_in(const fhir::Patient& patient) {
  return named(patient, "replaces");
}

bool takes_place_of(const fhir::Patient& patient, const PatientId& other) {
  const auto replaced = replaced_in(patient);
  return std::find(replaced.begin(), replaced.end(), other) != replaced.end();
}

std::vector<fhir::PatientLink> without_survivors(const fhir::Patient& patient) {
  std::vector<fhir::PatientLink> links;
  for (const fhir::PatientLink& link : patient.links)
    if (link.type != "replaced-by") links.push_back(link);
  return links;
}

}  // namespace trialflag::screening
