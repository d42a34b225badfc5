// What people write on the command line and beside a key: moments, zones, durations, sizes, times of day. Any bytes are taken.
#include "agent/base/time.h"
#include "agent/settings/config_parts.h"
#include "agent/settings/map_reader.h"
#include "tests/fuzz/target.h"

using namespace trialflag;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = fuzz::text_of(bytes, size);
  const Zone utc = Zone::utc();
  if (const auto instant = parse_instant(text, utc)) {
    const auto again = parse_instant(utc.format(*instant), utc);
    require(again && *again == *instant, "a moment survives being written");
    require(utc.midnight(utc.day_of(*instant)) <= *instant, "a day begins before its moments");
  }
  if (const auto zone = Zone::named(text)) require(!zone->format(Instant{0}).empty(), "a zone tells the time");
  const auto duration = settings::parse_duration(text);
  require(!duration || duration->count() >= 0, "a duration is not negative");
  static_cast<void>(settings::parse_size(text));
  const int minute = settings::parse_clock_time(text);
  require(minute >= -1 && minute < 24 * 60, "a time of day is a minute of the day");
  return 0;
}
