#include "fhir/bundle.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "agent/json/value.h"
#include "fhir/outcome.h"

namespace trialflag::fhir {
namespace {

std::vector<std::string> resources_of(const std::string& text, json::Walk end) {
  std::vector<std::string> found;
  BundleText bundle(text);
  Entry entry;
  while (bundle.next(entry))
    found.push_back(entry.full_url + " " + std::string(entry.resource) + (entry.whole ? "" : "…") + (entry.readable ? "" : "!"));
  CHECK(bundle.state() == end);
  return found;
}

using Lines = std::vector<std::string>;

Outcome outcome_of(const std::string& issues) {
  json::Document document;
  REQUIRE(document.parse(R"({"resourceType":"OperationOutcome","issue":[)" + issues + "]}"));
  return decode_outcome(document.root());
}

}  // namespace

TEST_CASE("bundle: what stands around the entries is read, before or after them") {
  const std::string text =
      R"({"resourceType":"Bundle","id":"b1","link":[{"relation":"self","url":"u1"},{"relation":"next","url":"https:\/\/h\/next?a=1"}],)"
      R"("entry":[{"fullUrl":"https:\/\/h\/Patient\/p1","resource":{"resourceType":"Patient"},"search":{"mode":"include"}}],)"
      R"("total":7,"type":"searchset"})";
  BundleText bundle(text);
  CHECK(bundle.id() == "b1");
  CHECK(bundle.type() == "searchset");
  CHECK(bundle.total() == 7.0);
  CHECK(bundle.links().size() == 2);
  CHECK(bundle.link("next") == "https://h/next?a=1");
  CHECK(bundle.link("previous").empty());
  Entry entry;
  REQUIRE(bundle.next(entry));
  CHECK(entry.full_url == "https://h/Patient/p1");
  CHECK(entry.search_mode == "include");
  CHECK(resource_type_of(entry.resource) == "Patient");
  CHECK_FALSE(bundle.next(entry));
  CHECK(bundle.state() == json::Walk::finished);
}

TEST_CASE("bundle: a deletion is an entry without a resource") {
  const std::string text = R"({"type":"history","entry":[{"fullUrl":"a"},{"request":{"method":"DELETE","url":"Condition/c1"}}]})";
  BundleText bundle(text);
  Entry entry;
  REQUIRE(bundle.next(entry));
  REQUIRE(bundle.next(entry));
  CHECK(entry.full_url.empty());
  CHECK(entry.resource.empty());
  CHECK(entry.method == "DELETE");
  CHECK(entry.url == "Condition/c1");
}

TEST_CASE("bundle: a bad entry costs only itself") {
  CHECK(resources_of(R"({"entry":[{"resource":{"a":}},7,{"fullUrl":3,"resource":{"b":1}},{"resource":{"c":1}}]})", json::Walk::finished) ==
        Lines{R"( {"a":})", " !", R"( {"b":1}!)", R"( {"c":1})"});
}

TEST_CASE("bundle: entries before the end of a cut-off text are given, the last one as a fragment") {
  CHECK(resources_of(R"({"entry":[{"resource":{"a":1}},{"resource":{"subject":{"reference":"Patient/p)", json::Walk::cut_off) ==
        Lines{R"( {"a":1})", R"( {"subject":{"reference":"Patient/p…)"});
  CHECK(resources_of(R"({"entry":[{"resource":{"a":1}}])", json::Walk::cut_off) == Lines{R"( {"a":1})"});
}

TEST_CASE("bundle: none, or a wrong one, has no entries") {
  CHECK(resources_of(R"({"resourceType":"Bundle","type":"searchset"})", json::Walk::finished).empty());
  CHECK(resources_of(R"({"entry":{}})", json::Walk::malformed).empty());
  CHECK(resources_of("[]", json::Walk::malformed).empty());
}

TEST_CASE("bundle: the type of a resource is told without parsing it") {
  CHECK(resource_type_of(R"({"contained":[{"resourceType":"Medication"}],"resourceType":"Claim"})") == "Claim");
  CHECK(resource_type_of(R"({"id":"x"})").empty());
  CHECK(resource_type_of(R"({"resourceType":7})").empty());
  CHECK(resource_type_of(R"({"resourceType":"Cla)").empty());
}

TEST_CASE("outcome: an error fails, a warning that records may be missing leaves the answer incomplete (criteria.md 2.2)") {
  CHECK(outcome_of(R"({"severity":"error","code":"processing"})").failed());
  CHECK(outcome_of(R"({"severity":"information"},{"severity":"fatal"})").failed());
  const Outcome plain = outcome_of(R"({"severity":"warning","code":"not-found","details":{"text":"no match"}})");
  CHECK_FALSE(plain.failed());
  CHECK_FALSE(plain.incomplete());
  CHECK(plain.issues.at(0).text == "no match");
  for (const char* issue : {R"({"severity":"warning","code":"incomplete"})", R"({"severity":"information","code":"suppressed"})",
                            R"({"severity":"warning","code":"processing","details":{"coding":[{"system":"urn:oid:1","code":"4119"}]}})"}) {
    INFO(issue);
    CHECK_FALSE(outcome_of(issue).failed());
    CHECK(outcome_of(issue).incomplete());
  }
}

TEST_CASE("outcome: diagnostics stand in for a missing text, and anything else is no outcome") {
  CHECK(outcome_of(R"({"severity":"odd","diagnostics":"why"})").issues.at(0).text == "why");
  CHECK(outcome_of(R"({"severity":"odd"})").issues.at(0).severity == OutcomeSeverity::unknown);
  json::Document document;
  REQUIRE(document.parse(R"({"resourceType":"Patient","issue":[{"severity":"error"}]})"));
  CHECK(decode_outcome(document.root()).issues.empty());
}

}  // namespace trialflag::fhir
