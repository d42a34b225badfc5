// Facts that were kept and read back must lead to the very verdicts that their chart leads to, and damaged ones must never do harm.
#include <catch2/catch.hpp>
#include <random>

#include "agent/eligibility/evaluate.h"
#include "agent/json/value.h"
#include "agent/screening/facts_blob.h"
#include "agent/screening/screener.h"
#include "agent/settings/trial_file.h"
#include "fhir/decode.h"
#include "mappings/tables.h"

using namespace trialflag;

namespace {

const char* const kPatient = R"({"resourceType":"Patient","id":"p1","meta":{"versionId":"3"},"birthDate":"1970-05","gender":"female",
  "communication":[{"language":{"coding":[{"system":"urn:ietf:bcp:47","code":"zh-CN"}]},"preferred":true}]})";

const char* const kRecords[] = {
    R"({"resourceType":"Condition","id":"c1","meta":{"versionId":"2"},"subject":{"reference":"Patient/p1"},
        "clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},
        "verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"confirmed"}]},
        "code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"M79.7"}]},"onsetDateTime":"2021"})",
    R"({"resourceType":"Condition","id":"c2","subject":{"reference":"Patient/p1"},
        "clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"resolved"}]},
        "code":{"text":"depression, vermutlich"},"recordedDate":"2024-02-03","abatementDateTime":"2025-03"})",
    R"({"resourceType":"Condition","id":"c3","subject":{"reference":"Patient/p1"},"code":{"coding":[
        {"system":"http://terminology.hl7.org/CodeSystem/icd-o-3","code":"8500/3"}]},"recordedDate":"2020-01-01T10:00:00+08:00"})",
    R"({"resourceType":"Condition","id":"c4","subject":{"reference":"Patient/p1"},
        "verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"refuted"}]},
        "code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"E05.9"}]},"recordedDate":"2026-01-01"})",
    R"({"resourceType":"Observation","id":"o1","status":"final","subject":{"reference":"Patient/p1"},"effectiveDateTime":"2026-11-20T23:30:00Z",
        "code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},"component":[
        {"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":182,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},
        {"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"valueQuantity":{"value":95,"comparator":">","unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}]})",
    R"({"resourceType":"Observation","id":"o2","status":"final","subject":{"reference":"Patient/p1"},"effectiveDateTime":"2026-11-19",
        "code":{"coding":[{"system":"http://loinc.org","code":"72514-3"}]},"valueQuantity":{"value":5.5,"unit":"{score}"}})",
    R"({"resourceType":"Observation","id":"o3","status":"final","subject":{"reference":"Patient/p1"},"effectiveDateTime":"2026-10-19",
        "code":{"coding":[{"system":"http://loinc.org","code":"4548-4"}]},"valueQuantity":{"value":7.1,"unit":"furlong"}})",
    R"({"resourceType":"MedicationRequest","id":"m1","status":"active","intent":"order","subject":{"reference":"Patient/p1"},"authoredOn":"2026-03-01",
        "medicationCodeableConcept":{"coding":[{"system":"http://www.whocc.no/atc","code":"N02BF02"}]},
        "reasonCode":[{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"M79.7"}]},{"text":"Nervenschmerz"}]})",
    R"({"resourceType":"MedicationStatement","id":"m2","status":"not-taken","subject":{"reference":"Patient/p1"},"dateAsserted":"2026-05-01",
        "medicationCodeableConcept":{"coding":[{"system":"http://www.whocc.no/atc","code":"N06AX16"}]}})",
    R"({"resourceType":"MedicationRequest","id":"m3","status":"active","intent":"order","subject":{"reference":"Patient/p1"},
        "medicationCodeableConcept":{"coding":[{"system":"http://example.org/local","code":"X17"}]}})",
    R"({"resourceType":"MedicationDispense","id":"m4","status":"completed","subject":{"reference":"Patient/p1"},"whenHandedOver":"2026-11-01",
        "daysSupply":{"value":30},"medicationCodeableConcept":{"coding":[{"system":"http://www.whocc.no/atc","code":"C09AA02"}]}})",
    R"({"resourceType":"AllergyIntolerance","id":"a1","patient":{"reference":"Patient/p1"},"recordedDate":"2022-01-01",
        "code":{"coding":[{"system":"http://www.whocc.no/atc","code":"N01AX14"}]},
        "reaction":[{"substance":{"text":"ketamine"},"manifestation":[{"text":"rash"}]}]})",
    R"({"resourceType":"Procedure","id":"r1","status":"completed","subject":{"reference":"Patient/p1"},"performedDateTime":"2025-06-01",
        "code":{"coding":[{"system":"http://snomed.info/sct","code":"91251008"}]}})",
    R"({"resourceType":"Consent","id":"k1","status":"active","patient":{"reference":"Patient/p1"},"dateTime":"2026-01-01",
        "scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"research"}]},
        "category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"research"}]}],
        "provision":{"type":"deny"}})",
};

