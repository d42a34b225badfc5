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

int value_of(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

}  // namespace

std::optional<Uuid> uuid_bytes(std::string_view text) {
  if (text.size() != kSigns) return std::nullopt;
  Uuid uuid{};
  std::size_t at = 0;
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    const int high = value_of(text[at]), low = value_of(text[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    uuid[i] = static_cast<std::uint8_t>(high * 16 + low);
    at += 2;
    if (dash_follows(i) && text[at++] != '-') return std::nullopt;
  }
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
