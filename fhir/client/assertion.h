// The signed assertion by which the agent shows a token endpoint who it is (RFC 7523, as SMART Backend Services narrows it).
#pragma once

#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/base/time.h"
#include "fhir/client/signing_key.h"

namespace trialflag::fhir {

struct Assertion {
  std::string client_id;  ///< iss and sub
  std::string audience;   ///< the token endpoint, byte for byte as it was told
  std::string key_id;     ///< kid
  Instant expires;        ///< in whole seconds, rounded down
  std::string id;         ///< jti: never used twice
};

/// The JWT: header alg, kid, typ; claims iss, sub, aud, exp, jti and no other. Neither iat nor nbf: servers whose clock is behind ours by a
/// second have refused them.
Result<std::string> signed_assertion(const Assertion& assertion, const SigningKey& key);

/// A UUID of version 4 from OpenSSL's random numbers.
Result<std::string> fresh_id();

/// RFC 4648 5, without padding.
std::string base64url(std::string_view bytes);

/// As a JSON string, with its quotes.
std::string json_string(std::string_view text);

}  // namespace trialflag::fhir
