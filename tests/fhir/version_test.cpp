#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "agent/json/scan.h"
#include "fhir/decode.h"

namespace trialflag::fhir {
namespace {

namespace fs = std::filesystem;

std::string version_of(std::string_view text) {
  json::Document document;
  REQUIRE(document.parse(text));
  return std::string(foreign_version(document.root()).value_or("none"));
}

// How many resources of a folder's files look like which version; nested Bundles are opened.
std::map<std::string, int> count_versions(const fs::path& folder) {
  std::map<std::string, int> counts;
  for (const auto& file : fs::recursive_directory_iterator(folder)) {
    if (file.path().extension() != ".json") continue;
    std::ifstream in(file.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto entries = json::find_member(text, "entry");
    if (!entries) {
      ++counts[version_of(text)];
      continue;
    }
    json::Elements elements(entries->text);
    while (const auto entry = elements.next())
      if (const auto resource = json::find_member(entry->text, "resource")) ++counts[version_of(resource->text)];
  }
  return counts;
}

}  // namespace

TEST_CASE("version: DSTU2 is told") {
  for (const char* text :
       {R"({"resourceType":"Condition","patient":{"reference":"Patient/1"}})",
        R"({"resourceType":"Condition","subject":{},"dateRecorded":"2015"})",
        R"({"resourceType":"Observation","category":{"coding":[{"code":"laboratory"}]}})",
        R"({"resourceType":"Observation","comments":"x"})", R"({"resourceType":"MedicationStatement","wasNotTaken":false})",
        R"({"resourceType":"Procedure","notPerformed":true})", R"({"resourceType":"Encounter","patient":{}})",
        R"({"resourceType":"Patient","meta":{"profile":["http://hl7.org/fhir/DSTU2/patient.html"]}})",
        R"({"resourceType":"Conformance","fhirVersion":"1.0.2"})"}) {
    INFO(text);
    CHECK(version_of(text) == "DSTU2");
  }
}

TEST_CASE("version: STU3 is told") {
  for (const char* text : {R"({"resourceType":"Condition","clinicalStatus":"active","verificationStatus":"confirmed"})",
                           R"({"resourceType":"Condition","assertedDate":"2017"})", R"({"resourceType":"MedicationStatement","taken":"y"})",
                           R"({"resourceType":"MedicationRequest","requester":{"agent":{"reference":"Practitioner/1"}}})",
                           R"({"resourceType":"Encounter","reason":[{"text":"pain"}]})", R"({"resourceType":"Procedure","context":{}})",
                           R"({"resourceType":"Procedure","notDone":false})", R"({"resourceType":"Patient","animal":{}})",
                           R"({"resourceType":"AllergyIntolerance","assertedDate":"2017"})",
                           R"({"resourceType":"CapabilityStatement","fhirVersion":"3.0.2"})"}) {
    INFO(text);
    CHECK(version_of(text) == "STU3");
  }
}

TEST_CASE("version: R5 is told") {
  for (const char* text :
       {R"({"resourceType":"Condition","participant":[]})", R"({"resourceType":"MedicationRequest","medication":{"concept":{}}})",
        R"({"resourceType":"MedicationStatement","medication":{"reference":{}}})", R"({"resourceType":"Encounter","actualPeriod":{}})",
        R"({"resourceType":"Encounter","class":[{}]})", R"({"resourceType":"Encounter","reason":[{"value":[{"concept":{}}]}]})",
        R"({"resourceType":"Procedure","occurrenceDateTime":"2024"})", R"({"resourceType":"Consent","decision":"permit"})",
        R"({"resourceType":"ServiceRequest","code":{"concept":{"text":"x"}}})",
        R"({"resourceType":"CapabilityStatement","fhirVersion":"5.0.0"})"}) {
    INFO(text);
    CHECK(version_of(text) == "R5");
  }
}

TEST_CASE("version: R4, slips of R4, and types that R4 does not have are not called another version") {
  for (const char* text :
       {R"({"resourceType":"Condition","subject":{},"clinicalStatus":"active"})",
        R"({"resourceType":"MedicationStatement","context":{},"effectivePeriod":{}})",
        R"({"resourceType":"MedicationAdministration","context":{}})", R"({"resourceType":"AllergyIntolerance","patient":{}})",
        R"({"resourceType":"Encounter","class":{"code":"AMB"},"reasonCode":[{"text":"pain"}]})",
        R"({"resourceType":"QuestionnaireResponse","questionnaire":"http://h/q"})",
        R"({"resourceType":"MedicationOrder","patient":{},"dateWritten":"2015"})",
        R"({"resourceType":"CapabilityStatement","fhirVersion":"4.0.1"})", R"({"resourceType":"Consent","patient":{}})",
        R"({"resourceType":"Patient","meta":{"profile":["http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"]}})",
        R"({"x":1})", "[]", "null"}) {
    INFO(text);
    CHECK(version_of(text) == "none");
  }
}

TEST_CASE("version: published R4 examples pass, every file of older versions is told") {
  const fs::path data = fs::path(TRIALFLAG_SOURCE_DIR) / "../shared/data";
  if (!fs::is_directory(data)) {
    WARN("not run: no published examples at " << data.string());
    return;
  }
  for (const char* set : {"hl7-r4-spec-examples", "us-core-examples", "tw-core-examples-zh", "mii-kds-2026", "ecqm-qicore-2025"}) {
    INFO(set);
    const auto counts = count_versions(data / set);
    CHECK(counts.size() == 1);
    CHECK(counts.contains("none"));
  }
  const auto dstu2 = count_versions(data / "ahrq-pain-mgmt/dstu2_test_patients");
  CHECK(dstu2.at("DSTU2") > 100);
  CHECK_FALSE(dstu2.contains("STU3"));
  const auto stu3 = count_versions(data / "smart-stu3-selected/STU-3");
  CHECK(stu3.at("STU3") > 250);
  CHECK_FALSE(stu3.contains("DSTU2"));
}

}  // namespace trialflag::fhir
