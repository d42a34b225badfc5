// Codes: system names, ICD's editions, precedence, shape, places and attributes, over the shipped tables.
#include <algorithm>
#include <iterator>

#include "tests/mappings/load.h"

using namespace trialflag::mappings;
using namespace trialflag::mappings::test;

namespace {

constexpr const char* kIcd10 = "http://hl7.org/fhir/sid/icd-10";
constexpr const char* kIcd10cn = "urn:oid:2.16.156.10011.2.3.3.11";
constexpr const char* kIcd9 = "http://hl7.org/fhir/sid/icd-9-cm";
constexpr const char* kSnomed = "http://snomed.info/sct";
constexpr const char* kLoinc = "http://loinc.org";
constexpr const char* kAtc = "http://www.whocc.no/atc";
constexpr const char* kRxNorm = "http://www.nlm.nih.gov/research/umls/rxnorm";

std::string role_of(const char* concept_name, const char* system, const char* code, Place place = Place::condition) {
  return role_in(shipped(), concept_name, system, code, place);
}

CodeMatch match_of(const char* concept_name, const char* system, const char* code, Place place = Place::condition) {
  std::vector<CodeMatch> found;
  shipped().match_code(system, code, place, found);
  for (const CodeMatch& match : found) {
    if (shipped().name(match.concept_) == concept_name) return match;
  }
  FAIL(concept_name << " is not touched by " << code);
  return {};
}

Attributes attributes_of(const char* concept_name, const char* system, const char* code) {
  return shipped().attributes(match_of(concept_name, system, code));
}

}  // namespace

TEST_CASE("tables: all concepts are found by name, unknown ones are not") {
  std::ifstream in(kShipped / "concepts.tsv");
  const auto lines = std::count(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>(), '\n');
  CHECK(shipped().concept_count() == static_cast<std::size_t>(lines) - 1);
  for (const char* name :
       {"fibromyalgia", "bp_systolic", "bp_diastolic", "body_weight", "body_height", "body_mass_index", "wpi", "sss", "hcg_quantity"}) {
    const auto id = shipped().find(name);
    REQUIRE(id.has_value());
    CHECK(shipped().name(*id) == name);
    CHECK_FALSE(shipped().label(*id).empty());
  }
  CHECK_FALSE(shipped().find("fibromialgia").has_value());
}

TEST_CASE("systems: blanks, version, slash, case and https do not matter, a longer path does") {
  const auto key = [](const char* system) { return std::string(shipped().system_key(system)); };
  CHECK(key(" https://SNOMED.info/sct/|20260101 ") == "SNOMED");
  CHECK(key("http://snomed.info/sct/900000000000207008/version/20260131") == "SNOMED");
  CHECK(key("http://snomed.info/sct/900000000000207008") == "SNOMED");
  CHECK(key("http://snomed.info/sct/nonsense") == "");
  CHECK(key("http://snomed.info/sct/1/version/") == "");
  CHECK(key("2.16.840.1.113883.6.96") == "SNOMED");
  CHECK(key("URN:OID:2.16.156.10011.2.3.3.11.2") == "ICD10CN");
  CHECK(key("http://fhir.de/CodeSystem/bfarm/icd-10-gm") == "ICD10");
  CHECK(key("http://hl7.org/fhir/sid/icd-10/extra") == "");
  CHECK(key("http://hl7.org/fhir/sid/icd-10-cm//") == "");
  CHECK(key("http://mimic.mit.edu/fhir/mimic/CodeSystem/mimic-diagnosis-icd10") == "");
  CHECK(key("") == "");
  CHECK(key(std::string(300, 'x').c_str()) == "");
  CHECK(shipped().system_uri("LOINC") == "http://loinc.org");
  CHECK(shipped().system_uri("loinc") == "");
}

