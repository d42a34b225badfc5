#include "tests/fhir/decoded.h"

namespace trialflag::fhir {
namespace {

std::string with_subject(const std::string& type, const std::string& members) {
  return R"({"resourceType":")" + type + R"(","id":"r1","subject":{"reference":"Patient/p1"},)" + members + "}";
}

}  // namespace

TEST_CASE("decode: what every record has is read") {
  const Decoded decoded(R"({"resourceType":"Condition","id":"c1","meta":{"versionId":"3","lastUpdated":"2024-05-01T10:00:00.5+02:00"},
      "subject":{"reference":"Patient/p1","display":"x"},"encounter":{"reference":"Encounter/e1"},"code":{"text":"pain"}})",
                        "urn:uuid:1");
  CHECK(decoded.issues().empty());
  CHECK(decoded.record.type == ResourceType::condition);
  CHECK(decoded.record.id == "c1");
  CHECK(decoded.record.full_url == "urn:uuid:1");
  CHECK(decoded.record.version == "3");
  CHECK(to_string(decoded.record.updated) == "2024-05-01T08:00:00.500Z");
  CHECK(decoded.record.subject.target == "Patient/p1");
  CHECK(decoded.record.encounter.target == "Encounter/e1");
}

TEST_CASE("decode: a resource without any subject is quarantined, one whose subject names nobody is told (criteria.md 2.2)") {
  CHECK(Decoded(R"({"resourceType":"Condition","id":"c1"})").issues() == Lines{"error Condition.subject is missing"});
  CHECK(Decoded(R"({"resourceType":"AllergyIntolerance"})").issues() == Lines{"error AllergyIntolerance.patient is missing"});
  for (const char* type : {"Observation", "QuestionnaireResponse", "Encounter", "Consent", "MedicationDispense"}) {
    const Decoded without(R"({"resourceType":")" + std::string(type) + R"(","id":"x","status":"final"})");
    CHECK_FALSE(without.quarantined());
  }
  const auto has = [](const char* json) {
    json::Document document;
    REQUIRE(document.parse(json));
    return has_subject(document.root());
  };
  CHECK(has(R"({"subject":{"display":"somebody"}})"));
  CHECK(has(R"({"patient":5})"));
  CHECK_FALSE(has(R"({"subject":null})"));
  CHECK_FALSE(has("{}"));
  CHECK(Decoded(R"({"resourceType":"Observation","subject":{"display":"Li"}})").issues() ==
        Lines{"warning Observation.subject names nobody by reference"});
  CHECK(Decoded(R"({"resourceType":"Medication","code":{"text":"x"}})").issues().empty());
  CHECK(Decoded(R"({"resourceType":"MedicationOrder","patient":{"reference":"Patient/p1"}})").record.subject.target == "Patient/p1");
}

TEST_CASE("decode: a type that carries no facts is refused") {
  CHECK(Decoded(R"({"resourceType":"Claim"})").quarantined());
  CHECK(Decoded(R"({"id":"x"})").quarantined());
}

