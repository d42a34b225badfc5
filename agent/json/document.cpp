// The parser proper: RapidJSON on a copy of the text that keeps the strings of the tree. It recurses, and no deeper than Builder lets it.
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>

#include "agent/json/builder.h"
#include "agent/json/value.h"

#if defined(__SSE2__)
#define RAPIDJSON_SSE2
#include <emmintrin.h>
#endif
#include <rapidjson/encodings.h>
#include <rapidjson/reader.h>
#include <rapidjson/stream.h>

// How RapidJSON reads a text in place: through strings many letters at a time, wherever they begin and whether or not the text holds a
// letter beyond ASCII. RapidJSON by itself takes short strings letter by letter, and all strings of a text whose encoding it must check.
namespace trialflag::json {
namespace {

// What may be read beyond the end of a text: there a NUL must stand, and this much memory in all.
constexpr std::size_t kPadding = 64;

// RapidJSON's stream in place, apart from it by type alone: so that its own way through strings is not taken.
struct InPlace : rapidjson::InsituStringStream {
  using rapidjson::InsituStringStream::InsituStringStream;
};

// UTF-8 of which plain letters are copied many at a time.
struct Letters : rapidjson::UTF8<char> {};

// So many bytes are looked at together: few strings are longer, so that where one ends is seldom a surprise to the processor.
constexpr unsigned kStep = 32;

// How many of the kStep bytes at `text` come before the first quote, backslash or control character; `ascii`: or byte beyond ASCII.
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

// Moves all plain letters at hand from where is read to where is written, which is the same place up to the first escape.
template <bool ascii>
void move_letters(InPlace& stream) {
  for (unsigned count = kStep; count == kStep;) {
    count = plain_letters<ascii>(stream.src_);
    if (stream.dst_ != stream.src_) std::memmove(stream.dst_, stream.src_, count);
    stream.src_ += count;
    stream.dst_ += count;
  }
}

}  // namespace
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

// Called where a string goes on with what is no quote, no escape and no control character.
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

namespace trialflag::json {
namespace {

constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseNumbersAsStringsFlag;

// What a text holds somewhere.
struct Contents {
  bool beyond_ascii = false, nul = false, backslash = false;
  bool control = false;  // 0x1A to 0x1F, told before any other flaw

