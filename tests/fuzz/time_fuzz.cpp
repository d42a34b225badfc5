// FHIR's times and references: any bytes are taken, and what is read as a time reads the same when written again.
#include <string>
#include <string_view>

#include "fhir/decode.h"
#include "tests/fuzz/target.h"

using trialflag::RecordedTime;
using trialflag::fuzz::require;

namespace {

bool same(const RecordedTime& a, const RecordedTime& b) {
  if (a.precision != b.precision) return false;
  return a.precision == RecordedTime::Precision::instant ? a.instant == b.instant : a.first == b.first && a.last == b.last;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (const auto target = trialflag::fhir::target_of(text)) require(!target->type.empty() && !target->id.empty(), "a target is whole");

  const auto time = trialflag::fhir::parse_time(text);
  if (!time) return 0;
  require(time->known(), "what was read is known");
  require(time->first <= time->last, "an interval is in order");
  const std::string written = to_string(*time);
  // An offset may move the first or the last day of the calendar into a year that FHIR cannot write.
  if (written.size() < 4 || written.starts_with("0000") || written.starts_with("-") || written.find('-') > 4) return 0;
  const auto again = trialflag::fhir::parse_time(written);
  require(again.has_value() && same(*time, *again), "a time survives being written");
  return 0;
}