TEST_CASE("condition: code, statuses and dates") {
  const Decoded decoded(
      with_subject("Condition", R"("code":{"coding":[{"system":"http://snomed.info/sct","code":"203082005","display":"FM"},
      null,{"system":"http://hl7.org/fhir/sid/icd-10","code":"M79.7"}],"text":"fibromyalgia "},
      "clinicalStatus":{"coding":[{"system":"urn:local","code":"A"},{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},
      "verificationStatus":{"coding":[{"code":"confirmed"}]},
      "onsetDateTime":"2019-03","recordedDate":"2019-04-02","abatementDateTime":"2020")"));
  CHECK(decoded.issues().empty());
  const Record& record = decoded.record;
  REQUIRE(record.code.codings.size() == 2);
  CHECK(record.code.codings[1].code == "M79.7");
  CHECK(record.code.text == "fibromyalgia ");
  CHECK(record.status == "active");
  CHECK(record.verification == "confirmed");
  CHECK_FALSE(record.clinical_status_unread);
  CHECK(to_string(record.start) == "2019-03");
  CHECK(to_string(record.recorded) == "2019-04-02");
  CHECK(to_string(record.end) == "2020");
  CHECK(record.abated);
  CHECK_FALSE(record.start_is_period);
}

TEST_CASE("condition: onset and abatement in the forms that give a date and those that give none") {
  const Decoded periods(
      with_subject("Condition", R"("onsetPeriod":{"start":"2018","end":"2019"},"abatementPeriod":{"start":"2020","end":"2021"})"));
  CHECK(to_string(periods.record.start) == "2018");
  CHECK(to_string(periods.record.end) == "2021");
  CHECK(to_string(Decoded(with_subject("Condition", R"("abatementPeriod":{"start":"2020"})")).record.end) == "2020");
  for (const char* form : {R"("onsetAge":{"value":40},"abatementAge":{"value":41})",
                           R"("onsetRange":{"low":{"value":1}},"abatementRange":{"low":{"value":1}})", R"("abatementBoolean":true)"}) {
    INFO(form);
    const Decoded decoded(with_subject("Condition", form));
    CHECK(decoded.issues().empty());
    CHECK_FALSE(decoded.record.start.known());
    CHECK_FALSE(decoded.record.end.known());
    CHECK(decoded.record.abated);
  }
  CHECK_FALSE(Decoded(with_subject("Condition", R"("abatementBoolean":false)")).record.abated);
  // Words may say "1999" or "not yet": without a status nobody knows.
  const Decoded words(with_subject("Condition", R"("onsetString":"long ago","abatementString":"1999")"));
  CHECK_FALSE(words.record.abated);
  CHECK(words.record.clinical_status_unread);
}

TEST_CASE("condition: a status without a code is unread, an unknown one is kept as recorded") {
  CHECK(Decoded(with_subject("Condition", R"("clinicalStatus":{"text":"active"})")).record.clinical_status_unread);
  CHECK(Decoded(with_subject("Condition", R"("verificationStatus":{"coding":[{"display":"sure"}]})")).record.clinical_status_unread);
  CHECK_FALSE(Decoded(with_subject("Condition", R"("code":{"text":"x"})")).record.clinical_status_unread);
  const Decoded odd(with_subject("Condition", R"("clinicalStatus":{"coding":[{"code":"ongoing"}]})"));
  CHECK(odd.record.status == "ongoing");
  CHECK(odd.issues().empty());
}

TEST_CASE("observation: every value[x] is read as what it is") {
  const auto value = [](const std::string& member) {
    const Decoded decoded(with_subject("Observation", member));
    CHECK(decoded.issues().empty());
    return decoded.record.value.kind;
  };
  using Kind = Value::Kind;
  CHECK(value(R"("status":"final")") == Kind::none);
  CHECK(value(R"("valueQuantity":{"value":1})") == Kind::quantity);
  CHECK(value(R"("valueCodeableConcept":{"text":"x"})") == Kind::concept_);
  CHECK(value(R"("valueString":"x")") == Kind::string);
  CHECK(value(R"("valueBoolean":false)") == Kind::boolean);
  CHECK(value(R"("valueInteger":3)") == Kind::integer);
  CHECK(value(R"("valueRange":{"low":{"value":1}})") == Kind::range);
  CHECK(value(R"("valueDateTime":"2024")") == Kind::time);
  CHECK(value(R"("valuePeriod":{"start":"2024"})") == Kind::time);
  CHECK(value(R"("valueRatio":{"numerator":{"value":1}})") == Kind::other);
  CHECK(value(R"("valueSampledData":{"data":"1 2"})") == Kind::other);
  CHECK(value(R"("valueTime":"12:00:00")") == Kind::other);
}

TEST_CASE("observation: values keep their numbers, units, comparators and bounds") {
  const Decoded quantity(
      with_subject("Observation",
                   R"("valueQuantity":{"value":6.50,"comparator":"<=","unit":"percent","system":"http://unitsofmeasure.org","code":"%"})"));
  CHECK(quantity.record.value.quantity.value == 6.5);
  CHECK(quantity.record.value.quantity.comparator == Comparator::less_equal);
  CHECK(quantity.record.value.quantity.unit == "percent");
  CHECK(quantity.record.value.quantity.code == "%");
  const Decoded range(with_subject("Observation", R"("valueRange":{"low":{"value":4,"unit":"{score}"},"high":{"value":6}})"));
  CHECK(range.record.value.quantity.value == 4.0);
  CHECK(range.record.value.high.value == 6.0);
  CHECK(Decoded(with_subject("Observation", R"("valueInteger":7)")).record.value.integer == 7);
  CHECK(to_string(Decoded(with_subject("Observation", R"("valuePeriod":{"start":"2024-01","end":"2025"})")).record.value.time) ==
        "2024-01");
  CHECK(Decoded(with_subject("Observation", R"("valueBoolean":true)")).record.value.boolean);
}

TEST_CASE("observation: a comparator that R4 does not know stands beside the number, which nobody may use") {
  const Decoded decoded(with_subject("Observation", R"("valueQuantity":{"value":6.5,"comparator":"~"})"));
  CHECK(decoded.record.value.quantity.comparator == Comparator::unknown);
  CHECK(decoded.issues() == Lines{"warning Observation.valueQuantity.comparator is none of R4's; the value is not used"});
}

TEST_CASE("observation: time in each form, components, interpretation, issued") {
  CHECK(to_string(Decoded(with_subject("Observation", R"("effectiveDateTime":"2024-01-02")")).record.start) == "2024-01-02");
  CHECK(to_string(Decoded(with_subject("Observation", R"("effectiveInstant":"2024-01-02T00:00:00Z")")).record.start) ==
        "2024-01-02T00:00:00Z");
  CHECK(to_string(Decoded(with_subject("Observation", R"("effectiveTiming":{"event":[null,"2024-03","2024-04"]})")).record.start) ==
        "2024-03");
  const Decoded period(
      with_subject("Observation", R"("effectivePeriod":{"start":"2024-01-02","end":"2024-01-05"},"issued":"2024-01-06T00:00:00Z",
      "interpretation":[{"coding":[{"code":"H"}]}],
      "component":[{"code":{"coding":[{"code":"8480-6"}]},"valueQuantity":{"value":150}},{"code":{"text":"x"},"dataAbsentReason":{"text":"y"}}])"));
  CHECK(period.issues().empty());
  CHECK(period.record.start_is_period);
  CHECK(to_string(period.record.end) == "2024-01-05");
  CHECK(to_string(period.record.recorded) == "2024-01-06T00:00:00Z");
  REQUIRE(period.record.interpretations.size() == 1);
  REQUIRE(period.record.components.size() == 2);
  CHECK(period.record.components[0].value.quantity.value == 150.0);
  CHECK(period.record.components[1].value.kind == Value::Kind::none);
}

TEST_CASE("allergy: substances, category, type, statuses") {
  const Decoded decoded(
      R"({"resourceType":"AllergyIntolerance","patient":{"reference":"Patient/p1"},"type":"intolerance","category":["medication","food"],
      "clinicalStatus":{"coding":[{"code":"active"}]},"verificationStatus":{"coding":[{"code":"confirmed"}]},"code":{"text":"ketamine"},
      "onsetDateTime":"2001","recordedDate":"2002","reaction":[{"substance":{"text":"esketamine"},"manifestation":[{"text":"rash"}]},{"severity":"mild"}]})");
  CHECK(decoded.issues().empty());
  CHECK(decoded.record.allergy_type == "intolerance");
  REQUIRE(decoded.record.allergy_categories.size() == 2);
  CHECK(decoded.record.allergy_categories[1] == "food");
  REQUIRE(decoded.record.substances.size() == 1);
  CHECK(decoded.record.substances[0].text == "esketamine");
  CHECK(to_string(decoded.record.start) == "2001");
  CHECK(to_string(decoded.record.recorded) == "2002");
}

TEST_CASE("procedure, service request, encounter: times, reasons and what they belong to") {
  const Decoded procedure(with_subject(
      "Procedure", R"("status":"completed","code":{"text":"massage"},"performedPeriod":{"start":"2024-01-01","end":"2024-02-01"},
      "reasonCode":[{"text":"pain"}],"reasonReference":[{"reference":"Condition/c1"}],"partOf":[{"reference":"Procedure/x"}])"));
  CHECK(procedure.issues().empty());
  CHECK(to_string(procedure.record.end) == "2024-02-01");
  CHECK(procedure.record.reasons.size() == 1);
  CHECK(procedure.record.reason_refs[0].target == "Condition/c1");
  CHECK(procedure.record.part_of[0].target == "Procedure/x");
  CHECK_FALSE(Decoded(with_subject("Procedure", R"("performedString":"last year")")).record.start.known());

  const Decoded order(with_subject(
      "ServiceRequest",
      R"("status":"completed","intent":"order","doNotPerform":true,"authoredOn":"2024-01-01","occurrenceDateTime":"2024-02-01")"));
  CHECK(order.record.do_not_perform);
  CHECK(order.record.intent == "order");
  CHECK(to_string(order.record.start) == "2024-02-01");
  CHECK(to_string(order.record.recorded) == "2024-01-01");
  CHECK(to_string(Decoded(with_subject("ServiceRequest", R"("authoredOn":"2024-01-01")")).record.start) == "2024-01-01");

  const Decoded encounter(
      with_subject("Encounter", R"("status":"finished","class":{"code":"AMB"},"type":[{"text":"visit"}],"serviceType":{"text":"surgery"},
      "period":{"start":"2024-01-01"},"reasonCode":[{"text":"pain"}],"diagnosis":[{"condition":{"reference":"Condition/c2"}}])"));
  CHECK(encounter.issues().empty());
  CHECK(encounter.record.code.text == "surgery");
  CHECK(encounter.record.categories[0].text == "visit");
  CHECK(encounter.record.part_of[0].target == "Condition/c2");
  CHECK(to_string(encounter.record.start) == "2024-01-01");
}

TEST_CASE("flaw: a meta.lastUpdated that cannot be read is none, and quarantines nothing (W02)") {
  for (const char* stamp : {"\"yesterday\"", "\"2026-11-22 09:53:19\"", "5", "{}"}) {
    const Decoded decoded(with_subject("Condition", R"("meta":{"versionId":"3","lastUpdated":)" + std::string(stamp) + "}"));
    INFO(stamp);
    CHECK_FALSE(decoded.quarantined());
    CHECK(decoded.issues().size() == 1);
    CHECK_FALSE(decoded.record.updated.known());
    CHECK(decoded.record.version == "3");
  }
}

TEST_CASE("flaw: a wrong JSON type in an element that is read quarantines, with its path and no value (criteria.md 2.2)") {
  const auto issues = [](const std::string& members) { return Decoded(with_subject("Condition", members)).issues(); };
  CHECK(issues(R"("code":{"coding":[{"code":"a"},{"code":"b"},{"system":7,"code":"c"}]})") ==
        Lines{"error Condition.code.coding[2].system is a number where a string is due"});
  CHECK(issues(R"("code":"M79.7")") == Lines{"error Condition.code is a string where an object is due"});
  CHECK(issues(R"("code":[{"text":"x"}])") == Lines{"error Condition.code is an array where an object is due"});
  CHECK(issues(R"("code":{"coding":{"code":"x"}})") == Lines{"error Condition.code.coding is an object where an array is due"});
  CHECK(issues(R"("code":{"coding":["M79.7"]})") == Lines{"error Condition.code.coding[0] is a string where an object is due"});
  CHECK(issues(R"("onsetDateTime":2019)") == Lines{"error Condition.onsetDateTime is a number where a date is due"});
  CHECK(issues(R"("clinicalStatus":"active")") == Lines{"error Condition.clinicalStatus is a string where an object is due"});
  CHECK(issues(R"("onsetDateTime":"2019-02-30")") == Lines{"error Condition.onsetDateTime is not a date that can be read"});
  CHECK(Decoded(with_subject("Observation", R"("valueQuantity":{"value":"6.5"})")).issues() ==
        Lines{"error Observation.valueQuantity.value is a string where a number is due"});
  CHECK(Decoded(with_subject("Observation", R"("component":[{},{"valueInteger":true}])")).issues() ==
        Lines{"error Observation.component[1].valueInteger is a boolean where a number is due"});
}

TEST_CASE("flaw: a quarantined record still tells its type, id and subject") {
  const Decoded decoded(R"({"resourceType":"Condition","id":"c1","code":7,"subject":{"reference":"Patient/p1"}})");
  CHECK(decoded.quarantined());
  CHECK(decoded.record.id == "c1");
  CHECK(decoded.record.subject.target == "Patient/p1");
}

TEST_CASE("flaw: what is not read, or hurts nobody, does not quarantine") {
  CHECK(Decoded(with_subject("Condition", R"("category":"x","stage":7,"note":"free text","bodySite":{}, "extension":null)"))
            .issues()
            .empty());
  CHECK(Decoded(with_subject("Condition", R"("_onsetDateTime":{"extension":[{"url":"u"}]},"code":{"coding":[null],"_text":{}})"))
            .issues()
            .empty());
  CHECK(Decoded(with_subject("Condition", R"("code":null,"onsetDateTime":null,"clinicalStatus":{}, "meta":{"profile":[]})"))
            .issues()
            .empty());
  CHECK(Decoded(with_subject("Condition", R"("code":{"text":""})")).issues() == Lines{"warning Condition.code.text is an empty string"});
  CHECK(Decoded(with_subject("Condition", R"("meta":{"versionId":3})")).issues() ==
        Lines{"warning Condition.meta.versionId is a number where a string is due"});
  CHECK(Decoded(with_subject("Observation", R"("effectiveDateTime":"2024","effectivePeriod":{"start":"2023"})")).issues() ==
        Lines{"warning Observation.effectivePeriod stands beside a date; only the date is read"});
  CHECK(Decoded(with_subject("Procedure", R"("status":"completed","performedPeriod":{"start":"2024-03","end":"2024-02"})")).issues() ==
        Lines{"warning Procedure.performedPeriod ends before it begins"});
  CHECK(Decoded(with_subject("Procedure", R"("status":"completed","performedPeriod":{"start":"2024-02-02","end":"2024-02"})"))
            .issues()
            .empty());
  CHECK(Decoded(with_subject("Observation", R"("valueQuantity":{"value":1},"valueString":"2")")).issues() ==
        Lines{"warning Observation.valueString stands beside another value and is not read"});
}

}  // namespace trialflag::fhir
