// What a token endpoint's answer means (RFC 6749 5.1 and 5.2, read with tolerance for what servers really send).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "fhir/client/http.h"

namespace trialflag::fhir {

struct AccessToken {
  std::string value;              ///< printable, without blanks
  std::chrono::seconds lifetime;  ///< expires_in; 300 s when it is missing or no sound number
  std::optional<std::string> scope;
};

/// Why there is no token. The texts are ours, save OAuth's own names of errors: never the server's words.
struct TokenRefusal {
  enum class Kind {
    client,   ///< who we are was not believed: invalid_client, or a bare 401
    scope,    ///< invalid_scope
    request,  ///< any other error that OAuth has a name for: a person must act
    unclear,  ///< a bare 4xx, a web page, a 200 without a token: some servers answer so in passing
    busy,     ///< 408, 425, 429, 5xx, no connection, no answer in time: later
    ours,     ///< nothing was asked: the key file or the token endpoint's address cannot be used; the text has the remedy
    stopped,
  };
  Kind kind = Kind::unclear;
  std::string message;
  std::optional<std::chrono::milliseconds> retry_after;
};

tl::expected<AccessToken, TokenRefusal> read_token_answer(const Answer& answer);

}  // namespace trialflag::fhir