/// A patient who has something of everything.
struct Someone {
  Arena arena;
  screening::Chart chart;
  std::vector<std::unique_ptr<json::Document>> documents;

  Someone() {
    fhir::Issues issues;
    chart.reference = "Patient/p1";
    chart.patient = fhir::decode_patient(parsed(kPatient), arena, issues);
    for (const char* text : kRecords) chart.records.push_back(fhir::decode_record(parsed(text), "", arena, issues));
    for (const fhir::Issue& issue : issues) CHECK(issue.severity != fhir::Severity::error);
    chart.incomplete.add(fhir::ResourceType::care_plan);
  }
  const json::Value& parsed(const char* text) {
    documents.push_back(std::make_unique<json::Document>());
    REQUIRE(documents.back()->parse(text));
    return documents.back()->root();
  }
};

std::shared_ptr<const mappings::Tables> tables() {
  static const auto kTables = [] {
    std::vector<mappings::TableFlaw> flaws;
    auto loaded = mappings::Tables::load(std::string(TRIALFLAG_SOURCE_DIR) + "/mappings/tables", {}, flaws);
    REQUIRE(loaded);
    return *loaded;
  }();
  return kTables;
}

screening::Screener screener(const char* zone = "Asia/Shanghai") {
  std::vector<std::string> flaws;
  const auto trial = settings::load_trial(std::string(TRIALFLAG_SOURCE_DIR) + "/config/trials/NCT07230171.yaml", *tables(), flaws);
  REQUIRE(trial);
  return screening::Screener(tables(), *trial, *Zone::named(zone));
}

}  // namespace

TEST_CASE("kept facts: what is read back leads to the same verdicts, on every day") {
  const Someone someone;
  const auto its_screener = screener();
  screening::Sitting sitting(its_screener);
  std::vector<screening::Remark> remarks;
  const auto& facts = sitting.map(someone.chart, false, remarks);
  CHECK(facts.exposures.size() >= 3);
  CHECK_FALSE(facts.unreadable_drugs.empty());
  CHECK_FALSE(facts.morphologies.empty());
  CHECK_FALSE(facts.allergies.empty());
  CHECK_FALSE(facts.consents.empty());
  const screening::FactBytes bytes = screening::encode_facts(facts, facts.incomplete);

  screening::StoredFacts stored;
  for (const char* day : {"2019-01-01", "2024-02-03", "2025-03-15", "2026-11-20T23:00:00Z", "2026-11-22", "2027-05-01", "2031-01-01"}) {
    INFO(day);
    const Instant as_of = *parse_instant(day, its_screener.zone());
    REQUIRE(stored.decode(bytes.judged, bytes.told, tables()->concept_count()));
    const auto from_chart = sitting.screen(someone.chart, as_of, false, remarks);
    CHECK(sitting.evaluate(stored.facts, "Patient/p1", as_of) == from_chart);
    CHECK(screening::encode_facts(stored.facts, stored.facts.incomplete) == bytes);

    for (std::uint32_t record = 0; record < stored.facts.origins.size(); ++record) {
      const eligibility::Origin origin = stored.origin(record);
      CHECK(origin.type == stored.facts.origins[record].type);
      CHECK(origin.id == stored.facts.origins[record].id);
    }
    CHECK(stored.origin(static_cast<std::uint32_t>(stored.facts.origins.size())).id.empty());
    REQUIRE(stored.decode_judged(bytes.judged, tables()->concept_count()));
    eligibility::Judgement judgement;
    sitting.judge(stored.facts, as_of, judgement);
    CHECK(judgement.status == from_chart.status);
    for (std::size_t i = 0; i < from_chart.criteria.size(); ++i) {
      CHECK(judgement.decisions[i].holds == from_chart.criteria[i].holds);
      CHECK(judgement.decisions[i].reason == from_chart.criteria[i].reason);
      CHECK(judgement.evidence(i).size() >= from_chart.criteria[i].evidence.size());
    }
  }
}