TEST_CASE("codes: a bare number is never enough") {
  CHECK(role_of("fibromyalgia", "", "203082005") == "none");
  CHECK(role_of("fibromyalgia", kLoinc, "203082005") == "none");
  CHECK(role_of("diabetes_mellitus", kIcd9, "250.00") == "include");
  CHECK(role_of("diabetes_mellitus", kIcd10, "250.00") == "none");
}

TEST_CASE("codes: blanks and case do not matter, nor does the dot of an ICD code") {
  CHECK(role_of("diabetes_mellitus", kIcd10cm, " e119 ") == "include");
  CHECK(role_of("diabetes_mellitus", kIcd10cm, "E11.9") == "include");
  CHECK(role_of("drug_pregabalin", kAtc, "n02bf02", Place::drug) == "include");
  CHECK(role_of("no_information", "http://terminology.hl7.org/CodeSystem/data-absent-reason", "UNKNOWN") == "none");
  CHECK(role_of("no_information", "http://terminology.hl7.org/CodeSystem/data-absent-reason", "unknown") == "include");
}

TEST_CASE("codes: of ICD and ATC rows the longest wins, at equal length the more careful one") {
  CHECK(role_of("angle_closure_glaucoma", kIcd10cm, "H40.033") == "review");
  CHECK(role_of("angle_closure_glaucoma", kIcd10cm, "H40.01") == "trap");
  CHECK(role_of("hypertension", kIcd10cn, "I10.x00x016") == "review");
  CHECK(role_of("hypertension", kIcd10cn, "I10.x00") == "include");
  CHECK(role_of("antihypertensive_classes", kAtc, "C09DA03", Place::drug) == "include");
  CHECK(role_of("malignancy", kIcd10cm, "C") == "include");
  CHECK(role_of("malignancy", kIcd10cm, "C44.91") == "review");
}

TEST_CASE("codes: an exact row of a concept does not speak for longer codes") {
  CHECK(role_of("other_painful_conditions", kIcd10cn, "M79.700") == "trap");
  CHECK(role_of("other_painful_conditions", kIcd10cn, "M79.7001") == "none");
}

TEST_CASE("codes: under plain ICD-10 six characters or an x make a code Chinese") {
  CHECK(role_of("osa", kIcd10, "G47.301") == "include");
  CHECK(role_of("osa", kIcd10, "G47.3") == "review");
  CHECK(role_of("hypertension", kIcd10, "I10.x01") == "review");
  CHECK(role_of("refractory_hypertension", kIcd10, "I10.x12") == "include");
  CHECK(role_of("diabetes_mellitus", kIcd10, "E14.900X001") == "include");
}

TEST_CASE("codes: a short code under the Chinese system falls back to ICD-10, concept by concept") {
  CHECK(role_of("fibromyalgia", kIcd10cn, "M79.7") == "include");
  CHECK(role_of("hypertension", kIcd10cn, "I10") == "include");
  CHECK(role_of("fibromyalgia", kIcd10cn, "M79.7x") == "none");
}

TEST_CASE("codes: both halves of a Chinese pair are read, the one that says more counts") {
  CHECK(role_of("inflammatory_rheumatic_disease", kIcd10cn, "L40.501+M07.3*") == "include");
  CHECK(role_of("diabetes_mellitus", kIcd10cn, "E11.401 + G63.2*") == "include");
  CHECK(role_of("connective_tissue_disorder", kIcd10cn, "D48.904+M36.0*") == "include");
  CHECK(role_of("malignancy", kIcd10cn, "D48.904+M36.0*") == "review");
  std::vector<CodeMatch> found;
  shipped().match_code(kIcd10cn, "E11.401+E11.401", Place::condition, found);
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (std::size_t k = i + 1; k < found.size(); ++k) CHECK(found[i].concept_ != found[k].concept_);
  }
}

TEST_CASE("codes: the marks of a German or WHO code do not make it longer") {
  CHECK(role_of("diabetes_mellitus", kIcd10, "E11.30+") == "include");
  CHECK(role_of("fibromyalgia", "http://fhir.de/CodeSystem/bfarm/icd-10-gm", "M79.70") == "include");
}

