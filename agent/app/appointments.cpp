// Appointments of one patient, where the EHR lists that type: one search, no more, and no trouble when it fails.
#include <algorithm>

#include "agent/app/hospital_source.h"
#include "fhir/appointment.h"
#include "fhir/decode.h"

namespace trialflag::app {
namespace {

using Ids = std::vector<std::string>;

/// Whether the patient is expected there: booked or arrived, and not declined by them.
bool stands(const fhir::Appointment& appointment, const Ids& ids) {
  if (appointment.status != "booked" && appointment.status != "arrived") return false;
  return std::any_of(appointment.patients.begin(), appointment.patients.end(), [&](const fhir::Appointment::Patient& patient) {
    const auto target = fhir::target_of(patient.reference);
    return target && patient.status != "declined" && std::find(ids.begin(), ids.end(), target->id) != ids.end();
  });
}

}  // namespace

Result<std::vector<screening::Visit>> HospitalSource::appointments(const screening::PatientId& patient,
                                                                   std::span<const screening::PatientId> aliases, Instant since) {
  const auto* listed = capability_ ? capability_->find("Appointment") : nullptr;
  const auto takes = [&](const char* name) { return listed->search_parameters.empty() || listed->search_parameters.contains(name); };
  if (listed == nullptr || appointments_refused_ || !takes("patient"))
    return fail(ErrorCode::not_found, "the server lists no Appointments that are found by patient");
  const Ids ids = ids_of(patient, aliases);
  std::string whose;
  for (const std::string& id : ids) whose += (whose.empty() ? "" : ",") + id;
  std::vector<fhir::Parameter> parameters = {{"patient", whose}};
  // A day earlier, for the server's days may be those of another zone.
  if (takes("date")) parameters.push_back({"date", "ge" + to_string(Zone::utc().day_of(since) - 1)});
  std::vector<screening::Visit> visits;
  const auto end = client_->search("Appointment", parameters, [&](const fhir::Found& found) -> Result<void> {
    json::Document document;
    if (found.included || !document.parse(found.json) || document.root()["resourceType"].string() != "Appointment") return {};
    Arena arena;
    fhir::Issues issues;
    const fhir::Appointment appointment = fhir::decode_appointment(document.root(), arena, issues);
    if (!stands(appointment, ids)) return {};
    if (auto visit = screening::visit_at(appointment.start, appointment.where)) visits.push_back(std::move(*visit));
    return {};
  });
  if (end && (end->whole || end->unproven)) return visits;
  if (end) return fail(ErrorCode::malformed_data, "the appointments are not shown whole: " + end->shortfall);
  // What one patient's answer has wrong is no reason to ask for nobody else's.
  appointments_refused_ = end.error().code != ErrorCode::malformed_data;
  return tl::unexpected(end.error());
}

}  // namespace trialflag::app
