#include "agent/base/time.h"

#include <date/date.h>
#include <date/tz.h>

#include <chrono>
#include <exception>

#include "agent/base/clock.h"

namespace trialflag {
namespace {

using Millis = std::chrono::milliseconds;

date::sys_time<Millis> to_sys(Instant instant) {
  return date::sys_time<Millis>(Millis(instant.ms));
}

date::year_month_day to_civil(Day day) {
  return date::year_month_day(date::sys_days(date::days(day.number)));
}

bool read_digits(std::string_view text, std::size_t at, std::size_t count, int& out) {
  if (at + count > text.size()) return false;
  out = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    out = out * 10 + (text[i] - '0');
  }
  return true;
}

/// In decimal digits, at least so many.
void append_number(std::string& text, std::uint64_t number, std::size_t digits) {
  const std::string plain = std::to_string(number);
  if (plain.size() < digits) text.append(digits - plain.size(), '0');
  text += plain;
}

/// How long a zone keeps one distance from UTC.
struct Stretch {
  const date::time_zone* zone = nullptr;
  std::int64_t begin_ms = 0, end_ms = 0, offset_ms = 0;
  [[nodiscard]] bool holds(const date::time_zone* of, std::int64_t ms) const { return zone == of && ms >= begin_ms && ms < end_ms; }
};

/// The stretch around an instant. Looking it up costs far more than using it, and what is asked for lies close together: the last is kept.
const Stretch& stretch_at(const date::time_zone* zone, Instant instant) {
  thread_local Stretch last;
  if (last.holds(zone, instant.ms)) return last;
  constexpr std::int64_t kFar = std::int64_t{1} << 60;
  const auto info = zone->get_info(to_sys(instant));
  const auto ms = [](date::sys_seconds at) {
    const std::int64_t seconds = at.time_since_epoch().count();
    return seconds < -kFar / 1000 ? -kFar : seconds > kFar / 1000 ? kFar : seconds * 1000;
  };
  last = {zone, ms(info.begin), ms(info.end), std::chrono::duration_cast<Millis>(info.offset).count()};
  return last;
}

}  // namespace

Day make_day(int year, unsigned month, unsigned day_of_month) {
  const auto days = date::sys_days(date::year(year) / date::month(month) / date::day(day_of_month));
  return {static_cast<std::int32_t>(days.time_since_epoch().count())};
}

Day add_years(Day day, int years) {
  const auto civil = to_civil(day);
  const auto moved = (civil.year() + date::years(years)) / civil.month() / civil.day();
  if (moved.ok()) return {static_cast<std::int32_t>(date::sys_days(moved).time_since_epoch().count())};
  return make_day(static_cast<int>(moved.year()), 3, 1);
}

std::string to_string(Day day) {
  const auto civil = to_civil(day);
  std::string text;
  append_number(text, static_cast<unsigned>(static_cast<int>(civil.year())), 4);
  text += '-';
  append_number(text, static_cast<unsigned>(civil.month()), 2);
  text += '-';
  append_number(text, static_cast<unsigned>(civil.day()), 2);
  return text;
}

RecordedTime RecordedTime::at(Instant instant) {
  RecordedTime time;
  time.precision = Precision::instant;
  time.instant = instant;
  return time;
}

RecordedTime RecordedTime::on(Day first, Day last, Precision precision) {
  RecordedTime time;
  time.precision = precision;
  time.first = first;
  time.last = last;
  return time;
}

std::string to_string(const RecordedTime& time) {
  switch (time.precision) {
    case RecordedTime::Precision::none:
      return {};
    case RecordedTime::Precision::year:
      return to_string(time.first).substr(0, 4);
    case RecordedTime::Precision::month:
      return to_string(time.first).substr(0, 7);
    case RecordedTime::Precision::day:
      return to_string(time.first);
    case RecordedTime::Precision::instant:
      return Zone::utc().format(time.instant);
  }
  return {};
}

Result<Zone> Zone::named(std::string_view name) {
  try {
    return Zone(date::locate_zone(std::string(name)));
  } catch (const std::exception&) {
    return fail(ErrorCode::invalid_config, "timezone \"" + std::string(name) + "\" is not known; use an IANA name such as Asia/Shanghai");
  }
}

Zone Zone::utc() {
  static const date::time_zone* const kUtc = date::locate_zone("UTC");
  return Zone(kUtc);
}

