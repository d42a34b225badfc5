// Verifies a JWS by a JWK, with OpenSSL and without anything of the agent's: what a token endpoint would do.
#pragma once

#include <string>
#include <string_view>

namespace trialflag::testing {

/// The bytes of base64url without padding; empty when it is none.
std::string from_base64url(std::string_view text);

struct Jws {
  std::string header, claims;  ///< JSON
};

/// The parts of "HEADER.CLAIMS.SIGNATURE" when the signature is by that public key (JSON of a JWK, EC on P-384 or RSA); throws
/// std::runtime_error with the reason otherwise. The algorithm is the key's, whatever the header says; a header that says another is
/// refused.
Jws verified(const std::string& jws, std::string_view jwk);

}  // namespace trialflag::testing
