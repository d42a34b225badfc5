#include "fhir/client/headers.h"

#include <time.h>
#include <zlib.h>

#include <algorithm>
#include <array>

namespace trialflag::fhir {
namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_hex(char c) {
  return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || (c >= '0' && c <= '9');
}

void append_coded(std::string& text, char raw) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  const auto c = static_cast<unsigned char>(raw);
  text += {'%', kDigits[c >> 4], kDigits[c & 15]};
}

}  // namespace

std::optional<Instant> parse_http_date(std::string_view text) {
  const std::string copy(text);
  tm parts{};
  const char* end = strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return Instant{static_cast<std::int64_t>(timegm(&parts)) * 1000};
}

std::string media_type(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  std::string result(type);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

bool is_fhir_json(std::string_view media_type) {
  constexpr std::array<std::string_view, 4> kTypes = {"application/fhir+json", "application/json+fhir", "application/json", "text/json"};
  return std::find(kTypes.begin(), kTypes.end(), media_type) != kTypes.end();
}

Result<std::string> unpack(std::string_view packed, std::uint64_t max_bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return fail(ErrorCode::internal, "cannot prepare to unpack an answer");
  // zlib's interface predates const; it does not write to its input.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string result;
  std::array<char, 65536> chunk{};
  int state = Z_OK;
  while (state == Z_OK && result.size() <= max_bytes) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = chunk.size();
    state = inflate(&stream, Z_NO_FLUSH);
    result.append(chunk.data(), chunk.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (result.size() > max_bytes) return fail(ErrorCode::malformed_data, "the answer is too large");
  if (state == Z_BUF_ERROR) return fail(ErrorCode::unavailable, "the answer was cut off");
  if (state != Z_STREAM_END) return fail(ErrorCode::malformed_data, "the answer's packing is damaged");
  return result;
}

std::string encoding_name(std::string_view content_encoding) {
  const std::string name = media_type(content_encoding);
  constexpr std::array<std::string_view, 7> kKnown = {"deflate", "br", "zstd", "compress", "x-compress", "dcb", "dcz"};
  return std::find(kKnown.begin(), kKnown.end(), name) == kKnown.end() ? "in an unknown way" : "as " + name;
}

std::string as_uri(std::string_view target) {
  constexpr std::string_view kAllowed = "-._~:/?@!$&'()*+,;=";
  std::string result;
  for (std::size_t at = 0; at < target.size(); ++at) {
    const char c = target[at];
    const bool coded = c == '%' && at + 2 < target.size() && is_hex(target[at + 1]) && is_hex(target[at + 2]);
    if (coded || is_alphanumeric(c) || kAllowed.find(c) != std::string_view::npos) {
      result += c;
    } else {
      append_coded(result, c);
    }
  }
  return result;
}

std::string percent_encode(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      result += c;
    } else {
      append_coded(result, c);
    }
  }
  return result;
}

std::string percent_decode(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool coded = text[at] == '%' && at + 2 < text.size() && digit_of(text[at + 1]) >= 0 && digit_of(text[at + 2]) >= 0;
    result += coded ? static_cast<char>(digit_of(text[at + 1]) * 16 + digit_of(text[at + 2])) : text[at];
    if (coded) at += 2;
  }
  return result;
}

}  // namespace trialflag::fhir
