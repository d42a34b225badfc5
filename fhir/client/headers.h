// What the headers of an HTTP answer mean.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/base/time.h"

namespace trialflag::fhir {

/// "Sun, 22 Nov 2026 19:16:36 GMT" (RFC 9110 5.6.7, the preferred form alone).
std::optional<Instant> parse_http_date(std::string_view text);

/// "Application/FHIR+JSON; charset=utf-8" → "application/fhir+json".
std::string media_type(std::string_view content_type);

/// The media types under which FHIR servers send JSON.
bool is_fhir_json(std::string_view media_type);

/// Unpacks gzip. malformed_data when it is damaged or grows beyond `max_bytes`, unavailable when it is cut off.
Result<std::string> unpack(std::string_view packed, std::uint64_t max_bytes);

/// How a Content-Encoding is told in an error: by its name when it is a known one, for a server may write anything there.
std::string encoding_name(std::string_view content_encoding);

/// A link's path and query with what may not stand in a URI as %XX ("|", brackets, quotes, bytes beyond ASCII, a lone "%"): servers write
/// these into their links as they are. What is encoded already stays.
std::string as_uri(std::string_view target);

/// Everything but letters, digits and "-._~" as %XX.
std::string percent_encode(std::string_view text);
/// Each %XX as the byte that it stands for; a lone "%" stays.
std::string percent_decode(std::string_view text);

}  // namespace trialflag::fhir
