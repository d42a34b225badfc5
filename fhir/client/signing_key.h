// The agent's own key pair for SMART Backend Services: made, kept in a file, used to sign, and its public half shown as a JSON Web Key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/result.h"

struct evp_pkey_st;

namespace trialflag::fhir {

/// The two that SMART App Launch 2 asks of a client (client-confidential-asymmetric): ECDSA on P-384 or RSA PKCS #1, both with SHA-384.
enum class Algorithm : std::uint8_t { es384, rs384 };

/// "ES384", "RS384".
std::string_view name_of(Algorithm algorithm);
std::optional<Algorithm> algorithm_named(std::string_view name);

/// A private key in memory; OpenSSL overwrites it when the object goes. Immutable, so thread-safe.
class SigningKey {
 public:
  /// A new pair: P-384, or RSA of 3072 bits.
  static Result<SigningKey> make(Algorithm algorithm);

  /// A private key in PEM without passphrase (PKCS #8, or as OpenSSL wrote it formerly): EC on P-384 or RSA of 2048 bits and more. Refused
  /// when group or others may read the file, unless it lies among the service's credentials (systemd shows their access list as the
  /// group's rights). What was read is overwritten. unauthorized: a person must act; the text names the problem and the remedy, not the
  /// file.
  static Result<SigningKey> read(const std::filesystem::path& file);

  /// PKCS #8 in PEM into a new file that its owner alone may read; invalid_config when there is a file of that name, storage when it cannot
  /// be written (then no part of it stays).
  [[nodiscard]] Result<void> write(const std::filesystem::path& file) const;

  [[nodiscard]] Algorithm algorithm() const { return algorithm_; }

  /// The signature as JWS has it (RFC 7518 3.3, 3.4): ES384 r and s side by side, 96 bytes; RS384 as long as the key.
  [[nodiscard]] Result<std::string> sign(std::string_view text) const;

  /// The public half as a JWK (RFC 7517): kty, crv, x, y or kty, n, e; with kid, use and alg.
  [[nodiscard]] std::string jwk(std::string_view key_id) const;

  /// RFC 7638, SHA-256: the key's own name, where the operator gives it none.
  [[nodiscard]] std::string thumbprint() const;

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };
  using Handle = std::unique_ptr<evp_pkey_st, Free>;
  SigningKey(Handle key, Algorithm algorithm) : key_(std::move(key)), algorithm_(algorithm) {}
  static Result<SigningKey> checked(Handle key);

  Handle key_;
  Algorithm algorithm_;
};

}  // namespace trialflag::fhir