TEST_CASE("codes: the shape of ICD-10 is read in conditions and reasons alone, and never surely") {
  for (const Place place : {Place::condition, Place::reason}) {
    CHECK(role_of("fibromyalgia", "", "M79.7", place) == "review");
    CHECK(role_of("fibromyalgia", "http://local.example/dx", "M79.700", place) == "review");
  }
  for (const Place place : {Place::observation, Place::procedure, Place::drug, Place::value, Place::allergy, Place::other}) {
    CHECK(role_of("fibromyalgia", "", "M79.7", place) == "none");
  }
  CHECK(match_of("fibromyalgia", "", "M79.7").by_shape);
  CHECK_FALSE(match_of("fibromyalgia", kIcd10, "M79.7").by_shape);
  CHECK(role_of("angle_closure_glaucoma", "", "H40.1") == "trap");
  CHECK(role_of("fibromyalgia", "", "M797") == "none");
  CHECK(role_of("malignancy", "", "M8140/3") == "none");
  CHECK(role_of("malignancy", "", "C50") == "review");
}

TEST_CASE("codes: ICD-9-CM in a procedure is volume 3") {
  CHECK(role_of("nondrug_therapy", kIcd9, "93.1", Place::procedure) ==
        role_of("nondrug_therapy", "urn:oid:2.16.840.1.113883.6.104", "93.1", Place::procedure));
  CHECK(role_of("nondrug_therapy", kIcd9, "17.92110", Place::procedure) == "include");
  CHECK(role_of("nondrug_therapy", kIcd9, "17.92110", Place::condition) == "none");
}

TEST_CASE("codes: ids of whole families are listed, and their attributes kept") {
  CHECK(role_of("antihypertensive_classes", kRxNorm, "1000000", Place::drug) == "include");
  CHECK_FALSE(attributes_of("antihypertensive_classes", kRxNorm, "1000000").classes.empty());
  CHECK(attributes_of("antihypertensive_classes", kAtc, "C09DX01").classes.find('+') != std::string_view::npos);
  CHECK(attributes_of("pregnancy", kLoinc, "LA26683-5").answer == "negative");
  CHECK(attributes_of("pregnancy", kLoinc, "82810-3").kind == "question");
}

TEST_CASE("codes: what the rules ask of a row is an attribute of it") {
  CHECK(attributes_of("routes", kSnomed, "47625008").kind == "iv");
  CHECK(attributes_of("routes", kSnomed, "46713006").kind == "nasal");
  CHECK(attributes_of("routes", kSnomed, "26643006").kind == "oral");
  CHECK(attributes_of("drug_esketamine", kAtc, "N06AX27").route == "nasal");
  CHECK(attributes_of("drug_esketamine", kAtc, "N01AX14").route.empty());
  CHECK(attributes_of("drug_esketamine", kSnomed, "789488000").route == "nasal");
  CHECK(attributes_of("drug_esketamine", kSnomed, "789488000").kind == "product");
  CHECK(attributes_of("other_painful_conditions", kIcd10cm, "G89.3").kind == "cancer_pain");
  CHECK(attributes_of("other_painful_conditions", kSnomed, "98921000119102").kind == "cancer_pain");
  CHECK(attributes_of("other_painful_conditions", kIcd10cm, "M54.5").kind.empty());
  CHECK(attributes_of("chronic_pain_indication", kIcd10cm, "G89.18").kind == "acute_pain");
  CHECK(attributes_of("acute_cardiovascular_event", kIcd10cm, "I25.2").kind == "old infarction");
}

