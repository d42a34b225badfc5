// When a patient is next expected, and in which words that is told.
#include "agent/screening/visits.h"

#include <catch2/catch.hpp>

using namespace trialflag;
using namespace trialflag::screening;

namespace {

Instant at(const char* text) {
  return *parse_instant(text, Zone::utc());
}
Visit visit(const char* text, const char* where = "") {
  return {at(text), true, where};
}
Zone shanghai() {
  return *Zone::named("Asia/Shanghai");
}

constexpr const char* kSunday = "2026-11-29T12:00:00Z";  // a Sunday

}  // namespace

TEST_CASE("visits: the soonest that is still to come") {
  const std::vector<Visit> visits = {visit("2026-12-03T08:00:00Z"), visit("2026-11-29T11:59:00Z"), visit("2026-12-01T08:00:00Z", "X")};
  CHECK(next_visit(visits, at(kSunday))->where == "X");
  CHECK(next_visit(visits, at("2026-12-02T00:00:00Z"))->at == at("2026-12-03T08:00:00Z"));
  CHECK_FALSE(next_visit(visits, at("2026-12-04T00:00:00Z")));
  CHECK_FALSE(next_visit({}, at(kSunday)));
}

TEST_CASE("visits: of two at one time the one that says where") {
  CHECK(next_visit(std::vector<Visit>{visit("2026-12-01T08:00:00Z"), visit("2026-12-01T08:00:00Z", "A")}, at(kSunday))->where == "A");
}

TEST_CASE("visits: what is told by its day alone is to come until that day is over") {
  const auto day = visit_at(RecordedTime::on({20786}, {20786}, RecordedTime::Precision::day), "");  // 2026-11-29
  REQUIRE(day);
  CHECK_FALSE(day->timed);
  CHECK(next_visit({&*day, 1}, at(kSunday)));
  CHECK_FALSE(next_visit({&*day, 1}, at("2026-11-30T00:00:00Z")));
  CHECK_FALSE(visit_at(RecordedTime::on({20786}, {20800}, RecordedTime::Precision::month), ""));
  CHECK_FALSE(visit_at({}, "somewhere"));
}

TEST_CASE("visits: told in the reader's zone and language") {
  const Visit tuesday = visit("2026-12-01T01:30:00Z", "Rheumatology");
  CHECK(visit_text(tuesday, shanghai(), "en", at(kSunday)) == "next visit: Tuesday 09:30, Rheumatology");
  CHECK(visit_text(tuesday, shanghai(), "zh-CN", at(kSunday)) == "下次就诊：星期二 09:30，Rheumatology");
  CHECK(visit_text(tuesday, Zone::utc(), "de", at(kSunday)) == "nächster Termin: Dienstag 01:30, Rheumatology");
  CHECK(visit_text(tuesday, *Zone::named("America/New_York"), "fr", at(kSunday)) == "next visit: Monday 20:30, Rheumatology");
  CHECK(visit_text(visit("2026-12-01T01:30:00Z"), shanghai(), "en", at(kSunday)) == "next visit: Tuesday 09:30");
}

TEST_CASE("visits: a week away or more the date stands beside the day") {
  CHECK(visit_words(visit("2026-12-05T09:30:00Z"), Zone::utc(), "en", at(kSunday)) == "Saturday 09:30");
  CHECK(visit_words(visit("2026-12-06T09:30:00Z"), Zone::utc(), "en", at(kSunday)) == "Sunday 2026-12-06 09:30");
  CHECK(visit_words({at("2026-12-06T00:00:00Z"), false, "X"}, shanghai(), "en", at(kSunday)) == "Sunday 2026-12-06, X");
}

TEST_CASE("visits: of a chart the planned encounters that are to come") {
  Chart chart;
  const fhir::Coding coding{"", "", "Rheumatology clinic"};
  const fhir::CodeableConcept type{{&coding, 1}, {}};
  const auto encounter = [&](std::string_view status, const char* start) {
    fhir::Record record;
    record.type = fhir::ResourceType::encounter;
    record.status = status;
    record.start = RecordedTime::at(at(start));
    record.categories = {&type, 1};
    chart.records.push_back(record);
  };
  encounter("planned", "2026-12-02T08:00:00Z");
  encounter("planned", "2026-12-01T08:00:00Z");
  encounter("planned", "2026-11-01T08:00:00Z");
  encounter("cancelled", "2026-11-30T08:00:00Z");
  encounter("finished", "2026-11-30T08:00:00Z");
  const auto visits = planned_encounters(chart, at(kSunday));
  REQUIRE(visits.size() == 2);
  CHECK(visits[0].at == at("2026-12-01T08:00:00Z"));
  CHECK(visits[0].where == "Rheumatology clinic");
}

TEST_CASE("visits: no more than a few are kept, the soonest") {
  std::vector<Visit> many;
  for (int day = 40; day > 0; --day) many.push_back({{at(kSunday).ms + day * 86400000LL}, true, ""});
  const auto kept = to_come(many, at(kSunday));
  REQUIRE(kept.size() == kMostVisits);
  CHECK(kept[0].at.ms == at(kSunday).ms + 86400000LL);
}
