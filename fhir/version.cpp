// Tells DSTU2, STU3 and R5 by elements that R4 does not have, each taken from the published definitions of those versions.
#include <algorithm>
#include <span>

#include "fhir/decode.h"

namespace trialflag::fhir {
namespace {

using Type = json::Value::Type;

constexpr std::string_view kDstu2 = "DSTU2", kStu3 = "STU3", kR5 = "R5";

struct TellTale {
  std::string_view member;
  Type type;
  std::string_view version;
};

// An element that several foreign versions share stands under the version where it is met most; what only one has comes first.
constexpr TellTale kCondition[] = {
    {"dateRecorded", Type::string, kDstu2}, {"patient", Type::object, kDstu2}, {"assertedDate", Type::string, kStu3},
    {"context", Type::object, kStu3},       {"participant", Type::array, kR5},
};
constexpr TellTale kObservation[] = {
    {"comments", Type::string, kDstu2}, {"comment", Type::string, kStu3},  {"context", Type::object, kStu3},
    {"related", Type::array, kStu3},    {"triggeredBy", Type::array, kR5},
};
constexpr TellTale kMedicationRequest[] = {
    {"context", Type::object, kStu3},
    {"medication", Type::object, kR5},
};
constexpr TellTale kMedicationStatement[] = {
    {"wasNotTaken", Type::boolean, kDstu2},
    {"patient", Type::object, kDstu2},
    {"taken", Type::string, kStu3},
    {"medication", Type::object, kR5},
};
constexpr TellTale kMedicationDispense[] = {
    {"dispenser", Type::object, kDstu2},
    {"patient", Type::object, kDstu2},
    {"notDone", Type::boolean, kStu3},
    {"medication", Type::object, kR5},
};
constexpr TellTale kMedicationAdministration[] = {
    {"wasNotGiven", Type::boolean, kDstu2},
    {"patient", Type::object, kDstu2},
    {"notGiven", Type::boolean, kStu3},
    {"medication", Type::object, kR5},
};
constexpr TellTale kMedication[] = {
    {"product", Type::object, kDstu2},
    {"isOverTheCounter", Type::boolean, kStu3},
};
constexpr TellTale kAllergyIntolerance[] = {
    {"substance", Type::object, kDstu2},
    {"assertedDate", Type::string, kStu3},
    {"participant", Type::array, kR5},
};
constexpr TellTale kProcedure[] = {
    {"notPerformed", Type::boolean, kDstu2},   {"notDone", Type::boolean, kStu3},       {"context", Type::object, kStu3},
    {"occurrenceDateTime", Type::string, kR5}, {"occurrencePeriod", Type::object, kR5},
};
constexpr TellTale kCarePlan[] = {
    {"context", Type::object, kStu3},
};
constexpr TellTale kEncounter[] = {
    {"patient", Type::object, kDstu2},
    {"class", Type::string, kDstu2},
    {"class", Type::array, kR5},
    {"actualPeriod", Type::object, kR5},
};
constexpr TellTale kConsent[] = {
    {"consentingParty", Type::array, kStu3},
    {"except", Type::array, kStu3},
    {"decision", Type::string, kR5},
    {"provision", Type::array, kR5},
};
constexpr TellTale kQuestionnaireResponse[] = {
    {"group", Type::object, kDstu2},
    {"context", Type::object, kStu3},
    {"questionnaire", Type::object, kStu3},
};
constexpr TellTale kPatient[] = {
    {"careProvider", Type::array, kDstu2},
    {"animal", Type::object, kStu3},
};

struct TellTales {
  std::string_view resource;
  std::span<const TellTale> of_resource;
};

constexpr TellTales kTellTales[] = {
    {"Condition", kCondition},
    {"Observation", kObservation},
    {"MedicationRequest", kMedicationRequest},
    {"MedicationStatement", kMedicationStatement},
    {"MedicationDispense", kMedicationDispense},
    {"MedicationAdministration", kMedicationAdministration},
    {"Medication", kMedication},
    {"AllergyIntolerance", kAllergyIntolerance},
    {"Procedure", kProcedure},
    {"CarePlan", kCarePlan},
    {"Encounter", kEncounter},
    {"Consent", kConsent},
    {"QuestionnaireResponse", kQuestionnaireResponse},
    {"Patient", kPatient},
};

std::optional<std::string_view> by_statement(const json::Value& resource) {
  const std::string_view version = resource["fhirVersion"].string();
  if (version.starts_with("0.") || version.starts_with("1.")) return kDstu2;
  if (version.starts_with("3.")) return kStu3;
  if (version.starts_with("5.")) return kR5;
  return std::nullopt;
}

// A profile of the base specification that names its version.
std::optional<std::string_view> by_profile(const json::Value& resource) {
  struct Root {
    std::string_view url, version;
  };
  constexpr Root kRoots[] = {{"http://hl7.org/fhir/DSTU2/", kDstu2}, {"http://hl7.org/fhir/1.0/", kDstu2},
                             {"http://hl7.org/fhir/STU3/", kStu3},   {"http://hl7.org/fhir/3.0/", kStu3},
                             {"http://hl7.org/fhir/R5/", kR5},       {"http://hl7.org/fhir/5.0/", kR5}};
  for (const json::Value& profile : resource["meta"]["profile"].array())
    for (const Root& root : kRoots)
      if (profile.string().starts_with(root.url)) return root.version;
  return std::nullopt;
}

bool any_element_has(const json::Value& array, std::string_view first, std::string_view second) {
  const auto elements = array.array();
  return std::any_of(elements.begin(), elements.end(),
                     [&](const json::Value& element) { return element[first].exists() || element[second].exists(); });
}

// Shapes that take more than one look.
std::optional<std::string_view> by_shape(const json::Value& resource, std::string_view type) {
  const json::Value& code = resource["code"];
  if (type == "Condition" || type == "AllergyIntolerance") {
    // One status as a string might be a slip; both are STU3's way.
    if (resource["clinicalStatus"].is(Type::string) && resource["verificationStatus"].is(Type::string)) return kStu3;
  } else if (type == "MedicationRequest") {
    if (resource["requester"]["agent"].is(Type::object)) return kStu3;
  } else if (type == "Encounter") {
    if (any_element_has(resource["reason"], "coding", "text")) return kStu3;
    if (any_element_has(resource["reason"], "value", "use")) return kR5;
  } else if (type == "Observation") {
    if (resource["category"]["coding"].is(Type::array)) return kDstu2;
  } else if (type == "ServiceRequest") {
    if (code["concept"].is(Type::object) || code["reference"].is(Type::object)) return kR5;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> foreign_version(const json::Value& resource) {
  const std::string_view type = resource["resourceType"].string();
  if (type == "CapabilityStatement" || type == "Conformance") return by_statement(resource);
  if (!is_r4_type(type)) return std::nullopt;
  for (const TellTales& known : kTellTales) {
    if (known.resource != type) continue;
    for (const TellTale& tell_tale : known.of_resource)
      if (resource[tell_tale.member].is(tell_tale.type)) return tell_tale.version;
  }
  if (const auto version = by_shape(resource, type)) return version;
  return by_profile(resource);
}

}  // namespace trialflag::fhir
