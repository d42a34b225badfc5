#include "fhir/client/token_answer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "agent/json/value.h"

namespace trialflag::fhir {
namespace {

using Kind = TokenRefusal::Kind;

constexpr std::chrono::seconds kUsualLifetime{300}, kLongestLifetime{24 * 3600};

auto refuse(Kind kind, const std::string& message, const Answer& answer) {
  return tl::unexpected(TokenRefusal{kind, message, answer.retry_after});
}

std::chrono::seconds lifetime_of(const json::Value& expires_in) {
  const std::string_view text = expires_in.string();  // a number or a string
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(seconds) || seconds < 1) return kUsualLifetime;
  return std::chrono::seconds(static_cast<std::int64_t>(std::min(seconds, static_cast<double>(kLongestLifetime.count()))));
}

std::optional<std::string> scope_of(const json::Value& scope) {
  if (scope.is(json::Value::Type::string)) return std::string(scope.string());
  if (!scope.is(json::Value::Type::array)) return std::nullopt;
  std::string joined;
  for (const json::Value& each : scope.array()) joined.append(joined.empty() ? "" : " ").append(each.string());
  return joined;
}

bool is_bearer(std::string_view type) {
  constexpr std::string_view kBearer = "bearer";
  return std::equal(type.begin(), type.end(), kBearer.begin(), kBearer.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b; });
}

/// What may stand in a header after "Bearer ".
bool can_be_sent(std::string_view token) {
  return !token.empty() && std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 127; });
}

/// OAuth's name for the error, empty when it is none of them.
std::string_view known_error(std::string_view error) {
  constexpr std::array<std::string_view, 8> kKnown = {"invalid_client",          "invalid_scope",       "invalid_grant",
                                                      "invalid_request",         "unauthorized_client", "unsupported_grant_type",
                                                      "invalid_client_metadata", "access_denied"};
  const auto found = std::find(kKnown.begin(), kKnown.end(), error);
  return found == kKnown.end() ? std::string_view() : *found;
}

tl::expected<AccessToken, TokenRefusal> read_success(const Answer& answer) {
  json::Document document;
  if (!document.parse(answer.body)) {
    const bool page = answer.content_type == "text/html";
    return refuse(Kind::unclear, page ? "the token endpoint answers with a web page" : "the token endpoint's answer is no JSON", answer);
  }
  const json::Value& root = document.root();
  const std::string_view token = root["access_token"].string();
  if (!can_be_sent(token)) return refuse(Kind::unclear, "the token endpoint's answer holds no access token", answer);
  if (const json::Value& type = root["token_type"]; type.exists() && !is_bearer(type.string()))
    return refuse(Kind::unclear, "the access token is not of type Bearer", answer);
  return AccessToken{std::string(token), lifetime_of(root["expires_in"]), scope_of(root["scope"])};
}

}  // namespace

tl::expected<AccessToken, TokenRefusal> read_token_answer(const Answer& answer) {
  const int status = answer.status;
  const std::string number = std::to_string(status);
  if (status >= 200 && status < 300) return read_success(answer);
  if (status >= 300 && status < 400)
    return refuse(Kind::unclear, "the token endpoint redirects (" + number + "); set ehr.auth.token_url to where tokens are had", answer);
  if (status == 408 || status == 425 || status == 429 || status >= 500)
    return refuse(Kind::busy, "the token endpoint answers " + number, answer);
  json::Document document;
  const std::string error(document.parse(answer.body) ? known_error(document.root()["error"].string()) : std::string_view());
  const std::string told = " (" + number + (error.empty() ? "" : " " + error) + ")";
  if (error == "invalid_client" || (error.empty() && status == 401))
    return refuse(Kind::client, "the token endpoint does not believe our signature" + told, answer);
  if (error == "invalid_scope") return refuse(Kind::scope, "the token endpoint refuses the scopes" + told, answer);
  if (!error.empty()) return refuse(Kind::request, "the token endpoint refuses us" + told, answer);
  return refuse(Kind::unclear, "the token endpoint refuses us without saying why" + told, answer);
}

}  // namespace trialflag::fhir
