// When a message may leave: slots of digests, quiet hours, weeks of a budget. Pure functions of a zone and a moment.
#pragma once

#include <cstdint>
#include <optional>

#include "agent/base/time.h"

namespace trialflag::screening {

/// When whoever is told wants to be told.
struct Slots {
  enum class Kind : std::uint8_t { immediate, daily, weekly };
  Kind kind = Kind::immediate;
  int weekday = 0;  ///< weekly: 0 Monday to 6 Sunday
  int minute = 0;   ///< of the day
};

/// Minutes of the day; first > last runs over midnight.
struct QuietHours {
  int first = 0, last = 0;
};

/// The first slot at or after `now`; `now` itself where there are none.
Instant next_slot(const Slots& slots, const Zone& zone, Instant now);

/// When the quiet hours that hold `now` end; nullopt: it is not quiet.
std::optional<Instant> quiet_until(const QuietHours& hours, const Zone& zone, Instant now);

/// A budget's week: from Monday, midnight. What was too much for it goes out together on the next Monday at 08:00.
struct Week {
  Instant begin, next_digest;
};
Week week_of(const Zone& zone, Instant now);

}  // namespace trialflag::screening
