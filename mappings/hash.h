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

template <typename Word>
std::uint64_t word_at(const char* bytes) {
  Word word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

/// Reads whole words only: the last one overlaps what came before it, so that no copy of odd size is needed.
inline std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed = 0) {
  const char* at = bytes.data();
  const std::size_t size = bytes.size();
  std::uint64_t hash = mix(seed, size);
  if (size >= 8) {
    for (const char* last = at + size - 8; at < last; at += 8) hash = mix(hash, word_at<std::uint64_t>(at));
    return mix(hash, word_at<std::uint64_t>(bytes.data() + size - 8));
  }
  if (size >= 4) return mix(hash, word_at<std::uint32_t>(at) << 32 | word_at<std::uint32_t>(at + size - 4));
  if (size == 0) return mix(hash, 0);
  return mix(hash, word_at<std::uint8_t>(at) << 16 | word_at<std::uint8_t>(at + size / 2) << 8 | word_at<std::uint8_t>(at + size - 1));
}

}  // namespace trialflag::mappings
