// The HTTP proxy of a hospital's network, named as everywhere: HTTPS_PROXY, HTTP_PROXY, NO_PROXY.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"
#include "agent/base/url.h"

namespace trialflag::fhir {

/// A proxy that is spoken to over plain HTTP; https goes through it in a tunnel that it cannot read.
struct Proxy {
  std::string host;
  int port = 0;
  std::string user, password;  ///< both may be empty

  [[nodiscard]] std::string address() const { return "http://" + host + ":" + std::to_string(port); }
};

struct Proxies {
  std::optional<Proxy> for_http, for_https;
  std::vector<std::string> except;  ///< hosts, ".domain", "host:port", or "*"; lower case

  /// The proxy through which a URL is reached; nullptr: none. Never one for this machine itself.
  [[nodiscard]] const Proxy* find(const Url& url) const;
};

/// Reads a variable of the environment; nullptr when it is not set.
using Environment = std::function<const char*(const char* name)>;

/// The lower-case name of each variable comes before the upper-case one; an empty one counts as not set. invalid_config, naming the
/// variable and never its value, when it is no http:// address.
Result<Proxies> proxies_of(const Environment& environment);

/// Those of this process.
Result<Proxies> proxies_of_environment();

}  // namespace trialflag::fhir
