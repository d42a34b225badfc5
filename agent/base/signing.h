// Keyed signatures of messages, and the text form of bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace trialflag {

/// HMAC-SHA256 (RFC 2104) of `message`: 32 bytes. A key may have any length.
std::string hmac_sha256(std::string_view key, std::string_view message);

/// RFC 4648 section 4, padded.
std::string base64(std::string_view bytes);
/// The bytes of padded base64; nullopt when it is none.
std::optional<std::string> from_base64(std::string_view text);

/// The key that a signing secret stands for: base64, "whsec_" before it allowed, blanks behind it too. Empty when it is none.
std::string signing_key(std::string_view secret);

}  // namespace trialflag
