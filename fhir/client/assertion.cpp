#include "fhir/client/assertion.h"

#include <openssl/rand.h>

#include <array>
#include <cstdint>

namespace trialflag::fhir {

std::string base64url(std::string_view bytes) {
  constexpr std::string_view kSigns = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t held = 0;
  int bits = 0;
  for (const char byte : bytes) {
    held = held << 8U | static_cast<unsigned char>(byte);
    for (bits += 8; bits >= 6; bits -= 6) text += kSigns[held >> static_cast<unsigned>(bits - 6) & 63U];
  }
  if (bits > 0) text += kSigns[held << static_cast<unsigned>(6 - bits) & 63U];
  return text;
}

std::string json_string(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string json = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (byte < 0x20) {
      json += "\\u00";
      json += kHex[byte >> 4U];
      json += kHex[byte & 15U];
    } else {
      json += c;
    }
  }
  return json + '"';
}

Result<std::string> fresh_id() {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return fail(ErrorCode::internal, "there are no random numbers");
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | 0x40U);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string id;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) id += '-';
    id += kHex[bytes[i] >> 4U];
    id += kHex[bytes[i] & 15U];
  }
  return id;
}

Result<std::string> signed_assertion(const Assertion& assertion, const SigningKey& key) {
  const std::string client = json_string(assertion.client_id);
  const std::string header =
      R"({"alg":")" + std::string(name_of(key.algorithm())) + R"(","kid":)" + json_string(assertion.key_id) + R"(,"typ":"JWT"})";
  const std::string claims = R"({"iss":)" + client + R"(,"sub":)" + client + R"(,"aud":)" + json_string(assertion.audience) + R"(,"exp":)" +
                             std::to_string(assertion.expires.ms / 1000) + R"(,"jti":)" + json_string(assertion.id) + "}";
  const std::string text = base64url(header) + "." + base64url(claims);
  const auto signature = key.sign(text);
  if (!signature) return tl::unexpected(signature.error());
  return text + "." + base64url(*signature);
}

}  // namespace trialflag::fhir
