#include "agent/screening/timing.h"

#include "agent/base/civil.h"

namespace trialflag::screening {

Instant next_slot(const Slots& slots, const Zone& zone, Instant now) {
  if (slots.kind == Slots::Kind::immediate) return now;
  // A day on which the clocks leap over the slot has it later, never not at all: so eight days are enough.
  for (Day day = zone.day_of(now);; day = day + 1) {
    if (slots.kind == Slots::Kind::weekly && weekday_of(day) != slots.weekday) continue;
    const Instant slot = civil_instant(zone, day, slots.minute);
    if (slot >= now) return slot;
  }
}

std::optional<Instant> quiet_until(const QuietHours& hours, const Zone& zone, Instant now) {
  const Day today = zone.day_of(now);
  for (const Day day : {today - 1, today}) {
    const Instant end = civil_instant(zone, hours.first < hours.last ? day : day + 1, hours.last);
    if (civil_instant(zone, day, hours.first) <= now && now < end) return end;
  }
  return std::nullopt;
}

Week week_of(const Zone& zone, Instant now) {
  constexpr int kMorning = 8 * 60;
  const Day today = zone.day_of(now);
  const Day monday = today - weekday_of(today);
  return {zone.midnight(monday), civil_instant(zone, monday + 7, kMorning)};
}

}  // namespace trialflag::screening
