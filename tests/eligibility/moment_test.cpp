// Time as criteria.md 2.3, 2.4, 2.5 and 2.12 read it.
#include "agent/eligibility/moment.h"

#include <catch2/catch.hpp>

namespace trialflag::eligibility {
namespace {

const Zone kUtc = Zone::utc();
const Day kToday = make_day(2026, 11, 22);

Moment today(std::vector<Day>* horizon = nullptr) {
  return {kUtc.midnight(kToday), kUtc, horizon};
}

When on(Day day) {
  return When::on(day, day);
}
When between(Day first, Day last) {
  return When::on(first, last);
}
When at(Instant instant) {
  return When::at(instant, kUtc.day_of(instant));
}

}  // namespace

TEST_CASE("moment: a window of N days includes the day N days ago and excludes the one before") {
  Moment now = today();
  CHECK(now.within_days(on(kToday - 7), 7) == Truth::yes);
  CHECK(now.within_days(on(kToday - 8), 7) == Truth::no);
  CHECK(now.within_days(When{}, 7) == Truth::no);
}

TEST_CASE("moment: an interval that straddles the edge of a window leaves it open") {
  Moment now = today();
  CHECK(now.within_days(between(kToday - 20, kToday - 5), 7) == Truth::unknown);
  CHECK(now.within_years(between(make_day(2021, 1, 1), make_day(2021, 12, 31)), 5) == Truth::unknown);
  CHECK(now.within_years(on(make_day(2021, 11, 22)), 5) == Truth::yes);
  CHECK(now.within_years(on(make_day(2021, 11, 21)), 5) == Truth::no);
}

TEST_CASE("moment: a window notes the day on which the fact falls out of it") {
  std::vector<Day> horizon;
  Moment now = today(&horizon);
  static_cast<void>(now.within_days(on(kToday - 3), 7));
  REQUIRE_FALSE(horizon.empty());
  CHECK(horizon.front() == kToday + 5);
}

TEST_CASE("moment: a fact of the as-of day is visible, one of tomorrow is not, an undated one always") {
  Moment now = today();
  CHECK(now.visible(on(kToday)));
  CHECK_FALSE(now.visible(on(kToday + 1)));
  CHECK(now.visible(When{}));
  CHECK(now.visible(between(kToday - 1, kToday + 300)));
  CHECK_FALSE(now.visible(at(Instant{now.as_of().ms + 1})));
  CHECK(now.visible(at(now.as_of())));
}

TEST_CASE("moment: somebody born on 29 February comes of age on 1 March") {
  const When birth = on(make_day(2008, 2, 29));
  const auto aged_on = [&](Day day) { return Moment(kUtc.midnight(day), kUtc, nullptr).aged(birth, 18); };
  CHECK(aged_on(make_day(2026, 2, 28)) == Truth::no);
  CHECK(aged_on(make_day(2026, 3, 1)) == Truth::yes);
}

TEST_CASE("moment: a year of birth that straddles the age limit leaves it open") {
  Moment now = today();
  CHECK(now.aged(between(make_day(2008, 1, 1), make_day(2008, 12, 31)), 18) == Truth::unknown);
  CHECK(now.aged(between(make_day(2007, 1, 1), make_day(2007, 12, 31)), 18) == Truth::yes);
}

TEST_CASE("moment: what is resolved with an abatement to come was present until then") {
  Moment now = today();
  Fact fact;
  fact.course = Course::past;
  CHECK(now.present(fact) == Truth::no);
  fact.end = on(kToday + 1);
  CHECK(now.present(fact) == Truth::yes);
  fact.end = on(kToday);
  CHECK(now.present(fact) == Truth::no);
  fact.course = Course::present;
  CHECK(now.present(fact) == Truth::yes);
  fact.course = Course::open;
  CHECK(now.present(fact) == Truth::no);
  fact.end = between(kToday - 5, kToday + 5);
  CHECK(now.present(fact) == Truth::unknown);
}

TEST_CASE("moment: later means surely later") {
  CHECK(later(on(kToday), on(kToday - 1)));
  CHECK_FALSE(later(on(kToday), on(kToday)));
  CHECK_FALSE(later(on(kToday), between(kToday - 5, kToday + 5)));
  CHECK(later(at(Instant{10}), at(Instant{9})));
  CHECK(same_time(at(kUtc.midnight(kToday)), on(kToday)));
  CHECK_FALSE(later(on(kToday), When{}));
}

}  // namespace trialflag::eligibility
