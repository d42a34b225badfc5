// Short byte strings, taken eight bytes at a time: one fast hash, and equality. Not for untrusted keys that could be chosen to collide.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace trialflag {

constexpr std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
  hash = (hash ^ word) * 0x9E3779B97F4A7C15ULL;
  return hash ^ (hash >> 29);
}

/// Both halves of a product, so that every bit of either factor moves all bits.
inline std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
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

/// The eight bytes from `at`, a multiple of eight below the size; zero where the text is over. Reads nothing outside of the text.
inline std::uint64_t padded_word(std::string_view text, std::size_t at) {
  static_assert(std::endian::native == std::endian::little);
  const std::size_t left = text.size() - at;
  const char* bytes = text.data() + at;
  if (left >= 8) return word_at<std::uint64_t>(bytes);
  if (at != 0) return word_at<std::uint64_t>(bytes + left - 8) >> (64 - 8 * left);
  if (left >= 4) return word_at<std::uint32_t>(bytes) | word_at<std::uint32_t>(bytes + left - 4) << (8 * left - 32);
  const auto byte = [bytes](std::size_t i) { return word_at<std::uint8_t>(bytes + i) << 8 * i; };
  return byte(0) | byte(left / 2) | byte(left - 1);
}

/// As a == b, without a call for texts of a few words.
inline bool same_bytes(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  if (a.size() < 8) {
    if (a.size() >= 4) {
      const std::size_t end = a.size() - 4;
      return word_at<std::uint32_t>(a.data()) == word_at<std::uint32_t>(b.data()) &&
             word_at<std::uint32_t>(a.data() + end) == word_at<std::uint32_t>(b.data() + end);
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (a[i] != b[i]) return false;
    }
    return true;
  }
  const std::size_t last = a.size() - 8;
  for (std::size_t at = 0; at < last; at += 8) {
    if (word_at<std::uint64_t>(a.data() + at) != word_at<std::uint64_t>(b.data() + at)) return false;
  }
  return word_at<std::uint64_t>(a.data() + last) == word_at<std::uint64_t>(b.data() + last);
}

}  // namespace trialflag
