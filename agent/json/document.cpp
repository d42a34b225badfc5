// The parser proper: RapidJSON on a copy of the text that keeps the strings of the tree. It recurses, and no deeper than Builder lets it.
#include <cstring>
#include <limits>
#include <utility>

#include "agent/json/builder.h"
#include "agent/json/in_place.h"
#include "agent/json/value.h"

namespace trialflag::json {
namespace {

constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseNumbersAsStringsFlag;

// What a text holds somewhere. Reduced in blocks of a fixed size, which the compiler turns into vector instructions.
struct Contents {
  bool beyond_ascii = false, nul = false, backslash = false;
  bool control = false;  // 0x1A to 0x1F, told before any other flaw
};

Contents contents_of(std::string_view text) {
  constexpr std::size_t kBlock = 128;
  unsigned char bits = 0, nuls = 0, backslashes = 0, controls = 0;
  const auto look_at = [&](const char* bytes, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto byte = static_cast<unsigned char>(bytes[i]);
      bits = static_cast<unsigned char>(bits | byte);
      nuls = static_cast<unsigned char>(nuls | (byte == 0));
      backslashes = static_cast<unsigned char>(backslashes | (byte == '\\'));
      controls = static_cast<unsigned char>(controls | (static_cast<unsigned char>(byte - 0x1A) <= 0x1F - 0x1A));
    }
  };
  std::size_t at = 0;
  for (; at + kBlock <= text.size(); at += kBlock) look_at(text.data() + at, kBlock);
  look_at(text.data() + at, text.size() - at);
  return {bits >= 0x80, nuls != 0, backslashes != 0, controls != 0};
}

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
