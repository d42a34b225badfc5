#include "agent/base/ids.h"

#include <sodium/crypto_generichash.h>
#include <sodium/crypto_hash_sha256.h>
#include <sodium/crypto_shorthash.h>
#include <sodium/randombytes.h>

#include <array>

namespace trialflag {
namespace {

using Bytes = std::array<unsigned char, crypto_hash_sha256_BYTES>;

Bytes hash(std::initializer_list<std::string_view> parts) {
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  for (const std::string_view part : parts) {
    const std::string length = std::to_string(part.size()) + ":";
    crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(length.data()), length.size());
    crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(part.data()), part.size());
  }
  Bytes bytes{};
  crypto_hash_sha256_final(&state, bytes.data());
  return bytes;
}

void add_part(crypto_generichash_state& state, std::string_view part) {
  const std::string length = std::to_string(part.size()) + ":";
  crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(length.data()), length.size());
  crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(part.data()), part.size());
}

std::uint64_t hex_value(char digit) {
  return static_cast<std::uint64_t>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

}  // namespace

std::string digest(std::initializer_list<std::string_view> parts) {
  const Bytes bytes = hash(parts);
  return hex_of({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string hex_of(std::string_view bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (const char sign : bytes) {
    const auto byte = static_cast<unsigned char>(sign);
    text.push_back(kHex[byte >> 4U]);
    text.push_back(kHex[byte & 15U]);
  }
  return text;
}

std::int64_t fingerprint(std::initializer_list<std::string_view> parts) {
  std::array<unsigned char, crypto_generichash_BYTES_MIN> bytes{};
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, bytes.size());
  for (const std::string_view part : parts) add_part(state, part);
  crypto_generichash_final(&state, bytes.data(), bytes.size());
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) number = number << 8 | bytes[i];
  return static_cast<std::int64_t>(number >> 1);
}

std::string salted_digest(std::string_view salt, std::initializer_list<std::string_view> parts) {
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, crypto_generichash_BYTES);
  add_part(state, salt);
  for (const std::string_view part : parts) add_part(state, part);
  std::string bytes(crypto_generichash_BYTES, '\0');
  crypto_generichash_final(&state, reinterpret_cast<unsigned char*>(bytes.data()), bytes.size());
  return bytes;
}

std::string random_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  randombytes_buf(bytes.data(), size);
  return bytes;
}

std::int64_t short_hash(std::string_view text) {
  constexpr unsigned char kKey[crypto_shorthash_KEYBYTES] = {};
  std::array<unsigned char, crypto_shorthash_BYTES> bytes{};
  crypto_shorthash(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size(), kKey);
  std::uint64_t number = 0;
  for (const unsigned char byte : bytes) number = number << 8 | byte;
  return static_cast<std::int64_t>(number);
}

std::string short_code(std::string_view hex_digest, std::size_t length) {
  constexpr char kSigns[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 16 && i < hex_digest.size(); ++i) number = number << 4 | hex_value(hex_digest[i]);
  std::string code;
  for (std::size_t i = 0; i < length && i < 12; ++i) code.push_back(kSigns[(number >> (59 - 5 * i)) & 31]);
  return code;
}

}  // namespace trialflag