  void take(char c) {
    const auto byte = static_cast<unsigned char>(c);
    beyond_ascii |= byte >= 0x80;
    nul |= byte == 0;
    backslash |= byte == '\\';
    control |= byte >= 0x1A && byte <= 0x1F;
  }
};

#if defined(__SSE2__)
// The last bytes are looked at together with some that were before.
Contents contents_of(std::string_view text) {
  constexpr std::size_t kBytes = sizeof(__m128i);
  Contents contents;
  if (text.size() < kBytes) {
    for (const char c : text) contents.take(c);
    return contents;
  }
  const __m128i none = _mm_setzero_si128(), most = _mm_set1_epi8(0x1F - 0x1A);
  __m128i bits = none, nuls = none, backslashes = none, controls = none;
  const auto look_at = [&](std::size_t at) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    const __m128i above = _mm_sub_epi8(bytes, _mm_set1_epi8(0x1A));
    bits = _mm_or_si128(bits, bytes);
    nuls = _mm_or_si128(nuls, _mm_cmpeq_epi8(bytes, none));
    backslashes = _mm_or_si128(backslashes, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    controls = _mm_or_si128(controls, _mm_cmpeq_epi8(_mm_min_epu8(above, most), above));
  };
  for (std::size_t at = 0; at + kBytes <= text.size(); at += kBytes) look_at(at);
  look_at(text.size() - kBytes);
  const auto any = [](__m128i bytes) { return _mm_movemask_epi8(bytes) != 0; };
  return {any(bits), any(nuls), any(backslashes), any(controls)};
}
#else
Contents contents_of(std::string_view text) {
  Contents contents;
  for (const char c : text) contents.take(c);
  return contents;
}
#endif

// A text that ends amid an escape or a character is cut off, whatever the parser thinks of its last bytes.
bool ends_within_sequence(std::string_view text, std::size_t offset) {
  constexpr std::size_t kLongestSequence = sizeof(R"(\ud83d\ude00)") - 1;
  return text.size() - offset < kLongestSequence && text.find_first_of("\"\n", offset) == std::string_view::npos;
}

Flaw flaw_of(const rapidjson::ParseResult& result, std::string_view text) {
  const std::size_t offset = std::min(result.Offset(), text.size());
  switch (result.Code()) {
    case rapidjson::kParseErrorDocumentEmpty:
      return {offset, offset == text.size() ? "is empty" : "is not valid JSON"};
    case rapidjson::kParseErrorDocumentRootNotSingular:
      return {offset, "goes on after its end"};
    case rapidjson::kParseErrorNumberTooBig:
      return {offset, "has a number beyond the range of a double"};
    case rapidjson::kParseErrorStringInvalidEncoding:
      return {offset, ends_within_sequence(text, offset) ? "is cut off" : "has invalid UTF-8"};
    case rapidjson::kParseErrorStringUnicodeEscapeInvalidHex:
    case rapidjson::kParseErrorStringEscapeInvalid:
    case rapidjson::kParseErrorStringUnicodeSurrogateInvalid:
      return {offset, ends_within_sequence(text, offset) ? "is cut off" : "has an invalid string"};
    case rapidjson::kParseErrorStringMissQuotationMark:
      return {offset, "is cut off"};
    default:
      return {offset, offset == text.size() ? "is cut off" : "is not valid JSON"};
  }
}

}  // namespace

struct Document::Memory {
  Builder builder;
  rapidjson::GenericReader<Letters, Letters> reader;
  std::unique_ptr<char[]> text;
  std::size_t capacity = 0;
  Value root;

  char* copy(std::string_view original) {
    if (capacity < original.size() + kPadding) {
      capacity = original.size() + original.size() / 2 + kPadding;
      text = std::make_unique_for_overwrite<char[]>(capacity);
    }
    if (!original.empty()) std::memcpy(text.get(), original.data(), original.size());
    std::memset(text.get() + original.size(), 0, kPadding);
    return text.get();
  }
};

Document::Document() : memory_(std::make_unique<Memory>()) {}
Document::~Document() = default;
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;

const Value& Document::root() const {
  return memory_->root;
}

tl::expected<void, Flaw> Document::parse(std::string_view text) {
  Memory& memory = *memory_;
  memory.root = Value();
  const std::size_t skipped = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  text.remove_prefix(skipped);
  const auto refuse = [&](Flaw flaw) {
    flaw.offset += skipped;
    return tl::unexpected<Flaw>(std::move(flaw));
  };

  if (text.size() > std::numeric_limits<std::uint32_t>::max() - kPadding) return refuse({0, "is larger than 4 GiB"});
  // RapidJSON would take a NUL for the end of the text.
  const Contents contents = contents_of(text);
  if (contents.nul) return refuse({text.find('\0'), "holds a NUL character"});
  if (contents.control) return refuse({text.find_first_of("\x1A\x1B\x1C\x1D\x1E\x1F"), "has an invalid string"});

  memory.builder.start(contents.backslash && text.find("\\u") != std::string_view::npos);
  InPlace stream(memory.copy(text));
  // Encoding needs no check where every byte is ASCII, and the parser is faster without.
  const auto result = contents.beyond_ascii ? memory.reader.Parse<kFlags | rapidjson::kParseValidateEncodingFlag>(stream, memory.builder)
                                            : memory.reader.Parse<kFlags>(stream, memory.builder);
  if (result.Code() == rapidjson::kParseErrorTermination) return refuse({result.Offset(), memory.builder.problem()});
  if (result.IsError()) return refuse(flaw_of(result, text));
  memory.root = memory.builder.root();
  return {};
}

}  // namespace trialflag::json
