// Identifiers that are functions of what they name, so that doing a thing twice changes nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace trialflag {

/// SHA-256 of the parts, each preceded by its length (so that {"ab", "c"} and {"a", "bc"} differ), as 64 lowercase hex digits.
std::string digest(std::initializer_list<std::string_view> parts);

/// 63 bits of a BLAKE2b of the parts, likewise preceded by their lengths, for compact sets of what was seen: every record of a hospital
/// goes through it, and it costs a third of the above. Never negative, so it fits a signed column.
std::int64_t fingerprint(std::initializer_list<std::string_view> parts);

/// BLAKE2b-256 of a salt and parts, each preceded by its length, as 32 bytes. Who has neither salt nor parts learns nothing of the parts.
std::string salted_digest(std::string_view salt, std::initializer_list<std::string_view> parts);

/// Bytes as lowercase hex digits.
std::string hex_of(std::string_view bytes);

/// As many bytes that nobody can guess.
std::string random_bytes(std::size_t size);

/// A quick hash of 64 bits that never changes from version to version. For indexes whose hits are checked, not for identity.
std::int64_t short_hash(std::string_view text);

/// The first `length` (at most 12) letters and digits that a hex digest gives when written in 32 unmistakable signs (no I, L, O, U).
std::string short_code(std::string_view hex_digest, std::size_t length);

}  // namespace trialflag
