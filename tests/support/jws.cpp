#include "tests/support/jws.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <memory>
#include <stdexcept>

#include "agent/json/value.h"

namespace trialflag::testing {
namespace {

const unsigned char* bytes(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Key key_of(const char* kind, OSSL_PARAM_BLD* builder) {
  EVP_PKEY* key = nullptr;
  OSSL_PARAM* parameters = OSSL_PARAM_BLD_to_param(builder);
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr);
  EVP_PKEY_fromdata_init(context);
  EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters);
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(parameters);
  if (key == nullptr) throw std::runtime_error("no public key");
  return {key, EVP_PKEY_free};
}

Key read_key(const json::Value& jwk) {
  std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)> builder(OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
  if (jwk["kty"].string() == "EC") {
    const std::string point = "\x04" + from_base64url(jwk["x"].string()) + from_base64url(jwk["y"].string());
    if (jwk["crv"].string() != "P-384" || point.size() != 97) throw std::runtime_error("no point on P-384");
    OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-384", 0);
    OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
    return key_of("EC", builder.get());
  }
  if (jwk["kty"].string() != "RSA") throw std::runtime_error("neither EC nor RSA");
  const std::string n = from_base64url(jwk["n"].string()), e = from_base64url(jwk["e"].string());
  BIGNUM* modulus = BN_bin2bn(bytes(n), static_cast<int>(n.size()), nullptr);
  BIGNUM* exponent = BN_bin2bn(bytes(e), static_cast<int>(e.size()), nullptr);
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus);
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent);
  Key key = key_of("RSA", builder.get());
  BN_free(modulus);
  BN_free(exponent);
  return key;
}

/// ES384's two halves as the ASN.1 that OpenSSL verifies.
std::string as_asn1(const std::string& halves) {
  if (halves.size() != 96) throw std::runtime_error("an ES384 signature of " + std::to_string(halves.size()) + " bytes");
  std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature(ECDSA_SIG_new(), ECDSA_SIG_free);
  ECDSA_SIG_set0(signature.get(), BN_bin2bn(bytes(halves), 48, nullptr), BN_bin2bn(bytes(halves) + 48, 48, nullptr));
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

}  // namespace

std::string from_base64url(std::string_view text) {
  constexpr std::string_view kSigns = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string decoded;
  unsigned held = 0;
  int bits = 0;
  for (const char c : text) {
    const std::size_t value = kSigns.find(c);
    if (value == std::string_view::npos) return {};
    held = held << 6U | static_cast<unsigned>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    decoded += static_cast<char>(held >> static_cast<unsigned>(bits) & 255U);
  }
  return decoded;
}

Jws verified(const std::string& jws, std::string_view jwk) {
  json::Document document, header;
  if (!document.parse(jwk)) throw std::runtime_error("the JWK is no JSON");
  const std::size_t first = jws.find('.'), last = jws.rfind('.');
  if (first == std::string::npos || first == last) throw std::runtime_error("no three parts");
  Jws parts{from_base64url(jws.substr(0, first)), from_base64url(jws.substr(first + 1, last - first - 1))};
  const Key key = read_key(document.root());
  const bool ec = document.root()["kty"].string() == "EC";
  if (!header.parse(parts.header) || header.root()["alg"].string() != (ec ? "ES384" : "RS384"))
    throw std::runtime_error("the header names another algorithm");
  std::string signature = from_base64url(jws.substr(last + 1));
  if (ec) signature = as_asn1(signature);
  const std::string text = jws.substr(0, last);
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha384(), nullptr, key.get());
  if (EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(text), text.size()) != 1)
    throw std::runtime_error("the signature is not by that key");
  return parts;
}

}  // namespace trialflag::testing
