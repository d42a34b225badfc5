// Times of day in a zone, right on days that have 23 or 25 hours.
#pragma once

#include "agent/base/time.h"

namespace trialflag {

/// When the clocks of the zone show that minute (0 to 1439) of that day: the first time, if they show it twice; if they leap over it, the
/// moment of the leap.
Instant civil_instant(const Zone& zone, Day day, int minute);

/// 0 Monday to 6 Sunday.
int weekday_of(Day day);

}  // namespace trialflag
