// UUIDs as most servers write their ids: 36 signs in lower case, or 16 bytes where many are kept.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trialflag {

using Uuid = std::array<std::uint8_t, 16>;

/// The bytes of "0f8fad5b-d9cb-469f-a165-70867728950e"; nullopt for a text that append_uuid() would not give back.
std::optional<Uuid> uuid_bytes(std::string_view text);

/// Appends the 36 signs of the 16 bytes at `bytes`.
void append_uuid(std::string& text, const char* bytes);

}  // namespace trialflag
