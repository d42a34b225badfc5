// Which Observations a panel or a report names, and whether our server can be asked for them.
#include "agent/app/members.h"

#include <catch2/catch.hpp>

#include "agent/app/resource_page.h"

using namespace trialflag;
using Names = std::vector<std::string>;

namespace {

bool is_ours(std::string_view address) {
  return address.starts_with("https://h.example/fhir/");
}

Names named(const std::string& references, std::string_view full_url = {}) {
  json::Document document;
  REQUIRE(document.parse(R"({"resourceType":"Observation","id":"o","hasMember":[)" + references + "]}"));
  return app::named_observations(document.root(), full_url, is_ours);
}

Names by(const std::string& reference, std::string_view full_url = {}) {
  return named(R"({"reference":")" + reference + "\"}", full_url);
}

bool askable(const Names& names) {
  return names.size() == 1 && app::is_askable(names.front());
}

}  // namespace

TEST_CASE("item 25: a reference to our server is an id, however it is written") {
  for (const char* reference : {"Observation/m1", "Observation/m1/_history/3", "https://h.example/fhir/Observation/m1",
                                "https://h.example/fhir/Observation/m1/_history/2"}) {
    INFO(reference);
    CHECK(by(reference) == Names{"m1"});
  }
  // Behind a proxy the server knows itself by another name, which its own addresses tell.
  CHECK(by("http://inner:8080/r4/Observation/m1", "http://inner:8080/r4/Observation/o") == Names{"m1"});
  CHECK(named(R"({"reference":"Observation/a"},{"reference":"Observation/b"},{"reference":"Observation/a/_history/1"})") ==
        Names{"a", "b"});
}

TEST_CASE("item 25: what lies elsewhere is told and cannot be asked for") {
  for (const char* reference :
       {"https://h.example.evil.example/fhir/Observation/m1", "https://h.example/other/Observation/m1",
        "https://h.example/fhirish/Observation/m1", "http://h.example/fhir/Observation/m1", "x/Observation/m1", "#inside",
        "urn:uuid:4f5d8a1e-0000-4000-8000-000000000001", "Observation?identifier=a|b", "Observation/..", "m1", "Observation/a b"}) {
    INFO(reference);
    const Names names = by(reference);
    CHECK(names.size() == 1);
    CHECK_FALSE(askable(names));
  }
  CHECK_FALSE(askable(by("http://inner/r4/Observation/m1", "http://other/r4/Observation/o")));
  CHECK(named(R"({"identifier":{"value":"x"}})").size() == 1);
  CHECK_FALSE(askable(named(R"({"identifier":{"value":"x"}})")));
}

TEST_CASE("item 25: what is no Observation, or names nothing, is left out") {
  CHECK(
      named(
          R"({"reference":"QuestionnaireResponse/q1"},{"type":"MolecularSequence","identifier":{"value":"x"}},{"display":"see text"},{},5)")
          .empty());
  json::Document document;
  REQUIRE(document.parse(
      R"({"resourceType":"Condition","hasMember":[{"reference":"Observation/m1"}],"result":[{"reference":"Observation/m1"}]})"));
  CHECK(app::named_observations(document.root(), {}, is_ours).empty());
  REQUIRE(document.parse(
      R"({"resourceType":"DiagnosticReport","hasMember":[{"reference":"Observation/m1"}],"result":[{"reference":"Observation/m2"}]})"));
  CHECK(app::named_observations(document.root(), {}, is_ours) == Names{"m2"});
}

TEST_CASE("item 25: a poll tells what a report names, and its patient") {
  app::ResourcePage page(fhir::ResourceType::diagnostic_report, is_ours);
  page.add(R"({"resourceType":"DiagnosticReport","id":"r1","subject":{"reference":"Patient/p1"},"status":"final",
               "result":[{"reference":"https://h.example/fhir/Observation/m1"}]})",
           "https://h.example/fhir/DiagnosticReport/r1");
  REQUIRE(page.items().size() == 1);
  const screening::Touched& touched = page.items().front();
  CHECK(touched.readable);
  CHECK(touched.record->type == fhir::ResourceType::diagnostic_report);
  CHECK(touched.record->id == "r1");
  CHECK(touched.record->subject.target == "Patient/p1");
  CHECK(touched.names == Names{"m1"});
}

TEST_CASE("item 25: of a report that names nothing nobody lacks anything; one of nobody that names something is set aside") {
  struct Case {
    const char* members;
    bool readable, of_nobody;
  };
  const Case its = GENERATE(Case{R"("subject":{"identifier":{"value":"7"}})", true, true}, Case{R"("status":"final")", true, true},
                            Case{R"("result":[{"reference":"Observation/m1"}])", false, true},
                            Case{R"("subject":{"identifier":{"value":"7"}},"result":[{"reference":"Observation/m1"}])", false, false});
  INFO(its.members);
  app::ResourcePage page(fhir::ResourceType::diagnostic_report, is_ours);
  page.add(std::string(R"({"resourceType":"DiagnosticReport","id":"r1",)") + its.members + "}", "");
  const screening::Touched& touched = page.items().front();
  CHECK(touched.readable == its.readable);
  CHECK(touched.of_nobody == its.of_nobody);
  CHECK(touched.by_results == !its.readable);
  CHECK(touched.names.empty() == its.readable);
  CHECK((touched.reason == "names no patient") == (!its.readable && its.of_nobody));
}

TEST_CASE("item 25: whose an Observation is its subject tells, unless it gives no id") {
  const auto owner = [](const std::string& members) {
    return app::owner_of(R"({"resourceType":"Observation","id":"m1")" + members + "}", is_ours);
  };
  CHECK(owner(R"(,"subject":{"reference":"Patient/p1"})") == "p1");
  CHECK(owner(R"(,"subject":{"reference":"Patient/p1/_history/2"})") == "p1");
  CHECK(owner(R"(,"subject":{"reference":"https://elsewhere.example/fhir/Patient/p1"})") == "");
  CHECK(owner(R"(,"subject":{"reference":"Group/g1"})") == "");
  CHECK(owner("") == "");
  CHECK_FALSE(owner(R"(,"subject":{"identifier":{"value":"7"}})"));
  CHECK_FALSE(owner(R"(,"meta":{"tag":[{"code":"SUBSETTED"}]})"));
  CHECK_FALSE(app::owner_of("<html>", is_ours));
  CHECK_FALSE(app::owner_of(R"({"resourceType":"Patient","id":"p1"})", is_ours));
}
