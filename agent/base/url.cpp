#include "agent/base/url.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace trialflag {
namespace {

auto refuse(const char* problem) {
  return fail(ErrorCode::invalid_config, std::string("the URL ") + problem);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

int default_port(std::string_view scheme) {
  return scheme == "https" ? 443 : 80;
}

bool read_port(std::string_view text, int& port) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port > 0 && port < 65536;
}

/// Fills host and port from "host", "host:port" or "[::1]:port".
bool read_authority(std::string_view text, Url& url) {
  std::size_t colon = text.rfind(':');
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return false;
    if (close + 1 < text.size() && text[close + 1] != ':') return false;
    colon = close + 1 < text.size() ? close + 1 : std::string_view::npos;
  }
  url.host = lower(text.substr(0, colon));
  url.port = default_port(url.scheme);
  if (url.host.empty()) return false;
  if (!text.starts_with('[') && url.host.find_first_of(":[]\\") != std::string::npos) return false;
  return colon == std::string_view::npos || read_port(text.substr(colon + 1), url.port);
}

/// RFC 3986 5.2.4.
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> kept;
  bool folder = false;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    folder = segment == "." || segment == "..";
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (!folder) kept.push_back(segment);
  }
  std::string result;
  for (const std::string_view segment : kept) result += "/" + std::string(segment);
  if (folder || result.empty()) result += '/';
  return result;
}

void set_target(Url& url, std::string_view target) {
  const std::size_t question = target.find('?');
  url.path = target.substr(0, question);
  url.query = question == std::string_view::npos ? "" : std::string(target.substr(question + 1));
  if (!url.path.starts_with('/')) url.path.insert(0, "/");
}

}  // namespace

std::string Url::origin() const {
  std::string text = scheme + "://" + host;
  if (port != default_port(scheme)) text += ":" + std::to_string(port);
  return text;
}

std::string Url::target() const {
  return query.empty() ? path : path + "?" + query;
}

bool Url::same_origin(const Url& other) const {
  return scheme == other.scheme && host == other.host && port == other.port;
}

Result<Url> parse_url(std::string_view text) {
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) > ' ' && c != 127; });
  if (!printable) return refuse("holds a blank or a control character");
  text = text.substr(0, text.find('#'));
  const std::size_t mark = text.find("://");
  if (mark == std::string_view::npos) return refuse("is not absolute");
  Url url;
  url.scheme = lower(text.substr(0, mark));
  if (url.scheme != "http" && url.scheme != "https") return refuse("is neither http nor https");
  text.remove_prefix(mark + 3);
  const std::string_view authority = text.substr(0, text.find_first_of("/?"));
  if (authority.find('@') != std::string_view::npos) return refuse("holds a user name");
  if (!read_authority(authority, url)) return refuse("has no usable host and port");
  set_target(url, text.substr(authority.size()));
  return url;
}

Result<Url> resolve_url(const Url& base, std::string_view reference) {
  reference = reference.substr(0, reference.find('#'));
  const std::size_t colon = reference.find(':');
  if (colon != std::string_view::npos && colon < reference.find_first_of("/?")) return parse_url(reference);
  if (reference.starts_with("//")) return parse_url(base.scheme + ":" + std::string(reference));
  std::string target(reference);
  if (reference.empty()) target = base.target();
  if (reference.starts_with('?')) target = base.path + target;
  if (!target.starts_with('/')) target = base.path.substr(0, base.path.rfind('/') + 1) + target;
  auto url = parse_url(base.origin() + target);
  if (url) url->path = without_dots(url->path);
  return url;
}

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "::1" || host == "[::1]") return true;
  const bool digits = host.find_first_not_of("0123456789.") == std::string_view::npos;
  return digits && host.starts_with("127.") && std::count(host.begin(), host.end(), '.') == 3;
}

}  // namespace trialflag
