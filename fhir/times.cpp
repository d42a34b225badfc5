// FHIR's date, dateTime and instant (FHIR R4 2.24.0.1), read without copying and without a calendar library.
#include <cstdint>

#include "fhir/decode.h"

namespace trialflag::fhir {
namespace {

// Reads a text from the left; once something does not fit, nothing fits any more.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool done() const { return at_ == text_.size(); }
  [[nodiscard]] char peek() const { return done() ? '\0' : text_[at_]; }

  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) { ok_ = take(c) && ok_; }
  [[nodiscard]] bool at_digit() const { return peek() >= '0' && peek() <= '9'; }

  // A number of exactly `digits` digits within [low, high].
  int number(int digits, int low, int high) {
    int value = 0;
    for (int i = 0; i < digits && ok_; ++i) {
      ok_ = at_digit();
      if (ok_) value = value * 10 + (text_[at_++] - '0');
    }
    ok_ = ok_ && value >= low && value <= high;
    return value;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

int days_of(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

Day day_at(int year, int month, int day) {
  return make_day(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
}

// Digits beyond the third are dropped.
int milliseconds(Cursor& cursor) {
  if (!cursor.take('.')) return 0;
  int value = cursor.number(1, 0, 9) * 100;
  for (int unit = 10; cursor.ok() && cursor.at_digit(); unit /= 10) value += cursor.number(1, 0, 9) * unit;
  return value;
}

struct TimeOfDay {
  std::int64_t ms = 0;
  bool has_zone = false;
};

// "08:30", "08:30:59.123", with "Z", "+08:00" or nothing behind; `ms` is in UTC when there is a zone.
TimeOfDay time_of_day(Cursor& cursor) {
  TimeOfDay time;
  const int hour = cursor.number(2, 0, 23);
  cursor.expect(':');
  const int minute = cursor.number(2, 0, 59);
  int second = 0, milli = 0;
  if (cursor.ok() && cursor.take(':')) {
    second = cursor.number(2, 0, 60);
    milli = milliseconds(cursor);
    if (second == 60) second = 59;  // a leap second counts as the one before it
  }
  time.ms = ((hour * 60LL + minute) * 60 + second) * 1000 + milli;
  if (!cursor.ok() || cursor.done()) return time;
  time.has_zone = true;
  if (cursor.take('Z')) return time;
  const bool west = cursor.take('-');
  if (!west) cursor.expect('+');
  const int hours = cursor.number(2, 0, 14);
  cursor.expect(':');
  const int minutes = cursor.number(2, 0, hours == 14 ? 0 : 59);
  time.ms -= (hours * 60LL + minutes) * 60000 * (west ? -1 : 1);
  return time;
}

}  // namespace

std::optional<RecordedTime> parse_time(std::string_view text) {
  using Precision = RecordedTime::Precision;
  Cursor cursor(text);
  const int year = cursor.number(4, 1, 9999);
  if (!cursor.ok()) return std::nullopt;
  if (cursor.done()) return RecordedTime::on(day_at(year, 1, 1), day_at(year, 12, 31), Precision::year);

  cursor.expect('-');
  const int month = cursor.number(2, 1, 12);
  if (!cursor.ok()) return std::nullopt;
  if (cursor.done()) return RecordedTime::on(day_at(year, month, 1), day_at(year, month, days_of(year, month)), Precision::month);

  cursor.expect('-');
  const int day = cursor.number(2, 1, days_of(year, month));
  if (!cursor.ok()) return std::nullopt;
  const Day date = day_at(year, month, day);
  if (cursor.done()) return RecordedTime::on(date, date, Precision::day);

  cursor.expect('T');
  const TimeOfDay time = time_of_day(cursor);
  if (!cursor.ok() || !cursor.done()) return std::nullopt;
  if (!time.has_zone) return RecordedTime::on(date, date, Precision::day);
  return RecordedTime::at(Instant{date.number * 86'400'000LL + time.ms});
}

std::optional<Instant> exact_instant(std::string_view text) {
  if (text.find('T') == std::string_view::npos) return std::nullopt;
  const auto instant = parse_instant(text, Zone::utc());
  return instant ? std::optional(*instant) : std::nullopt;
}

}  // namespace trialflag::fhir
