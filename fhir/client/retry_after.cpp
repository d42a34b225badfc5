#include "fhir/client/retry_after.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "fhir/client/headers.h"

namespace trialflag::fhir {
namespace {

using Millis = std::chrono::milliseconds;

constexpr std::int64_t kNoPlainWait = 1'000'000'000;   // seconds: thirty years, so it is a moment
constexpr std::int64_t kFarOff = 100'000'000'000'000;  // milliseconds: the year 5138
constexpr std::size_t kTextToRead = 4096;

/// The nearest one that fits, where it does not.
std::optional<std::int64_t> whole_number(std::string_view text) {
  using Limits = std::numeric_limits<std::int64_t>;
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error == std::errc::result_out_of_range) count = text.starts_with('-') ? Limits::min() : Limits::max();
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) return std::nullopt;
  return count;
}

Millis bounded(std::int64_t ms) {
  return Millis(std::clamp<std::int64_t>(ms, 0, kLongestWait.count()));
}

/// The number that ends right before `at`, blanks between them.
std::optional<std::int64_t> number_before(std::string_view text, std::size_t at) {
  while (at > 0 && text[at - 1] == ' ') --at;
  std::size_t begin = at;
  while (begin > 0 && text[begin - 1] >= '0' && text[begin - 1] <= '9') --begin;
  return whole_number(text.substr(begin, at - begin));
}

}  // namespace

std::optional<Millis> parse_retry_after(std::string_view text, std::optional<Instant> now) {
  const auto number = whole_number(text);
  if (number && *number > kFarOff) return kLongestWait;  // no moment either
  if (number && *number < kNoPlainWait) return bounded(std::clamp<std::int64_t>(*number, 0, kLongestWait.count()) * 1000);
  if (!now) return std::nullopt;
  if (number) return bounded(std::min(*number < kNoPlainWait * 1000 ? *number * 1000 : *number, kFarOff) - now->ms);
  const auto moment = parse_http_date(text);
  if (!moment) return std::nullopt;
  return bounded(moment->ms - now->ms);
}

std::optional<Millis> parse_retry_after_ms(std::string_view text) {
  const auto number = whole_number(text);
  if (!number) return std::nullopt;
  return bounded(*number);
}

std::optional<Millis> wait_told_in(std::string_view body) {
  const std::string_view text = body.substr(0, kTextToRead);
  constexpr std::int64_t kSecond = 1000;
  for (const auto& [unit, ms] : {std::pair{"second", kSecond}, std::pair{"minute", 60 * kSecond}}) {
    const std::size_t at = text.find(unit);
    if (at == std::string_view::npos) continue;
    if (const auto number = number_before(text, at)) return bounded(std::min<std::int64_t>(*number, kLongestWait.count()) * ms);
  }
  return std::nullopt;
}

}  // namespace trialflag::fhir
