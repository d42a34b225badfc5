#include "agent/base/civil.h"

#include <date/tz.h>

namespace trialflag {

Instant civil_instant(const Zone& zone, Day day, int minute) {
  const auto local = date::local_days(date::days(day.number)) + std::chrono::minutes(minute);
  const auto* const named = date::locate_zone(zone.name());
  const auto moment = named->to_sys(date::local_time<std::chrono::milliseconds>(local), date::choose::earliest);
  return {moment.time_since_epoch().count()};
}

int weekday_of(Day day) {
  constexpr int kThursday = 3;  // 1970-01-01
  return ((day.number + kThursday) % 7 + 7) % 7;
}

}  // namespace trialflag
