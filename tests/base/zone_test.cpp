// Days, midnights and written times of a site's zone, around the nights in which its clocks are changed.
#include <date/tz.h>

#include <catch2/catch.hpp>

#include "agent/base/time.h"

using namespace trialflag;

namespace {

/// The instant of a UTC time as parse_instant reads it.
Instant utc(const char* text) {
  return *parse_instant(text, Zone::utc());
}

}  // namespace

TEST_CASE("zone: a day begins at its first instant, also where midnight comes twice or never") {
  struct Night {
    const char *zone, *day, *begins;
  };
  for (const Night& night : {Night{"Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z"},
                             {"Europe/Berlin", "2026-03-30", "2026-03-29T22:00:00Z"},
                             {"Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z"},
                             {"Europe/Berlin", "2026-10-26", "2026-10-25T23:00:00Z"},
                             {"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"},  // 00:00 became 01:00
                             {"America/Havana", "2020-11-01", "2020-11-01T04:00:00Z"},     // 00:00 came twice
                             {"Asia/Shanghai", "2026-11-22", "2026-11-21T16:00:00Z"},
                             {"Asia/Shanghai", "1991-09-15", "1991-09-14T15:00:00Z"},
                             {"Asia/Kathmandu", "2026-01-01", "2025-12-31T18:15:00Z"},
                             {"UTC", "1901-01-01", "1901-01-01T00:00:00Z"}}) {
    INFO(night.zone << ' ' << night.day);
    const Zone zone = *Zone::named(night.zone);
    const Instant begins = utc(night.begins);
    const Day day = zone.day_of(begins);
    CHECK(to_string(day) == night.day);
    CHECK(zone.midnight(day).ms == begins.ms);
    CHECK(to_string(zone.day_of({begins.ms - 1})) < std::string(night.day));
  }
}

TEST_CASE("zone: what was asked before changes no answer") {
  const Zone berlin = *Zone::named("Europe/Berlin"), shanghai = *Zone::named("Asia/Shanghai");
  const date::time_zone* const known = date::locate_zone("Europe/Berlin");
  for (int step = 0; step < 20'000; ++step) {
    const Instant at{(step * 7919LL % 40'000) * 3'600'000LL * 13 - 900'000'000'000LL + step};
    const auto local = known->to_local(date::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(at.ms)));
    const Day expected{static_cast<std::int32_t>(date::floor<date::days>(local).time_since_epoch().count())};
    REQUIRE(berlin.day_of(at) == expected);
    const auto midnight =
        known->to_sys(date::local_time<std::chrono::milliseconds>(date::local_days(date::days(expected.number))), date::choose::earliest);
    REQUIRE(berlin.midnight(expected).ms == midnight.time_since_epoch().count());
    REQUIRE(shanghai.midnight(shanghai.day_of(at)).ms <= at.ms);
  }
}

TEST_CASE("zone: an instant is written with its distance from UTC, and with milliseconds where it has any") {
  const auto written = [](const char* zone, const char* at) { return Zone::named(zone)->format(utc(at)); };
  CHECK(written("UTC", "2026-11-22T08:05:09Z") == "2026-11-22T08:05:09Z");
  CHECK(written("Asia/Shanghai", "2026-11-22T20:00:00Z") == "2026-11-23T04:00:00+08:00");
  CHECK(written("Asia/Kathmandu", "2026-11-22T20:00:00.070Z") == "2026-11-23T01:45:00.070+05:45");
  CHECK(written("America/St_Johns", "2026-11-22T02:00:00Z") == "2026-11-21T22:30:00-03:30");
  CHECK(Zone::utc().format({-1}) == "1969-12-31T23:59:59.999Z");
  CHECK(to_string(make_day(901, 2, 3)) == "0901-02-03");
}
