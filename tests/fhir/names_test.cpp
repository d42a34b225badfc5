#include <catch2/catch.hpp>
#include <string>

#include "fhir/decode.h"

namespace trialflag::fhir {
namespace {

std::string target(std::string_view reference) {
  const auto found = target_of(reference);
  return found ? std::string(found->type) + "|" + std::string(found->id) : "none";
}

}  // namespace

TEST_CASE("resource type: a name and its type lead to each other") {
  for (int i = 1; i <= static_cast<int>(ResourceType::bundle); ++i) {
    const auto type = static_cast<ResourceType>(i);
    INFO(i);
    CHECK_FALSE(name_of(type).empty());
    CHECK(resource_type(name_of(type)) == type);
    CHECK(is_r4_type(name_of(type)));
  }
  CHECK(resource_type("Claim") == ResourceType::other);
  CHECK(resource_type("DiagnosticReport") == ResourceType::other);
  CHECK(asked_type("DiagnosticReport") == ResourceType::diagnostic_report);
  CHECK(asked_type("Condition") == ResourceType::condition);
  CHECK(name_of(ResourceType::diagnostic_report) == "DiagnosticReport");
  CHECK(resource_type("condition") == ResourceType::other);
  CHECK(resource_type("") == ResourceType::other);
}

TEST_CASE("resource type: the old names count as the R4 types that took their place, but are no R4 types (criteria.md 2.2)") {
  CHECK(resource_type("MedicationOrder") == ResourceType::medication_request);
  for (const char* name : {"ProcedureRequest", "ReferralRequest", "DiagnosticOrder"}) {
    CHECK(resource_type(name) == ResourceType::service_request);
    CHECK_FALSE(is_r4_type(name));
  }
  CHECK_FALSE(is_r4_type("MedicationOrder"));
  CHECK_FALSE(is_r4_type("BodySite"));
  CHECK_FALSE(is_r4_type("MedicationUsage"));
  CHECK(is_r4_type("Account"));
  CHECK(is_r4_type("VisionPrescription"));
}

TEST_CASE("reference: type and id are found in every form of a literal reference") {
  CHECK(target("Patient/p1") == "Patient|p1");
  CHECK(target("Patient/p1/_history/3") == "Patient|p1");
  CHECK(target("https://ehr.example.org/fhir/Patient/p1") == "Patient|p1");
  CHECK(target("https://ehr.example.org:8443/a/b/Condition/c.1-x/_history/7") == "Condition|c.1-x");
  CHECK(target("Patient/p1#part") == "Patient|p1");
}

TEST_CASE("reference: what does not end in type and id leads nowhere") {
  for (const char* text : {"#m1", "urn:uuid:0d2f1a1e-1111-4000-8000-000000000000", "urn:oid:1.2.3", "", "p1", "Patient/", "/p1",
                           "patient/p1", "Patient?identifier=a|b", "https://ehr.example.org", "Patient/?x=1"}) {
    INFO(text);
    CHECK(target(text) == "none");
  }
}

}  // namespace trialflag::fhir