const std::string& Zone::name() const {
  return zone_->name();
}

Day Zone::day_of(Instant instant) const {
  const Millis local(instant.ms + stretch_at(zone_, instant).offset_ms);
  return {static_cast<std::int32_t>(date::floor<date::days>(local).count())};
}

Instant Zone::midnight(Day day) const {
  const Instant near{day.number * kDay};
  const Stretch& stretch = stretch_at(zone_, near);
  // Where the distance from UTC changes nearby, a civil time may come twice or never.
  if (stretch.holds(zone_, near.ms - 2 * kDay) && stretch.holds(zone_, near.ms + 2 * kDay)) return {near.ms - stretch.offset_ms};
  const auto local = date::local_days(date::days(day.number));
  return {zone_->to_sys(date::local_time<Millis>(local), date::choose::earliest).time_since_epoch().count()};
}

std::string Zone::format(Instant instant) const {
  const std::int64_t offset = stretch_at(zone_, instant).offset_ms;
  const std::int64_t local = instant.ms + offset;
  const Day day = day_of(instant);
  const auto of_day = static_cast<std::uint64_t>(local - day.number * kDay);
  std::string text = to_string(day);
  text += 'T';
  append_number(text, of_day / 3'600'000, 2);
  text += ':';
  append_number(text, of_day / 60'000 % 60, 2);
  text += ':';
  append_number(text, of_day / 1000 % 60, 2);
  if (of_day % 1000 != 0) {
    text += '.';
    append_number(text, of_day % 1000, 3);
  }
  const std::int64_t minutes = offset / 60'000;
  if (minutes == 0) return text + 'Z';
  text += minutes < 0 ? '-' : '+';
  append_number(text, static_cast<std::uint64_t>(minutes < 0 ? -minutes : minutes) / 60, 2);
  text += ':';
  append_number(text, static_cast<std::uint64_t>(minutes < 0 ? -minutes : minutes) % 60, 2);
  return text;
}

Result<Instant> parse_instant(std::string_view text, const Zone& zone) {
  const auto bad = [&] {
    return fail(ErrorCode::invalid_config,
                "\"" + std::string(text) + "\" is no date or dateTime; write 2026-11-22 or 2026-11-22T08:00:00+08:00");
  };
  int year = 0, month = 0, day = 0;
  if (!read_digits(text, 0, 4, year) || !read_digits(text, 5, 2, month) || !read_digits(text, 8, 2, day)) return bad();
  if (text[4] != '-' || text[7] != '-') return bad();
  const auto civil = date::year(year) / date::month(static_cast<unsigned>(month)) / date::day(static_cast<unsigned>(day));
  if (!civil.ok()) return bad();
  const Day on = make_day(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
  if (text.size() == 10) return zone.midnight(on);
  int hour = 0, minute = 0, second = 0;
  if (text[10] != 'T' || !read_digits(text, 11, 2, hour) || text.size() < 16 || text[13] != ':' || !read_digits(text, 14, 2, minute))
    return bad();
  std::size_t at = 16;
  if (at < text.size() && text[at] == ':') {
    if (!read_digits(text, 17, 2, second)) return bad();
    at = 19;
  }
  std::int64_t millis = 0;
  if (at < text.size() && text[at] == '.') {
    std::int64_t unit = 100;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10) millis += (text[at] - '0') * unit;
  }
  if (hour > 23 || minute > 59 || second > 59) return bad();
  std::int64_t offset = 0;
  if (at < text.size() && text[at] == 'Z' && at + 1 == text.size()) {
    offset = 0;
  } else {
    int hours = 0, minutes = 0;
    if (at + 6 != text.size() || (text[at] != '+' && text[at] != '-') || text[at + 3] != ':' || !read_digits(text, at + 1, 2, hours) ||
        !read_digits(text, at + 4, 2, minutes))
      return bad();
    offset = (hours * 60 + minutes) * (text[at] == '-' ? -60000LL : 60000LL);
  }
  return Instant{on.number * 86400000LL + ((hour * 60LL + minute) * 60 + second) * 1000 + millis - offset};
}

Instant SystemClock::now() const {
  return {std::chrono::duration_cast<Millis>(std::chrono::system_clock::now().time_since_epoch()).count()};
}

}  // namespace trialflag
