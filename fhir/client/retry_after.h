// How long a busy server asks us to wait, in every form in which servers say it.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "agent/base/time.h"

namespace trialflag::fhir {

/// No wait that a server asks for is longer: some send moments in units that mean centuries.
constexpr std::chrono::milliseconds kLongestWait = std::chrono::hours(1);

/// Retry-After: seconds, an HTTP date, or (some servers send it) a moment in seconds or milliseconds since 1970. Moments are measured from
/// `now`, the answer's own Date. Past ones and negative numbers are zero; nullopt for anything else. At most kLongestWait.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view text, std::optional<Instant> now);

/// x-ms-retry-after-ms: milliseconds. As above.
std::optional<std::chrono::milliseconds> parse_retry_after_ms(std::string_view text);

/// "User Rate Limit Exceeded, Try in another 844 seconds": the number before the first "second" or "minute" of a refusal's text, which may
/// be JSON or a page. As above.
std::optional<std::chrono::milliseconds> wait_told_in(std::string_view body);

}  // namespace trialflag::fhir
