// Where a FHIR server's access tokens are had, as the server itself tells it (SMART App Launch 2, "Conformance").
#pragma once

#include <chrono>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"
#include "agent/base/url.h"
#include "fhir/client/endpoint.h"
#include "fhir/client/http.h"

namespace trialflag::fhir {

/// Of one exchange with the authorization server.
constexpr std::chrono::milliseconds kLongestExchange{30000};

/// Servers rarely tell more than the token endpoint truthfully, so the rest is taken for hints.
struct SmartServer {
  std::string token_endpoint;  ///< byte for byte as told: what assertions are made out to
  Url token_url;
  bool version_2 = false;  ///< scopes of version 2
  std::vector<std::string> scopes;
  std::set<std::string> algorithms;
};

/// The text of .well-known/smart-configuration, or of a CapabilityStatement with the oauth-uris extension. malformed_data when it is
/// neither, names no token endpoint or one that is no URL.
Result<SmartServer> read_smart_configuration(std::string_view text);
Result<SmartServer> read_oauth_uris(std::string_view text);

/// invalid_config unless the endpoint is https (or http on this machine) at base_url's host, or at one of `allowed_origins`. The server's
/// word alone must not lead the agent elsewhere.
Result<void> check_token_url(const Url& token_url, const Url& base, const std::vector<std::string>& allowed_origins);

/// Asks {base}/.well-known/smart-configuration, then {base}/metadata, unsigned. A configured token_url stands above what the server says.
/// unavailable or timeout when the server does not answer, invalid_config when it tells no token endpoint that may be used.
Result<SmartServer> find_smart_server(Http& http, const Url& base, const Endpoint& endpoint, const std::stop_token& stop);

}  // namespace trialflag::fhir
