#include "tests/fhir/decoded.h"

namespace trialflag::fhir {
namespace {

std::vector<std::string> texts(std::span<const std::string_view> views) {
  return {views.begin(), views.end()};
}

/// `members`: what it has beside its id, from the comma on.
Decoded patient_with(const std::string& members) {
  return Decoded(R"({"resourceType":"Patient","id":"p1")" + members + "}");
}

}  // namespace

TEST_CASE("decode: a death that cannot be read is one, for nobody is to be approached upon a doubt") {
  const auto dead = [](const std::string& members) { return patient_with(members).patient.deceased; };
  for (const char* none : {"", R"(,"deceasedBoolean":false)", R"(,"deceasedBoolean":null)", R"(,"deceasedBoolean":"false")"})
    CHECK_FALSE(dead(none));
  for (const char* some : {"true", "\"true\"", "\"yes\"", "1", "{}"}) CHECK(dead(std::string(R"(,"deceasedBoolean":)") + some));
  CHECK(dead(R"(,"deceasedDateTime":"last week")"));
}

TEST_CASE("decode: whether a Patient is active says no where it cannot be read, for the same reason") {
  const auto active = [](const std::string& members) { return patient_with(members).patient.active; };
  for (const char* untold : {"", R"(,"active":null)"}) CHECK_FALSE(active(untold).has_value());
  for (const char* yes : {"true", "\"true\""}) CHECK(active(std::string(R"(,"active":)") + yes) == true);
  for (const char* no : {"false", "\"false\"", "\"no\"", "0", "{}"}) CHECK(active(std::string(R"(,"active":)") + no) == false);
}

TEST_CASE("patient: every element that screening reads") {
  const Decoded decoded(R"({"resourceType":"Patient","id":"p1","meta":{"versionId":"2","lastUpdated":"2024-01-01T00:00:00Z"},"active":false,
      "birthDate":"1982-04","gender":"female","deceasedDateTime":"2024","communication":[{"language":{"coding":[{"code":"zh-CN"}]},"preferred":true},{"language":{"text":"en"}}],
      "link":[{"other":{"reference":"Patient/p2"},"type":"replaced-by"}]})");
  CHECK(decoded.issues().empty());
  const Patient& patient = decoded.patient;
  CHECK(patient.id == "p1");
  CHECK(patient.version == "2");
  CHECK(patient.updated.known());
  CHECK(to_string(patient.birth_date) == "1982-04");
  CHECK(patient.gender == "female");
  CHECK(patient.active == false);
  CHECK(patient.deceased);
  CHECK(to_string(patient.deceased_on) == "2024");
  REQUIRE(patient.communications.size() == 2);
  CHECK(patient.communications[0].preferred);
  CHECK(patient.communications[0].language.codings[0].code == "zh-CN");
  CHECK(patient.links[0].other.target == "Patient/p2");
  CHECK(patient.links[0].type == "replaced-by");
}

TEST_CASE("patient: never quarantined, a flawed element is a missing one (criteria.md 2.2)") {
  const Decoded decoded(
      R"({"resourceType":"Patient","id":"p1","birthDate":"1982-13-01","gender":7,"active":"yes","communication":{},"meta":{"lastUpdated":5}})");
  CHECK_FALSE(decoded.quarantined());
  CHECK(decoded.issues().size() == 5);
  CHECK_FALSE(decoded.patient.birth_date.known());
  CHECK(decoded.patient.gender.empty());
  CHECK(decoded.patient.active == false);
  CHECK(Decoded(R"({"resourceType":"Patient","birthDate":"1982-04-01T00:00:00Z"})").issues() ==
        Lines{"warning Patient.birthDate is an instant where a date is due"});
}

TEST_CASE("patient: deceased by boolean or by a date, readable or not") {
  CHECK(Decoded(R"({"resourceType":"Patient","deceasedBoolean":true})").patient.deceased);
  CHECK_FALSE(Decoded(R"({"resourceType":"Patient","deceasedBoolean":false})").patient.deceased);
  CHECK(Decoded(R"({"resourceType":"Patient","deceasedDateTime":"2024-02-30"})").patient.deceased);
  CHECK_FALSE(Decoded(R"({"resourceType":"Patient"})").patient.deceased);
}

