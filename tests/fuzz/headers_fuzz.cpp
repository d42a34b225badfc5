// Headers and packed bodies of an HTTP answer: any bytes are taken, waits are never negative, and unpacking stays within its bound.
#include "fhir/client/headers.h"
#include "fhir/client/retry_after.h"
#include "tests/fuzz/target.h"

using namespace trialflag;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = fuzz::text_of(bytes, size);
  const auto date = fhir::parse_http_date(text);
  for (const auto now : {std::optional<Instant>(), std::optional(Instant{1795374000000}), date}) {
    const auto wait = fhir::parse_retry_after(text, now);
    require(!wait || (wait->count() >= 0 && *wait <= fhir::kLongestWait), "a wait is neither negative nor longer than the longest");
  }
  for (const auto wait : {fhir::parse_retry_after_ms(text), fhir::wait_told_in(text)})
    require(!wait || (wait->count() >= 0 && *wait <= fhir::kLongestWait), "a wait is neither negative nor longer than the longest");
  static_cast<void>(fhir::is_fhir_json(fhir::media_type(text)));
  require(fhir::percent_encode(text).size() <= 3 * size, "a byte is written as three signs at most");
  require(fhir::as_uri(fhir::as_uri(text)) == fhir::as_uri(text), "what is encoded stays");

  constexpr std::uint64_t kBound = 100000;
  const auto unpacked = fhir::unpack(text, kBound);
  require(!unpacked || unpacked->size() <= kBound, "what is unpacked keeps its bound");
  return 0;
}