TEST_CASE("codes: one concept is one quantity") {
  CHECK(role_of("bp_systolic", kLoinc, "8480-6", Place::observation) == "include");
  CHECK(role_of("bp_systolic", kLoinc, "8460-8", Place::observation) == "review");
  CHECK(role_of("bp_systolic", kLoinc, "8462-4", Place::observation) == "none");
  CHECK(role_of("bp_diastolic", kLoinc, "8462-4", Place::observation) == "include");
  CHECK(role_of("body_mass_index", kLoinc, "39156-5", Place::observation) == "include");
  CHECK(role_of("body_mass_index", kLoinc, "89270-3", Place::observation) == "review");
  CHECK(role_of("body_mass_index", kLoinc, "59576-9", Place::observation) == "trap");
  CHECK(role_of("body_weight", kLoinc, "29463-7", Place::observation) == "include");
  CHECK(role_of("body_height", kLoinc, "8302-2", Place::observation) == "include");
  CHECK(role_of("hcg_quantity", kLoinc, "21198-7", Place::observation) == "include");
  CHECK(role_of("hcg_quantity", kLoinc, "2106-3", Place::observation) == "none");
}

TEST_CASE("codes: a known code is known in any role, an unknown one is not") {
  CHECK(shipped().knows(kIcd10cm, "H40.1", Place::condition));
  CHECK(shipped().knows(kLoinc, "77565-0", Place::observation));
  CHECK(shipped().knows("", "M79.7", Place::condition));
  CHECK_FALSE(shipped().knows("", "M79.7", Place::observation));
  CHECK_FALSE(shipped().knows(kSnomed, "1", Place::condition));
  CHECK_FALSE(shipped().knows(kIcd10cm, "", Place::condition));
}

TEST_CASE("codes: an origin is the line of a table") {
  const Origin origin = shipped().origin(match_of("fibromyalgia", kSnomed, "203082005"));
  std::ifstream in{std::string(origin.file)};
  std::string line;
  for (std::uint32_t i = 0; i < origin.line; ++i) std::getline(in, line);
  CHECK(line.find("203082005") != std::string::npos);
  CHECK(line.find("fibromyalgia") != std::string::npos);
}

TEST_CASE("codes: hostile codes and systems match nothing and harm nothing") {
  std::vector<CodeMatch> found;
  const std::string long_code(100000, 'E');
  for (const std::string& code : {std::string(), std::string("+"), std::string("*"), std::string("++*+!"), std::string("\0E11", 4),
                                  long_code, std::string("."), std::string("x+x+x+x+x+x+x+x"), std::string("\xff\xfe")}) {
    for (const char* system : {kIcd10, kIcd10cn, kIcd9, kSnomed, kAtc, ""}) shipped().match_code(system, code, Place::condition, found);
  }
  CHECK(found.empty());
}

TEST_CASE("codes: matches are appended") {
  std::vector<CodeMatch> found;
  const std::size_t first = shipped().match_code(kIcd10, "M79.7", Place::condition, found);
  const std::size_t second = shipped().match_code(kIcd10, "M79.7", Place::condition, found);
  CHECK(first > 0);
  CHECK(first == second);
  CHECK(found.size() == first + second);
}

TEST_CASE("codes: a code without its system is looked for in every system") {
  std::vector<CodeMatch> found;
  shipped().match_bare_code("8480-6", found);
  CHECK(std::any_of(found.begin(), found.end(), [](const CodeMatch& match) { return shipped().name(match.concept_) == "bp_systolic"; }));
  found.clear();
  CHECK(shipped().match_bare_code("no such code", found) == 0);
}

TEST_CASE("concepts: each has a name for people in every language") {
  const Tables& tables = shipped();
  for (std::uint16_t i = 0; i < tables.concept_count(); ++i) {
    CAPTURE(tables.name({i}));
    const std::string_view chinese = tables.label({i}, "zh");
    CHECK(std::any_of(chinese.begin(), chinese.end(), [](char c) { return static_cast<unsigned char>(c) >= 0xE3; }));
    CHECK_FALSE(tables.label({i}, "de").empty());
    CHECK_FALSE(tables.label({i}).empty());
  }
}