TEST_CASE("care plan: its activities") {
  const Decoded decoded(
      R"({"resourceType":"CarePlan","status":"active","intent":"plan","subject":{"reference":"Patient/p1"},"period":{"start":"2024"},
      "activity":[{"detail":{"code":{"text":"exercise"},"status":"in-progress"}},{"reference":{"reference":"ServiceRequest/s"}}]})");
  CHECK(decoded.issues().empty());
  REQUIRE(decoded.record.activities.size() == 2);
  CHECK(decoded.record.activities[0].code.text == "exercise");
  CHECK(decoded.record.activities[0].status == "in-progress");
  CHECK(decoded.record.activities[1].reference.target == "ServiceRequest/s");
  CHECK(to_string(decoded.record.start) == "2024");
}

TEST_CASE("consent: scope, provisions at any depth, and every place where a study may be named (criteria.md E1.refusal)") {
  const Decoded decoded(
      R"({"resourceType":"Consent","status":"active","patient":{"reference":"Patient/p1"},"scope":{"coding":[{"code":"research"}]},
      "dateTime":"2024-01-01","identifier":[{"value":"NCT1"}],"policy":[{"uri":"urn:NCT2","authority":"urn:NCT3"}],"policyRule":{"coding":[{"code":"NCT4"}],"text":"NCT5"},
      "sourceReference":{"identifier":{"value":"NCT6"},"display":"NCT7"},
      "provision":{"type":"deny","data":[{"meaning":"instance","reference":{"reference":"ResearchStudy/NCT8"}}],
        "provision":[{"type":"deny","provision":[{"type":"permit","data":[{"reference":{"display":"NCT9"}}]}]}]}})");
  CHECK(decoded.issues().empty());
  const Record& record = decoded.record;
  CHECK(record.code.codings[0].code == "research");
  CHECK(record.provision_type == "deny");
  CHECK(record.nested_provisions);
  CHECK(record.nested_permit);
  CHECK(texts(record.study_texts) == Lines{"NCT1", "urn:NCT2", "urn:NCT3", "NCT4", "NCT5", "NCT7", "NCT6", "ResearchStudy/NCT8", "NCT9"});
}

TEST_CASE("consent: nested denials are no permit, and the outer type is not nested") {
  const Decoded deny(
      R"({"resourceType":"Consent","patient":{"reference":"Patient/p1"},"provision":{"type":"permit","provision":[{"type":"deny"}]}})");
  CHECK(deny.record.provision_type == "permit");
  CHECK(deny.record.nested_provisions);
  CHECK_FALSE(deny.record.nested_permit);
  CHECK_FALSE(
      Decoded(R"({"resourceType":"Consent","patient":{"reference":"Patient/p1"},"provision":{"type":"deny"}})").record.nested_provisions);
}

TEST_CASE("questionnaire response: every answer at every depth, in the order of the form") {
  const Decoded decoded(
      R"({"resourceType":"QuestionnaireResponse","status":"completed","subject":{"reference":"Patient/p1"},"authored":"2024-01-01T00:00:00Z",
      "item":[{"linkId":"g","item":[
                {"linkId":"1","definition":"http://q#snore","text":"Snoring?","answer":[{"valueBoolean":true,"item":[{"linkId":"1.1","answer":[{"valueString":"loud"}]}]}],
                 "item":[{"linkId":"1.2","answer":[{"valueDecimal":1.5}]}]},
                {"linkId":"2","answer":[{"valueCoding":{"system":"s","code":"c"}},{"valueCoding":{"code":"d"}}]}]},
              {"linkId":"3","answer":[{"valueDate":"2024"}]},{"linkId":"4"}]})");
  CHECK(decoded.issues().empty());
  CHECK(decoded.record.start.known());
  Lines order;
  for (const Item& item : decoded.record.items) order.emplace_back(item.link_id);
  CHECK(order == Lines{"1", "1.1", "1.2", "2", "2", "3"});
  const auto items = decoded.record.items;
  CHECK(items[0].definition == "http://q#snore");
  CHECK(items[0].text == "Snoring?");
  CHECK(items[0].value.boolean);
  CHECK(items[2].value.integer == 1.5);
  CHECK(items[4].value.concept_.codings[0].code == "d");
  CHECK(to_string(items[5].value.time) == "2024");
}

TEST_CASE("questionnaire response: a flaw deep in the form is told by its path") {
  CHECK(Decoded(R"({"resourceType":"QuestionnaireResponse","subject":{"reference":"Patient/p1"},
      "item":[{"item":[{},{"answer":[{"item":[{"answer":[{"valueBoolean":"yes"}]}]}]}]}]})")
            .issues() ==
        Lines{"error QuestionnaireResponse.item[0].item[1].answer[0].item[0].answer[0].valueBoolean is a string where a boolean is due"});
}

}  // namespace trialflag::fhir
