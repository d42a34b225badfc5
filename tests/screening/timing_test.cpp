// When a message may leave, across the days on which the clocks are moved.
#include "agent/screening/timing.h"

#include <catch2/catch.hpp>

#include "agent/base/civil.h"

using namespace trialflag;
using namespace trialflag::screening;

namespace {

Zone zone(const char* name) {
  return *Zone::named(name);
}
Instant at(const std::string& text) {
  return *parse_instant(text, Zone::utc());
}
std::string slot(const Slots& slots, const char* name, const std::string& now) {
  return zone(name).format(next_slot(slots, zone(name), at(now)));
}

constexpr Slots kEight{Slots::Kind::daily, 0, 8 * 60};

}  // namespace

TEST_CASE("timing: a time of day that the clocks leap over is the moment of the leap; one that comes twice is the first") {
  const Zone berlin = zone("Europe/Berlin");
  CHECK(berlin.format(civil_instant(berlin, make_day(2026, 3, 29), 150)) == "2026-03-29T03:00:00+02:00");
  CHECK(berlin.format(civil_instant(berlin, make_day(2026, 10, 25), 150)) == "2026-10-25T02:30:00+02:00");
  CHECK(weekday_of(make_day(2026, 11, 23)) == 0);
  CHECK(weekday_of(make_day(1969, 12, 28)) == 6);
}

TEST_CASE("timing: a daily slot is at the same time of day in summer and winter") {
  CHECK(slot(kEight, "Europe/Berlin", "2026-03-28T12:00:00Z") == "2026-03-29T08:00:00+02:00");
  CHECK(slot(kEight, "Europe/Berlin", "2026-10-24T12:00:00Z") == "2026-10-25T08:00:00+01:00");
  CHECK(slot(kEight, "Asia/Shanghai", "2026-03-28T23:59:00Z") == "2026-03-29T08:00:00+08:00");
  CHECK(slot(kEight, "Asia/Shanghai", "2026-03-29T00:00:00Z") == "2026-03-29T08:00:00+08:00");  // now itself
  CHECK(slot(kEight, "Asia/Shanghai", "2026-03-29T00:00:01Z") == "2026-03-30T08:00:00+08:00");
}

TEST_CASE("timing: a weekly slot") {
  const Slots monday{Slots::Kind::weekly, 0, 8 * 60};
  CHECK(slot(monday, "America/New_York", "2026-03-03T12:00:00Z") == "2026-03-09T08:00:00-04:00");  // the clocks moved on the 8th
  CHECK(slot(monday, "America/New_York", "2026-03-09T12:00:00Z") == "2026-03-09T08:00:00-04:00");
  CHECK(slot(monday, "America/New_York", "2026-03-09T12:00:01Z") == "2026-03-16T08:00:00-04:00");
}

TEST_CASE("timing: quiet hours over midnight, within a day, and on days of 23 and 25 hours") {
  const Zone berlin = zone("Europe/Berlin");
  const QuietHours night{20 * 60, 7 * 60};
  const auto until = [&](const QuietHours& hours, const std::string& now) {
    const auto end = quiet_until(hours, berlin, at(now));
    return end ? berlin.format(*end) : "not quiet";
  };
  CHECK(until(night, "2026-11-22T18:59:59Z") == "not quiet");
  CHECK(until(night, "2026-11-22T19:00:00Z") == "2026-11-23T07:00:00+01:00");
  CHECK(until(night, "2026-11-23T05:59:59Z") == "2026-11-23T07:00:00+01:00");
  CHECK(until(night, "2026-11-23T06:00:00Z") == "not quiet");
  CHECK(until(night, "2026-03-28T22:00:00Z") == "2026-03-29T07:00:00+02:00");
  CHECK(until(night, "2026-10-25T01:30:00Z") == "2026-10-25T07:00:00+01:00");
  const QuietHours odd{60, 150};  // 01:00 to 02:30, which comes twice in October and never in March
  CHECK(until(odd, "2026-10-25T00:45:00Z") == "not quiet");
  CHECK(until(odd, "2026-03-29T00:30:00Z") == "2026-03-29T03:00:00+02:00");
  CHECK(until({12 * 60, 13 * 60}, "2026-11-22T11:30:00Z") == "2026-11-22T13:00:00+01:00");
}

TEST_CASE("timing: a budget's week begins on Monday") {
  const Zone shanghai = zone("Asia/Shanghai");
  const Week week = week_of(shanghai, at("2026-11-22T15:59:59Z"));  // Sunday, a second before midnight
  CHECK(shanghai.format(week.begin) == "2026-11-16T00:00:00+08:00");
  CHECK(shanghai.format(week.next_digest) == "2026-11-23T08:00:00+08:00");
  CHECK(shanghai.format(week_of(shanghai, at("2026-11-22T16:00:00Z")).begin) == "2026-11-23T00:00:00+08:00");
}
