// Time as the screening needs it: instants, civil days of the site's zone, and FHIR's times with their precision.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/base/result.h"

namespace date {
class time_zone;
}

namespace trialflag {

/// Milliseconds since 1970-01-01T00:00:00Z.
struct Instant {
  std::int64_t ms = 0;
  friend auto operator<=>(const Instant&, const Instant&) = default;
};

/// In milliseconds, as Instant counts.
inline constexpr std::int64_t kMinute = 60'000, kHour = 60 * kMinute, kDay = 24 * kHour;

/// A calendar day as a count of days since 1970-01-01.
struct Day {
  std::int32_t number = 0;
  friend auto operator<=>(const Day&, const Day&) = default;
  friend Day operator+(Day day, int days) { return {day.number + days}; }
  friend Day operator-(Day day, int days) { return {day.number - days}; }
  friend int operator-(Day a, Day b) { return a.number - b.number; }
};

Day make_day(int year, unsigned month, unsigned day_of_month);

/// The same calendar date `years` later (negative: earlier); 29 February becomes 1 March in a common year.
Day add_years(Day day, int years);

/// "2026-11-22".
std::string to_string(Day day);

/// A time as a FHIR date, dateTime or instant tells it (FHIR R4 2.24.0.1): an instant, or the first and last civil day that it may mean.
/// "2026" is the interval 2026-01-01..2026-12-31; a full date has first == last.
struct RecordedTime {
  enum class Precision : std::uint8_t { none, year, month, day, instant };
  Precision precision = Precision::none;
  Instant instant;  ///< meaningful for Precision::instant alone
  Day first, last;  ///< meaningful for year, month and day

  [[nodiscard]] bool known() const { return precision != Precision::none; }
  static RecordedTime at(Instant instant);
  static RecordedTime on(Day first, Day last, Precision precision);
};

/// As FHIR writes it: "2026", "2026-11", "2026-11-22", or the instant in UTC; empty when unknown.
std::string to_string(const RecordedTime& time);

/// The site's time zone. Immutable, thread-safe, cheap to copy.
class Zone {
 public:
  /// IANA name ("Asia/Shanghai", "UTC"). invalid_config when the system's zone table does not know it.
  static Result<Zone> named(std::string_view name);
  static Zone utc();

  [[nodiscard]] const std::string& name() const;

  [[nodiscard]] Day day_of(Instant instant) const;
  /// The first instant of that civil day in this zone.
  [[nodiscard]] Instant midnight(Day day) const;
  /// ISO 8601 with this zone's offset at that instant: "2026-11-29T00:00:00+08:00", or "…Z" for an offset of zero.
  [[nodiscard]] std::string format(Instant instant) const;

 private:
  explicit Zone(const date::time_zone* zone) : zone_(zone) {}
  const date::time_zone* zone_;
};

/// Reads an instant for --as-of and the like: a full date (midnight in `zone`) or a dateTime with offset.
Result<Instant> parse_instant(std::string_view text, const Zone& zone);

}  // namespace trialflag
