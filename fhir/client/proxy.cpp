#include "fhir/client/proxy.h"

#include <algorithm>
#include <cstdlib>

#include "fhir/client/headers.h"

namespace trialflag::fhir {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

/// "http://user:password@host:port", scheme and sign-in optional.
std::optional<Proxy> read_proxy(std::string_view text) {
  const std::size_t mark = text.find("://");
  if (mark != std::string_view::npos && lower(text.substr(0, mark)) != "http") return std::nullopt;
  if (mark != std::string_view::npos) text.remove_prefix(mark + 3);
  text = text.substr(0, text.find_first_of("/?#"));
  Proxy proxy;
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    const std::string_view sign_in = text.substr(0, at);
    const std::size_t colon = sign_in.find(':');
    proxy.user = percent_decode(sign_in.substr(0, colon));
    if (colon != std::string_view::npos) proxy.password = percent_decode(sign_in.substr(colon + 1));
    text.remove_prefix(at + 1);
  }
  const auto url = parse_url("http://" + std::string(text));
  if (!url) return std::nullopt;
  proxy.host = url->host;
  proxy.port = url->port;
  return proxy;
}

std::string_view value_of(const Environment& environment, const char* small, const char* large) {
  for (const char* name : {small, large}) {
    const char* value = environment(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return {};
}

Result<std::optional<Proxy>> named_by(const Environment& environment, const char* small, const char* large) {
  const std::string_view value = value_of(environment, small, large);
  if (value.empty()) return std::nullopt;
  auto proxy = read_proxy(value);
  if (proxy) return proxy;
  return fail(ErrorCode::invalid_config,
              std::string("the environment variable ") + large + " names no usable proxy; write http://host:port");
}

std::vector<std::string> read_exceptions(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find_first_of(", "), list.size());
    if (end > 0) names.push_back(lower(list.substr(0, end)));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return names;
}

/// "example.org" and ".example.org" are that host and every one below it; "*.example.org" is written for the same.
bool excepts(std::string_view name, const Url& url) {
  if (name == "*" || name == url.host + ":" + std::to_string(url.port)) return true;
  if (name.starts_with('*')) name.remove_prefix(1);
  if (name.starts_with('.')) name.remove_prefix(1);
  return !name.empty() && (url.host == name || url.host.ends_with("." + std::string(name)));
}

}  // namespace

const Proxy* Proxies::find(const Url& url) const {
  const auto& proxy = url.secure() ? for_https : for_http;
  if (!proxy || is_loopback(url.host)) return nullptr;
  if (std::any_of(except.begin(), except.end(), [&](const std::string& name) { return excepts(name, url); })) return nullptr;
  return &*proxy;
}

Result<Proxies> proxies_of(const Environment& environment) {
  Proxies proxies;
  auto for_http = named_by(environment, "http_proxy", "HTTP_PROXY");
  if (!for_http) return tl::unexpected(for_http.error());
  auto for_https = named_by(environment, "https_proxy", "HTTPS_PROXY");
  if (!for_https) return tl::unexpected(for_https.error());
  proxies.for_http = std::move(*for_http);
  proxies.for_https = std::move(*for_https);
  proxies.except = read_exceptions(value_of(environment, "no_proxy", "NO_PROXY"));
  return proxies;
}

Result<Proxies> proxies_of_environment() {
  return proxies_of([](const char* name) -> const char* { return std::getenv(name); });
}

}  // namespace trialflag::fhir
