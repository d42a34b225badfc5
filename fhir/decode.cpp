#include "fhir/decode.h"

#include <algorithm>
#include <vector>

#include "fhir/datatypes.h"
#include "fhir/decode_parts.h"
#include "fhir/element.h"

namespace trialflag::fhir {
namespace {

using Decoder = void (*)(const Element& resource, Record& record);

Decoder decoder_of(ResourceType type) {
  switch (type) {
    case ResourceType::condition:
      return decode_condition;
    case ResourceType::observation:
      return decode_observation;
    case ResourceType::medication_request:
      return decode_medication_request;
    case ResourceType::medication_statement:
      return decode_medication_statement;
    case ResourceType::medication_dispense:
      return decode_medication_dispense;
    case ResourceType::medication_administration:
      return decode_medication_administration;
    case ResourceType::medication:
      return decode_medication;
    case ResourceType::allergy_intolerance:
      return decode_allergy;
    case ResourceType::procedure:
      return decode_procedure;
    case ResourceType::service_request:
      return decode_service_request;
    case ResourceType::care_plan:
      return decode_care_plan;
    case ResourceType::encounter:
      return decode_encounter;
    case ResourceType::consent:
      return decode_consent;
    case ResourceType::questionnaire_response:
      return decode_questionnaire_response;
    case ResourceType::diagnostic_report:
      return [](const Element&, Record&) {};  // what it names is not kept (agent/app/members.h)
    case ResourceType::other:
    case ResourceType::patient:
    case ResourceType::operation_outcome:
    case ResourceType::bundle:
      return nullptr;
  }
  return nullptr;
}

void read_meta(const Element& resource, std::string_view& version, RecordedTime& updated) {
  const Element meta = resource.object("meta");
  version = meta.lenient().string("versionId");
  // It orders versions and is nothing of the patient's: a record without one that can be read is read as if it bore none.
  updated = meta.lenient().time("lastUpdated");
}

// Where R4 lets a record be of nobody.
bool needs_subject(ResourceType type) {
  switch (type) {
    case ResourceType::observation:
    case ResourceType::questionnaire_response:
    case ResourceType::encounter:
    case ResourceType::consent:
    case ResourceType::medication_dispense:
    case ResourceType::diagnostic_report:
      return false;
    default:
      return true;
  }
}

// `subject`, or `patient` where R4 says so; the other name is tried too, so that a resource to be quarantined still tells whose it is.
void read_subject(const Element& resource, Record& record) {
  const bool by_patient = record.type == ResourceType::allergy_intolerance || record.type == ResourceType::consent;
  const std::string_view due = by_patient ? "patient" : "subject";
  const std::string_view other = by_patient ? "subject" : "patient";
  const std::string_view name = resource.has(due) || !resource.has(other) ? due : other;
  record.subject = reference_at(resource, name);
  if (!resource.has(name)) {
    resource.issue(needs_subject(record.type) ? Severity::error : Severity::warning, due, "is missing");
  } else if (record.subject.target.empty()) {
    resource.issue(Severity::warning, name, "names nobody by reference");
  }
}

}  // namespace

void read_reasons(const Element& resource, Record& record) {
  record.reasons = concepts_at(resource, "reasonCode");
  record.reason_refs = references_at(resource, "reasonReference");
  read_contained_conditions(resource, record.reason_refs, record);
}

void read_contained_conditions(const Element& resource, std::span<const Reference> references, Record& record) {
  if (std::none_of(references.begin(), references.end(), [](const Reference& each) { return each.target.starts_with('#'); })) return;
  std::vector<CodeableConcept> reasons(record.reasons.begin(), record.reasons.end());
  resource.each("contained", [&](const Element& contained) {
    if (contained.string("resourceType") != "Condition") return;
    const std::string_view id = contained.string("id");
    const bool named = std::any_of(references.begin(), references.end(), [&](const Reference& each) {
      return each.target.starts_with('#') && (each.target.substr(1) == id || each.target == id);
    });
    const CodeableConcept verification = concept_at(contained, "verificationStatus");
    const bool denied = std::any_of(verification.codings.begin(), verification.codings.end(),
                                    [](const Coding& each) { return each.code == "refuted" || each.code == "entered-in-error"; });
    if (named && !denied) reasons.push_back(concept_at(contained, "code"));
  });
  record.reasons = resource.arena().copy(reasons);
}

void read_period(const Element& resource, std::string_view name, Record& record) {
  if (!resource.has(name)) return;
  const Period period = period_at(resource, name);
  record.start = period.start;
  record.end = period.end;
  record.start_is_period = true;
}

void read_span(const Element& resource, std::string_view time_name, std::string_view period_name, Record& record) {
  record.start = resource.time(time_name);
  if (!record.start.known()) return read_period(resource, period_name, record);
  if (resource.has(period_name)) resource.issue(Severity::warning, period_name, "stands beside a date; only the date is read");
}

Record decode_record(const json::Value& resource, std::string_view full_url, Arena& arena, Issues& issues) {
  Record record;
  const std::string_view type_name = resource["resourceType"].string();
  record.type = asked_type(type_name);
  record.full_url = arena.copy(full_url);
  const Decoder decode = decoder_of(record.type);
  if (decode == nullptr) {
    issues.push_back({Severity::error, "resourceType", "is none that carries facts"});
    return record;
  }

  Decoding decoding{arena, issues};
  const Element root(resource, type_name, decoding);
  record.id = root.string("id");
  read_meta(root, record.version, record.updated);
  if (record.type != ResourceType::medication) {
    read_subject(root, record);
    record.encounter = reference_at(root, root.has("context") ? "context" : "encounter");
  }
  record.status = root.string("status");
  decode(root, record);
  return record;
}

bool has_subject(const json::Value& resource) {
  const auto has = [&](const char* name) { return resource[name].exists() && !resource[name].is(json::Value::Type::null); };
  return has("subject") || has("patient");
}

namespace {

/// One that cannot be read says that they died, as a deceasedDateTime does: nobody is to be approached upon a doubt. But "false" is plain.
bool is_deceased(const json::Value& resource, const Element& root) {
  const auto said = root.boolean("deceasedBoolean");
  return root.has("deceasedDateTime") || said.value_or(root.has("deceasedBoolean") && resource["deceasedBoolean"].string() != "false");
}

/// One that cannot be read says no, for the same reason. But "true" is plain.
std::optional<bool> active_of(const json::Value& resource, const Element& root) {
  const auto said = root.boolean("active");
  if (said || !root.has("active")) return said;
  return resource["active"].string() == "true";
}

}  // namespace

Patient decode_patient(const json::Value& resource, Arena& arena, Issues& issues) {
  Decoding decoding{arena, issues};
  const Element root = Element(resource, "Patient", decoding).lenient();
  Patient patient;
  patient.id = root.string("id");
  read_meta(root, patient.version, patient.updated);
  patient.gender = root.string("gender");
  patient.active = active_of(resource, root);

  patient.birth_date = root.time("birthDate");
  if (patient.birth_date.precision == RecordedTime::Precision::instant) {
    root.issue(Severity::warning, "birthDate", "is an instant where a date is due");
    patient.birth_date = {};
  }
  patient.deceased_on = root.time("deceasedDateTime");
  patient.deceased = is_deceased(resource, root);

  std::vector<Communication> communications;
  root.each("communication", [&](const Element& communication) {
    communications.push_back({concept_at(communication, "language"), communication.boolean("preferred").value_or(false)});
  });
  patient.communications = arena.copy(communications);
  std::vector<PatientLink> links;
  root.each("link", [&](const Element& link) {
    const Reference other = reference_at(link, "other");
    const auto target = target_of(other.target);
    // Whoever leads to themselves leads nowhere.
    if (!target || target->type != "Patient" || patient.id.empty() || target->id != patient.id)
      links.push_back({other, link.string("type")});
  });
  patient.links = arena.copy(links);
  return patient;
}

}  // namespace trialflag::fhir
