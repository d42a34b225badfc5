// The header lines of a letter: encoded words, addresses, dates; nothing recorded can break out of its line.
#include <algorithm>
#include <ctime>

#include "agent/notify/mail.h"

namespace trialflag::notify {
namespace {

bool is_plain(std::string_view text) {
  for (const char sign : text)
    if (sign < ' ' || sign > '~') return false;
  return true;
}

/// RFC 2047 encoded words of at most 45 bytes each, cut between UTF-8 characters.
std::string encoded_words(std::string_view text) {
  constexpr char kSigns[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  while (!text.empty()) {
    std::size_t size = std::min<std::size_t>(text.size(), 45);
    while (size < text.size() && size > 1 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
    if (!out.empty()) out += ' ';
    out += "=?UTF-8?B?";
    for (std::size_t i = 0; i < size; i += 3) {
      unsigned group = 0;
      for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (i + k < size ? static_cast<unsigned char>(text[i + k]) : 0u);
      for (std::size_t k = 0; k < 4; ++k) out += i + k > size ? '=' : kSigns[(group >> (18 - 6 * k)) & 63];
    }
    out += "?=";
    text.remove_prefix(size);
  }
  return out;
}

/// Text for a header: line breaks and other control signs become blanks.
std::string unstructured(std::string text) {
  for (char& sign : text)
    if (static_cast<unsigned char>(sign) < 0x20 || sign == 0x7f) sign = ' ';
  return is_plain(text) ? text : encoded_words(text);
}

std::string mailbox(const screening::Told& to) {
  const std::string address = "<" + unstructured(to.address) + ">";
  if (to.name.empty()) return address;
  const std::string name = unstructured(to.name);
  if (name.rfind("=?", 0) == 0) return name + " " + address;
  std::string quoted = "\"";
  for (const char sign : name) {
    if (sign == '"' || sign == '\\') quoted += '\\';
    quoted += sign;
  }
  return quoted + "\" " + address;
}

/// RFC 5322, in UTC.
std::string date_line(Instant instant) {
  const std::time_t seconds = static_cast<std::time_t>(instant.ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &parts);
  return text;
}

std::string domain_of(const std::string& address) {
  const std::size_t at = address.rfind('@');
  return at == std::string::npos || at + 1 == address.size() ? "localhost" : address.substr(at + 1);
}

}  // namespace

std::vector<std::string> header_lines(const screening::Letter& letter, const std::string& from) {
  std::vector<std::string> lines = {
      "Date: " + date_line(letter.date),
      "From: trialflag <" + unstructured(from) + ">",
      "To: " + mailbox(letter.to),
      "Subject: " + unstructured(letter.subject),
      "Message-ID: <" + letter.notice + "@" + unstructured(domain_of(from)) + ">",
      "Auto-Submitted: auto-generated",
      "X-Trialflag-Kind: " + std::string(screening::name_of(letter.kind)),
  };
  if (!letter.flag.empty()) lines.push_back("X-Trialflag-Flag: " + letter.flag);
  return lines;
}

}  // namespace trialflag::notify
