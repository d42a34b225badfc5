// Absolute http and https URLs as the agent must compare them: by their parts, never by their beginnings.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/result.h"

namespace trialflag {

/// Parts of an absolute http(s) URL. Host in lower case, port always set, path begins with "/" (may be just that).
struct Url {
  std::string scheme, host;
  int port = 0;
  std::string path, query;  ///< as written, still percent-encoded; query without "?"

  /// "https://ehr.example.org" or "http://127.0.0.1:8080": without the scheme's own port.
  [[nodiscard]] std::string origin() const;
  /// Path and query, as a request line has them.
  [[nodiscard]] std::string target() const;
  [[nodiscard]] std::string text() const { return origin() + target(); }
  [[nodiscard]] bool secure() const { return scheme == "https"; }
  [[nodiscard]] bool same_origin(const Url& other) const;
};

/// invalid_config for anything but absolute http(s) without user and password in it; a fragment is dropped. The message does not repeat
/// the URL: it may hold a secret.
Result<Url> parse_url(std::string_view text);

/// `reference` as a link of a page at `base`: absolute, "//host/…", "/path", "?query" or a relative path (RFC 3986 5.2).
Result<Url> resolve_url(const Url& base, std::string_view reference);

/// "localhost", 127.0.0.0/8 or ::1 (with or without brackets).
bool is_loopback(std::string_view host);

}  // namespace trialflag
