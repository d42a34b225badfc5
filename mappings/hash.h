// One fast hash for short byte strings, taken eight bytes at a time. Not for untrusted keys that could be chosen to collide.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace trialflag::mappings {

constexpr std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
  hash = (hash ^ word) * 0x9E3779B97F4A7C15ULL;
  return hash ^ (hash >> 29);
}

inline std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed = 0) {
  std::uint64_t hash = mix(seed, bytes.size());
  while (bytes.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), 8);
    hash = mix(hash, word);
    bytes.remove_prefix(8);
  }
  std::uint64_t last = 0;
  if (!bytes.empty()) std::memcpy(&last, bytes.data(), bytes.size());  // an empty view may have no address
  return mix(hash, last);
}

}  // namespace trialflag::mappings
