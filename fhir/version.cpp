// Tells DSTU2, STU3 and R5 by elements that R4 does not have, each taken from the published definitions of those versions.
#include <algorithm>

#include "fhir/decode.h"

namespace trialflag::fhir {
namespace {

using Type = json::Value::Type;

constexpr std::string_view kDstu2 = "DSTU2", kStu3 = "STU3", kR5 = "R5";

struct TellTale {
  std::string_view resource, member;
  Type type;
  std::string_view version;
};

// An element that several foreign versions share stands under the version where it is met most; what only one has comes first.
constexpr TellTale kTellTales[] = {
    {"Condition", "dateRecorded", Type::string, kDstu2},
    {"Condition", "patient", Type::object, kDstu2},
    {"Condition", "assertedDate", Type::string, kStu3},
    {"Condition", "context", Type::object, kStu3},
    {"Condition", "participant", Type::array, kR5},

    {"Observation", "comments", Type::string, kDstu2},
    {"Observation", "comment", Type::string, kStu3},
    {"Observation", "context", Type::object, kStu3},
    {"Observation", "related", Type::array, kStu3},
    {"Observation", "triggeredBy", Type::array, kR5},

    {"MedicationRequest", "context", Type::object, kStu3},
    {"MedicationRequest", "medication", Type::object, kR5},

    {"MedicationStatement", "wasNotTaken", Type::boolean, kDstu2},
    {"MedicationStatement", "patient", Type::object, kDstu2},
    {"MedicationStatement", "taken", Type::string, kStu3},
    {"MedicationStatement", "medication", Type::object, kR5},

    {"MedicationDispense", "dispenser", Type::object, kDstu2},
    {"MedicationDispense", "patient", Type::object, kDstu2},
    {"MedicationDispense", "notDone", Type::boolean, kStu3},
    {"MedicationDispense", "medication", Type::object, kR5},

    {"MedicationAdministration", "wasNotGiven", Type::boolean, kDstu2},
    {"MedicationAdministration", "patient", Type::object, kDstu2},
    {"MedicationAdministration", "notGiven", Type::boolean, kStu3},
    {"MedicationAdministration", "medication", Type::object, kR5},

    {"Medication", "product", Type::object, kDstu2},
    {"Medication", "isOverTheCounter", Type::boolean, kStu3},

    {"AllergyIntolerance", "substance", Type::object, kDstu2},
    {"AllergyIntolerance", "assertedDate", Type::string, kStu3},
    {"AllergyIntolerance", "participant", Type::array, kR5},

    {"Procedure", "notPerformed", Type::boolean, kDstu2},
    {"Procedure", "notDone", Type::boolean, kStu3},
    {"Procedure", "context", Type::object, kStu3},
    {"Procedure", "occurrenceDateTime", Type::string, kR5},
    {"Procedure", "occurrencePeriod", Type::object, kR5},

    {"CarePlan", "context", Type::object, kStu3},

    {"Encounter", "patient", Type::object, kDstu2},
    {"Encounter", "class", Type::string, kDstu2},
    {"Encounter", "class", Type::array, kR5},
    {"Encounter", "actualPeriod", Type::object, kR5},

    {"Consent", "consentingParty", Type::array, kStu3},
    {"Consent", "except", Type::array, kStu3},
    {"Consent", "decision", Type::string, kR5},
    {"Consent", "provision", Type::array, kR5},

    {"QuestionnaireResponse", "group", Type::object, kDstu2},
    {"QuestionnaireResponse", "context", Type::object, kStu3},
    {"QuestionnaireResponse", "questionnaire", Type::object, kStu3},

    {"Patient", "careProvider", Type::array, kDstu2},
    {"Patient", "animal", Type::object, kStu3},
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
  for (const TellTale& tell_tale : kTellTales)
    if (tell_tale.resource == type && resource[tell_tale.member].is(tell_tale.type)) return tell_tale.version;
  if (const auto version = by_shape(resource, type)) return version;
  return by_profile(resource);
}

}  // namespace trialflag::fhir
