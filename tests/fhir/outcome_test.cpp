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

TEST_CASE("outcome: Epic's 4119 counts in words too, but not as a part of an id, an address or another number (ingestion.md 54)") {
  const auto in_words = [](const std::string& text) {
    const Judgement diagnosed = judged_issues(R"({"severity":"warning","code":"processing","diagnostics":")" + text + R"("})");
    CHECK(judged_issues(R"({"severity":"information","code":"processing","details":{"text":")" + text + R"("}})") == diagnosed);
    return diagnosed;
  };
  for (const char* text : {"4119", "4119: It may not contain the entire record available in the system.", "Warning (4119)", "see 4119.",
                           "no. 41190, but 4119, too", "code: 4119"}) {
    INFO(text);
    CHECK(in_words(text) == Judgement::records_missing);
  }
  for (const char* text : {"", "41190", "14119", "Patient/4119", "Patient/4119/x", "a-4119", "4119-b", "x4119", "4119ms", "4119.5",
                           "0.4119", "4,119", "urn:oid:1.4119", "_count=4119"}) {
    INFO(text);
    CHECK(in_words(text) == Judgement::fine);
  }
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
