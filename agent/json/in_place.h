// How RapidJSON reads a text in place: through strings many letters at a time, wherever they begin and whether or not the text holds a
// letter beyond ASCII. RapidJSON by itself takes short strings letter by letter, and all strings of a text whose encoding it must check.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#define RAPIDJSON_SSE2
#include <emmintrin.h>
#endif
#include <rapidjson/encodings.h>
#include <rapidjson/reader.h>
#include <rapidjson/stream.h>

namespace trialflag::json {

/// What may be read beyond the end of a text: there a NUL must stand, and this much memory in all.
inline constexpr std::size_t kPadding = 64;

/// RapidJSON's stream in place, apart from it by type alone: so that its own way through strings is not taken.
struct InPlace : rapidjson::InsituStringStream {
  using rapidjson::InsituStringStream::InsituStringStream;
};

/// UTF-8 of which plain letters are copied many at a time.
struct Letters : rapidjson::UTF8<char> {};

/// So many bytes are looked at together: few strings are longer, so that where one ends is seldom a surprise to the processor.
inline constexpr unsigned kStep = 32;

/// How many of the kStep bytes at `text` come before the first quote, backslash or control character; `ascii`: or byte beyond ASCII.
template <bool ascii>
unsigned plain_letters(const char* text) {
#if defined(__SSE2__)
  const __m128i last_control = _mm_set1_epi8(0x1F);
  std::uint64_t found = std::uint64_t{1} << kStep;
  for (unsigned at = 0; at < kStep; at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + at));
    const __m128i marks = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    const __m128i ends = _mm_or_si128(marks, _mm_cmpeq_epi8(_mm_max_epu8(bytes, last_control), last_control));
    // A byte beyond ASCII has the bit that is asked for.
    const int mask = _mm_movemask_epi8(ascii ? _mm_or_si128(ends, bytes) : ends);
    found |= std::uint64_t{static_cast<unsigned>(mask)} << at;
  }
  return static_cast<unsigned>(std::countr_zero(found));
#else
  unsigned count = 0;
  for (; count < kStep; ++count) {
    const auto byte = static_cast<unsigned char>(text[count]);
    if (byte == '"' || byte == '\\' || byte < 0x20 || (ascii && byte >= 0x80)) break;
  }
  return count;
#endif
}

/// Moves all plain letters at hand from where is read to where is written, which is the same place up to the first escape.
template <bool ascii>
void move_letters(InPlace& stream) {
  for (unsigned count = kStep; count == kStep;) {
    count = plain_letters<ascii>(stream.src_);
    if (stream.dst_ != stream.src_) std::memmove(stream.dst_, stream.src_, count);
    stream.src_ += count;
    stream.dst_ += count;
  }
}

}  // namespace trialflag::json

namespace rapidjson {

template <>
struct StreamTraits<trialflag::json::InPlace> {
  enum { copyOptimization = 1 };
};

template <>
inline void SkipWhitespace(trialflag::json::InPlace& stream) {
  SkipWhitespace(static_cast<InsituStringStream&>(stream));
}

/// Called where a string goes on with what is no quote, no escape and no control character.
template <>
struct Transcoder<trialflag::json::Letters, trialflag::json::Letters> {
  static bool Transcode(trialflag::json::InPlace& stream, trialflag::json::InPlace&) {
    trialflag::json::move_letters<false>(stream);
    return true;
  }
  static bool Validate(trialflag::json::InPlace& stream, trialflag::json::InPlace&) {
    if (static_cast<unsigned char>(stream.Peek()) >= 0x80) return UTF8<char>::Validate(stream, stream);
    trialflag::json::move_letters<true>(stream);
    return true;
  }
  // The reader's other way with strings, into memory of its own, is compiled but never taken.
  template <typename In, typename Out>
  static bool Transcode(In& in, Out& out) {
    return Validate(in, out);
  }
  template <typename In, typename Out>
  static bool Validate(In& in, Out& out) {
    return UTF8<char>::Validate(in, out);
  }
};

}  // namespace rapidjson
