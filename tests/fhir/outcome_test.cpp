#include "fhir/outcome.h"

#include <catch2/catch.hpp>
#include <string>

namespace trialflag::fhir {
namespace {

Judgement judged(const std::string& resource) {
  json::Document document;
  REQUIRE(document.parse(resource));
  return judge_outcome(document.root());
}

Judgement judged_issues(const std::string& issues) {
  return judged(R"({"resourceType":"OperationOutcome","issue":[)" + issues + "]}");
}

}  // namespace

TEST_CASE("outcome: an error fails (criteria.md 2.2)") {
  CHECK(judged_issues(R"({"severity":"error","code":"processing"})") == Judgement::failed);
  CHECK(judged_issues(R"({"severity":"fatal"},{"severity":"information"})") == Judgement::failed);
  CHECK(judged_issues(R"({"severity":"error","code":"incomplete"},{"severity":"warning","code":"suppressed"})") == Judgement::failed);
}

TEST_CASE("outcome: a warning that records may be missing says so, any other says nothing (criteria.md 2.2)") {
  for (const char* issue : {R"({"severity":"warning","code":"incomplete"})", R"({"severity":"information","code":"suppressed"})",
                            R"({"severity":"warning","code":"processing","details":{"coding":[{"system":"urn:oid:1","code":"4119"}]}})",
                            R"({"code":"incomplete"})"}) {
    INFO(issue);
    CHECK(judged_issues(issue) == Judgement::records_missing);
  }
  CHECK(judged_issues(R"({"severity":"warning","code":"not-found","details":{"text":"no match"}})") == Judgement::fine);
  CHECK(judged_issues(R"({"severity":"information","code":"informational"})") == Judgement::fine);
  CHECK(judged_issues("") == Judgement::fine);
}

TEST_CASE("outcome: what cannot be read as one may say anything") {
  CHECK(judged_issues("7") == Judgement::failed);
  for (const char* resource : {R"({"resourceType":"Patient","issue":[]})", R"({"resourceType":"OperationOutcome"})",
                               R"({"resourceType":"OperationOutcome","issue":{"severity":"warning"}})", "[]"}) {
    INFO(resource);
    CHECK(judged(resource) == Judgement::failed);
  }
}

}  // namespace trialflag::fhir
