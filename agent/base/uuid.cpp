#include "agent/base/uuid.h"

#include <cstring>

namespace trialflag {
namespace {

constexpr std::size_t kSigns = 36;

/// The two signs of each byte.
constexpr auto kSignsOf = [] {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<std::array<char, 2>, 256> signs{};
  for (std::size_t byte = 0; byte < signs.size(); ++byte) signs[byte] = {kDigits[byte / 16], kDigits[byte % 16]};
  return signs;
}();

constexpr bool dash_follows(std::size_t byte) {
  return byte == 3 || byte == 5 || byte == 7 || byte == 9;
}

constexpr std::uint8_t kNoDigit = 0xFF;

/// The value of each sign that is a digit.
constexpr auto kValueOf = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (std::uint8_t value = 0; value < 16; ++value) values[static_cast<unsigned char>("0123456789abcdef"[value])] = value;
  return values;
}();

std::uint8_t value_of(char digit) {
  return kValueOf[static_cast<unsigned char>(digit)];
}

}  // namespace

std::optional<Uuid> uuid_bytes(std::string_view text) {
  if (text.size() != kSigns || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return std::nullopt;
  Uuid uuid{};
  std::size_t at = 0;
  std::uint8_t seen = 0;  // its upper bits are set once a sign is no digit
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    const std::uint8_t high = value_of(text[at]), low = value_of(text[at + 1]);
    seen |= high | low;
    uuid[i] = static_cast<std::uint8_t>(high << 4U | low);
    at += dash_follows(i) ? 3 : 2;
  }
  if (seen > 15) return std::nullopt;
  return uuid;
}

void append_uuid(std::string& text, const char* bytes) {
  std::array<char, kSigns> signs{};
  char* at = signs.data();
  for (std::size_t i = 0; i < Uuid().size(); ++i) {
    std::memcpy(at, kSignsOf[static_cast<unsigned char>(bytes[i])].data(), 2);
    at += 2;
    if (dash_follows(i)) *at++ = '-';
  }
  text.append(signs.data(), signs.size());
}

}  // namespace trialflag
