#include "tests/fhir/decoded.h"

namespace trialflag::fhir {
namespace {

std::string drug(const std::string& type, const std::string& members) {
  return R"({"resourceType":")" + type + R"(","subject":{"reference":"Patient/p1"},)" + members + "}";
}

}  // namespace

TEST_CASE("medication request: what was ordered, why, by which route and for how long") {
  const Decoded decoded(drug("MedicationRequest", R"("status":"active","intent":"order","authoredOn":"2024-01-01",
      "medicationCodeableConcept":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"187832"}],"text":"pregabalin"},
      "reasonCode":[{"text":"neuropathy"}],"reasonReference":[{"reference":"Condition/c1"}],
      "dosageInstruction":[{"route":{"text":"oral"},"asNeededCodeableConcept":{"text":"pain"},"timing":{"repeat":{"boundsPeriod":{"end":"2024-03"}}}},
                           {"timing":{"repeat":{"boundsPeriod":{"end":"2024-02"}}}}],
      "dispenseRequest":{"validityPeriod":{"end":"2024-02-10"},"expectedSupplyDuration":{"value":2,"unit":"weeks","code":"wk"}})"));
  CHECK(decoded.issues().empty());
  const Record& record = decoded.record;
  CHECK(record.code.text == "pregabalin");
  CHECK(record.intent == "order");
  CHECK(to_string(record.start) == "2024-01-01");
  CHECK(record.reasons.size() == 1);
  CHECK(record.reason_refs.size() == 1);
  REQUIRE(record.routes.size() == 1);
  CHECK(record.routes[0].text == "oral");
  CHECK(to_string(record.supply_end) == "2024-03");
  CHECK(record.supply_days == 14.0);
}

TEST_CASE("medication: contained ones and those of their own give code and ingredients") {
  const Decoded order(drug("MedicationRequest", R"("medicationReference":{"reference":"#m1","display":"Lyrica"},
      "contained":[{"resourceType":"Organization","id":"o"},{"resourceType":"Medication","id":"m1","code":{"text":"Lyrica"},
        "ingredient":[{"itemCodeableConcept":{"text":"pregabalin"}},{"itemReference":{"reference":"Medication/m2"}}]}])"));
  CHECK(order.issues().empty());
  CHECK(order.record.medication.target == "#m1");
  CHECK(order.record.medication.display == "Lyrica");
  REQUIRE(order.record.contained_drugs.size() == 1);
  const Drug& contained = order.record.contained_drugs[0];
  CHECK(contained.id == "m1");
  CHECK(contained.ingredients[0].text == "pregabalin");
  CHECK(contained.ingredient_refs[0].target == "Medication/m2");

  const Decoded own(R"({"resourceType":"Medication","id":"m2","code":{"text":"ketamine"}})");
  REQUIRE(own.record.contained_drugs.size() == 1);
  CHECK(own.record.contained_drugs[0].id == "m2");
  CHECK(own.record.contained_drugs[0].code.text == "ketamine");
  CHECK(Decoded(R"({"resourceType":"Medication"})", "urn:uuid:7").record.contained_drugs[0].id == "urn:uuid:7");
}

TEST_CASE("medication statement, dispense, administration: their times and routes") {
  const Decoded statement(drug("MedicationStatement",
                               R"("status":"active","context":{"reference":"Encounter/e"},"effectivePeriod":{"start":"2023","end":"2024"},
      "dateAsserted":"2024-05-01","dosage":[{"route":{"text":"iv"}}])"));
  CHECK(statement.issues().empty());
  CHECK(statement.record.encounter.target == "Encounter/e");
  CHECK(to_string(statement.record.start) == "2023");
  CHECK(to_string(statement.record.end) == "2024");
  CHECK(to_string(statement.record.recorded) == "2024-05-01");
  CHECK(statement.record.routes[0].text == "iv");

  const Decoded dispense(
      drug("MedicationDispense", R"("whenPrepared":"2024-01-01","whenHandedOver":"2024-01-02","daysSupply":{"value":30})"));
  CHECK(to_string(dispense.record.start) == "2024-01-02");
  CHECK(dispense.record.supply_days == 30.0);
  CHECK(to_string(Decoded(drug("MedicationDispense", R"("whenPrepared":"2024-01-01")")).record.start) == "2024-01-01");

  const Decoded given(
      drug("MedicationAdministration",
           R"("effectiveDateTime":"2024-01-01T08:00:00Z","dosage":{"route":{"text":"iv"}},"partOf":[{"reference":"Procedure/x"}])"));
  CHECK(given.issues().empty());
  CHECK(given.record.routes[0].text == "iv");
  CHECK(given.record.part_of[0].target == "Procedure/x");
  CHECK(to_string(given.record.start) == "2024-01-01T08:00:00Z");
}

TEST_CASE("supply: durations are told in days by UCUM, and not guessed") {
  const auto days = [](const std::string& duration) {
    return Decoded(drug("MedicationRequest", R"("dispenseRequest":{"expectedSupplyDuration":)" + duration + "}")).record.supply_days;
  };
  CHECK(days(R"({"value":30,"unit":"days","system":"http://unitsofmeasure.org","code":"d"})") == 30.0);
  CHECK(days(R"({"value":48,"code":"h"})") == 2.0);
  CHECK(days(R"({"value":1,"code":"a"})") == 365.25);
  CHECK(days(R"({"value":12,"code":"mo"})") == Approx(365.25));
  CHECK(days(R"({"value":3,"unit":"weeks"})") == 21.0);
  CHECK_FALSE(days(R"({"value":30})"));
  CHECK_FALSE(days(R"({"value":30,"unit":"tablets"})"));
  CHECK_FALSE(days(R"({"value":30,"comparator":"<","code":"d"})"));
}

TEST_CASE("flaw: a drug of a wrong type quarantines its record, in a contained medication too") {
  CHECK(Decoded(drug("MedicationRequest", R"("medicationCodeableConcept":"pregabalin")")).issues() ==
        Lines{"error MedicationRequest.medicationCodeableConcept is a string where an object is due"});
  CHECK(Decoded(drug("MedicationRequest", R"("contained":[{"resourceType":"Medication","code":[]}])")).issues() ==
        Lines{"error MedicationRequest.contained[0].code is an array where an object is due"});
  CHECK(Decoded(drug("MedicationAdministration", R"("dosage":[{"route":{"text":"iv"}}])")).quarantined());
  CHECK(Decoded(drug("MedicationRequest", R"("dosageInstruction":[{"timing":{"repeat":{"boundsPeriod":{"end":"soon"}}}}])")).issues() ==
        Lines{"error MedicationRequest.dosageInstruction[0].timing.repeat.boundsPeriod.end is not a date that can be read"});
}

}  // namespace trialflag::fhir