TEST_CASE("kept facts: cut off or altered bytes are refused or read, never trusted beyond their bounds") {
  const Someone someone;
  const auto its_screener = screener();
  screening::Sitting sitting(its_screener);
  std::vector<screening::Remark> remarks;
  const auto& facts = sitting.map(someone.chart, false, remarks);
  const screening::FactBytes bytes = screening::encode_facts(facts, facts.incomplete);
  const std::size_t concepts = tables()->concept_count();
  const Instant as_of = *parse_instant("2026-11-22", its_screener.zone());
  screening::StoredFacts stored;
  const auto cut = [](const std::string& whole, std::size_t size) { return std::string_view(whole).substr(0, size); };
  for (std::size_t size = 0; size < bytes.judged.size(); ++size) {
    CHECK_FALSE(stored.decode(cut(bytes.judged, size), bytes.told, concepts));
    CHECK_FALSE(stored.decode_judged(cut(bytes.judged, size), concepts));
  }
  for (std::size_t size = 0; size < bytes.told.size(); ++size) CHECK_FALSE(stored.decode(bytes.judged, cut(bytes.told, size), concepts));
  CHECK_FALSE(stored.decode_judged(bytes.judged + '\0', concepts));
  CHECK_FALSE(stored.decode(bytes.judged, bytes.told + '\0', concepts));
  std::mt19937 random(7);
  eligibility::Judgement judgement;
  for (int i = 0; i < 20'000; ++i) {
    screening::FactBytes altered = bytes;
    altered.judged[random() % altered.judged.size()] = static_cast<char>(random());
    if (stored.decode_judged(altered.judged, concepts)) sitting.judge(stored.facts, as_of, judgement);
    CHECK((altered.judged == bytes.judged || !stored.decode(altered.judged, bytes.told, concepts)));
    altered.told[random() % altered.told.size()] = static_cast<char>(random());
    if (stored.decode(bytes.judged, altered.told, concepts)) sitting.evaluate(stored.facts, "Patient/p1", as_of);
  }
}

TEST_CASE("kept facts: another zone maps anew, another window in the trial file does not") {
  CHECK(screener().mapped_under() == screener().mapped_under());
  CHECK(screener().mapped_under() != screener("UTC").mapped_under());
  const auto given = screener();
  eligibility::Trial amended = given.trial();
  amended.version = "amended";
  amended.criteria.front().label = "other words";
  CHECK(screening::Screener(tables(), std::make_shared<eligibility::Trial>(amended), given.zone()).mapped_under() == given.mapped_under());
  amended.languages.push_back("fr");
  CHECK(screening::Screener(tables(), std::make_shared<eligibility::Trial>(amended), given.zone()).mapped_under() != given.mapped_under());
}
