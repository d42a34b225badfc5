#include "fhir/client/smart_server.h"

#include <algorithm>

#include "agent/json/value.h"
#include "fhir/client/scopes.h"

namespace trialflag::fhir {
namespace {

constexpr std::string_view kOauthUris = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris";

Result<void> take_endpoint(std::string_view text, SmartServer& server) {
  if (text.empty()) return fail(ErrorCode::malformed_data, "the server names no token endpoint");
  auto url = parse_url(text);
  if (!url) return fail(ErrorCode::malformed_data, "the server's token endpoint is no URL");
  server.token_endpoint = text;
  server.token_url = std::move(*url);
  return {};
}

std::vector<std::string> strings_of(const json::Value& list) {
  std::vector<std::string> strings;
  for (const json::Value& each : list.array())
    if (each.is(json::Value::Type::string)) strings.emplace_back(each.string());
  return strings;
}

const json::Value& extension_of(const json::Value& holder, std::string_view url) {
  static const json::Value kNone;
  for (const json::Value& extension : holder["extension"].array())
    if (extension["url"].string() == url) return extension;
  return kNone;
}

using ReadServer = Result<SmartServer> (*)(std::string_view);

/// What the server tells at one place. malformed_data: nothing there.
Result<SmartServer> ask_at(Http& http, Url url, const std::string& path, const char* accept, ReadServer read, const std::stop_token& stop,
                           std::chrono::milliseconds timeout) {
  url.path = (url.path == "/" ? "" : url.path) + "/" + path;
  const auto answer = http.get(url, {{"Accept", accept}, {"Cache-Control", "no-cache"}}, timeout, stop);
  if (!answer) return tl::unexpected(answer.error());
  const int status = answer->status;
  if (status == 408 || status == 425 || status == 429 || status >= 500)
    return fail(ErrorCode::unavailable, "the server answers " + std::to_string(status));
  if (status != 200) return fail(ErrorCode::malformed_data, "the server has none");
  return read(answer->body);
}

bool passing(const Error& error) {
  return error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout || error.code == ErrorCode::internal;
}

/// The first of the two places that tells.
Result<SmartServer> ask_server(Http& http, const Url& base, const Endpoint& endpoint, const std::stop_token& stop) {
  const auto timeout = std::min(endpoint.request_timeout, kLongestExchange);
  auto told = ask_at(http, base, ".well-known/smart-configuration", "application/json", read_smart_configuration, stop, timeout);
  if (told || told.error().code == ErrorCode::internal) return told;
  auto stated = ask_at(http, base, "metadata", "application/fhir+json", read_oauth_uris, stop, timeout);
  if (stated || passing(stated.error())) return stated;
  return passing(told.error()) ? told : stated;
}

}  // namespace

Result<SmartServer> read_smart_configuration(std::string_view text) {
  json::Document document;
  if (!document.parse(text)) return fail(ErrorCode::malformed_data, "the SMART configuration is no sound JSON");
  const json::Value& root = document.root();
  SmartServer server;
  if (auto taken = take_endpoint(root["token_endpoint"].string(), server); !taken) return tl::unexpected(taken.error());
  for (const std::string& capability : strings_of(root["capabilities"]))
    server.version_2 = server.version_2 || capability == "permission-v2";
  server.scopes = strings_of(root["scopes_supported"]);
  for (std::string& name : strings_of(root["token_endpoint_auth_signing_alg_values_supported"])) server.algorithms.insert(std::move(name));
  return server;
}

Result<SmartServer> read_oauth_uris(std::string_view text) {
  json::Document document;
  if (!document.parse(text) || document.root()["resourceType"].string() != "CapabilityStatement")
    return fail(ErrorCode::malformed_data, "the answer is no CapabilityStatement");
  for (const json::Value& rest : document.root()["rest"].array()) {
    if (rest["mode"].string() != "server") continue;
    const json::Value& token = extension_of(extension_of(rest["security"], kOauthUris), "token");
    SmartServer server;
    if (auto taken = take_endpoint(token["valueUri"].string(), server); !taken) return tl::unexpected(taken.error());
    return server;
  }
  return fail(ErrorCode::malformed_data, "the server names no token endpoint");
}

Result<void> check_token_url(const Url& token_url, const Url& base, const std::vector<std::string>& allowed_origins) {
  const std::string origin = token_url.origin();
  if (std::find(allowed_origins.begin(), allowed_origins.end(), origin) != allowed_origins.end()) return {};
  if (token_url.host != base.host)
    return fail(ErrorCode::invalid_config, "the server has its tokens made at another host, " + origin +
                                               "; if that is meant, set ehr.auth.token_url or add it to ehr.allowed_origins");
  if (!token_url.secure() && !is_loopback(token_url.host))
    return fail(ErrorCode::invalid_config,
                "the server's token endpoint is plain http; have it made https, or add " + origin + " to ehr.allowed_origins");
  return {};
}

Result<SmartServer> find_smart_server(Http& http, const Url& base, const Endpoint& endpoint, const std::stop_token& stop) {
  const SmartClient& client = endpoint.sign_in.smart;
  SmartServer configured;
  if (!client.token_url.empty()) {
    if (!take_endpoint(client.token_url, configured)) return fail(ErrorCode::invalid_config, "ehr.auth.token_url cannot be used");
    if (!client.scopes.empty()) return configured;
  }
  auto told = ask_server(http, base, endpoint, stop);
  if (!client.token_url.empty()) {
    if (!told && passing(told.error())) return told;
    SmartServer server = told ? std::move(*told) : SmartServer();
    server.token_endpoint = configured.token_endpoint;
    server.token_url = configured.token_url;
    return server;
  }
  if (!told && !passing(told.error()))
    return fail(ErrorCode::invalid_config, told.error().message + "; set ehr.auth.token_url, or check ehr.base_url");
  if (!told) return told;
  if (auto usable = check_token_url(told->token_url, base, endpoint.allowed_origins); !usable) return tl::unexpected(usable.error());
  return told;
}

}  // namespace trialflag::fhir
