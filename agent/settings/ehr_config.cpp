#include "agent/settings/ehr_config.h"

#include <algorithm>
#include <cctype>

#include "agent/base/url.h"
#include "agent/settings/config_parts.h"

namespace trialflag::settings {
namespace {

/// A key that has no meaning with this kind of sign-in is a mistake worth telling.
void refuse_beside(MapReader& map, const std::string& kind, const std::string& wanted, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    map.node(key);
    if (kind != wanted && map.has(key)) map.flaw(key, "belongs to kind " + wanted, "remove it or set kind: " + wanted);
  }
}

/// What stands in a header of JSON or in a form must be plain to look at, too.
void check_printable(MapReader& map, std::string_view key, const std::string& text) {
  const bool printable = std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= ' ' && c < 127; });
  if (!printable || text.size() > 256) map.flaw(key, "is no identifier", "use up to 256 letters, digits and signs of ASCII");
}

/// RFC 6749 3.3: visible ASCII without quotes and backslashes; blanks between.
void check_scopes(MapReader& map, const std::string& scopes) {
  const bool sound =
      std::all_of(scopes.begin(), scopes.end(), [](unsigned char c) { return c >= ' ' && c < 127 && c != '"' && c != '\\'; });
  if (!sound)
    map.flaw("scopes", "holds what no scope has", "write scopes with blanks between, such as system/Patient.rs system/Condition.rs");
}

void check_token_url(MapReader& map, const std::string& text, bool allow_insecure) {
  check_url(map, "token_url", text, true);
  const auto url = parse_url(text);
  if (url && !url->secure() && !is_loopback(url->host) && !allow_insecure)
    map.flaw("token_url", "is plain http to another machine", "use https, or set ehr.allow_insecure: true");
}

void read_smart(MapReader& map, AuthConfig& auth, bool allow_insecure, Reading& reading) {
  auth.client_id = map.required_text("client_id");
  check_printable(map, "client_id", auth.client_id);
  if (map.required_text("key_file").empty()) return;
  auth.secret_file = read_secret_file(map, "key_file", reading);
  auth.key_id = map.text("key_id");
  check_printable(map, "key_id", auth.key_id);
  auth.algorithm = map.choice("algorithm", {"ES384", "RS384"}, "");
  auth.token_url = map.text("token_url");
  check_token_url(map, auth.token_url, allow_insecure);
  auth.scopes = map.text("scopes");
  check_scopes(map, auth.scopes);
}

AuthConfig read_auth(const YamlNode& node, bool allow_insecure, Reading& reading) {
  MapReader map(node, "ehr.auth", reading.flaws);
  AuthConfig auth;
  const std::string kind = map.choice("kind", {"none", "basic", "bearer", "smart_backend"}, "none");
  refuse_beside(map, kind, "basic", {"user", "password_file"});
  refuse_beside(map, kind, "bearer", {"token_file"});
  refuse_beside(map, kind, "smart_backend", {"client_id", "key_file", "key_id", "algorithm", "token_url", "scopes"});
  if (kind == "basic") {
    auth.kind = AuthConfig::Kind::basic;
    auth.user = map.required_text("user");
    if (map.required_text("password_file").empty()) return auth;
    auth.secret_file = read_secret_file(map, "password_file", reading);
  }
  if (kind == "bearer") {
    auth.kind = AuthConfig::Kind::bearer;
    if (map.required_text("token_file").empty()) return auth;
    auth.secret_file = read_secret_file(map, "token_file", reading);
  }
  if (kind == "smart_backend") {
    auth.kind = AuthConfig::Kind::smart_backend;
    auth.secret_line = map.node("key_file").line();
    read_smart(map, auth, allow_insecure, reading);
  }
  return auth;
}

void read_tls(const YamlNode& node, EhrConfig& ehr, Reading& reading) {
  MapReader map(node, "ehr.tls", reading.flaws);
  ehr.ca_file = read_certificates(map, "ca_file", reading);
  ehr.client_cert_file = read_certificates(map, "client_cert_file", reading);
  ehr.client_key_file = read_secret_file(map, "client_key_file", reading);
  if (ehr.client_cert_file.empty() == ehr.client_key_file.empty()) return;
  map.flaw(ehr.client_key_file.empty() ? "client_cert_file" : "client_key_file", "stands alone",
           "set client_cert_file and client_key_file together");
}

RosterConfig read_roster(const YamlNode& node, Reading& reading) {
  MapReader map(node, "ehr.roster", reading.flaws);
  RosterConfig roster;
  const std::string kind = map.choice("kind", {"all", "group", "file"}, "all");
  refuse_beside(map, kind, "group", {"group"});
  refuse_beside(map, kind, "file", {"file"});
  if (kind == "group") {
    roster.kind = RosterConfig::Kind::group;
    roster.group = map.required_text("group");
    if (roster.group.starts_with("Group/")) roster.group.erase(0, 6);
    check_id(map, "group", roster.group);
  }
  if (kind == "file") {
    roster.kind = RosterConfig::Kind::file;
    if (map.required_text("file").empty()) return roster;
    roster.file = read_path(map, "file", reading);
  }
  return roster;
}

BulkConfig read_bulk(const YamlNode& node, Reading& reading) {
  MapReader map(node, "ehr.bulk", reading.flaws);
  BulkConfig bulk;
  const std::string use = map.choice("use", {"auto", "never", "always"}, "auto");
  if (use == "never") bulk.use = BulkConfig::Use::never;
  if (use == "always") bulk.use = BulkConfig::Use::always;
  bulk.group = map.text("group");
  if (bulk.group.starts_with("Group/")) bulk.group.erase(0, 6);
  const auto of_id = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '.'; };
  const bool usable = bulk.group.size() <= 64 && std::all_of(bulk.group.begin(), bulk.group.end(), of_id);
  if (map.has("group") && (bulk.group.empty() || !usable)) map.flaw("group", "is no id of a Group", "write Group/ID or ID");
  return bulk;
}

std::string without_trailing_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

/// `true` alone is for an EHR, or a reverse proxy before the agent, on the same machine.
SubscribeConfig read_subscribe_map(const YamlNode& node, Reading& reading) {
  SubscribeConfig subscribe;
  MapReader map(node, "ehr.subscribe", reading.flaws);
  const bool allow_insecure = map.boolean("allow_insecure", false);
  subscribe.listen = map.text("listen", subscribe.listen);
  check_listen(map, "listen", subscribe.listen, "127.0.0.1:9465", allow_insecure);
  subscribe.url = without_trailing_slash(map.text("url"));
  check_url(map, "url", subscribe.url, allow_insecure);
  if (subscribe.url.find_first_of("?#") != std::string::npos) map.flaw("url", "holds a query", "write the address up to the path");
  subscribe.at_most_every = map.duration("at_most_every", subscribe.at_most_every);
  if (subscribe.at_most_every.count() == 0) map.flaw("at_most_every", "is zero", "write 10s or so");
  if (subscribe.url.empty()) subscribe.url = "http://" + subscribe.listen;
  return subscribe;
}

std::optional<SubscribeConfig> read_subscribe(MapReader& ehr, Reading& reading) {
  const YamlNode& node = ehr.node("subscribe");
  if (!node.is_map() && !ehr.boolean("subscribe", false)) return std::nullopt;
  static const YamlNode kNothing;
  return read_subscribe_map(node.is_map() ? node : kNothing, reading);
}

/// The sign-in is sent to them as to base_url, so what holds for its scheme holds for theirs.
void read_origins(MapReader& map, EhrConfig& ehr) {
  const bool allow_insecure = map.boolean("allow_insecure", false);
  for (const std::string& text : map.texts("allowed_origins")) {
    const auto url = parse_url(text);
    if (!url || url->target() != "/") {
      map.flaw("allowed_origins", "holds what is no origin", "write https://host or https://host:port");
      continue;
    }
    check_url(map, "allowed_origins", text, allow_insecure);
    ehr.allowed_origins.push_back(url->origin());
  }
}

}  // namespace

KeyConfig read_key(const YamlNode& node, Reading& reading) {
  MapReader map(node, "ehr.auth", reading.flaws);
  KeyConfig key;
  key.file = read_path(map, "key_file", reading);
  key.id = map.text("key_id");
  key.algorithm = map.choice("algorithm", {"ES384", "RS384"}, "");
  map.ignore_rest();
  return key;
}

EhrConfig read_ehr(const YamlNode& node, Reading& reading) {
  EhrConfig ehr;
  MapReader map(node, "ehr", reading.flaws);
  ehr.base_url = without_trailing_slash(map.required_text("base_url"));
  const bool allow_insecure = map.boolean("allow_insecure", false);
  check_url(map, "base_url", ehr.base_url, allow_insecure);
  if (ehr.base_url.find_first_of("?#") != std::string::npos) map.flaw("base_url", "holds a query", "write the address up to the base path");
  ehr.auth = read_auth(map.node("auth"), allow_insecure, reading);
  read_tls(map.node("tls"), ehr, reading);
  ehr.roster = read_roster(map.node("roster"), reading);
  ehr.max_connections = static_cast<int>(map.integer("max_connections", ehr.max_connections, 1, 64));
  ehr.requests_per_minute = static_cast<int>(map.integer("requests_per_minute", ehr.requests_per_minute, 0, 1000000));
  ehr.quiet_hours = read_quiet_hours(map);
  ehr.page_size = static_cast<int>(map.integer("page_size", ehr.page_size, 1, 10000));
  ehr.request_timeout = map.duration("request_timeout", ehr.request_timeout);
  if (ehr.request_timeout.count() == 0) map.flaw("request_timeout", "is zero", "write 60s or so");
  ehr.retry_for = map.duration("retry_for", ehr.retry_for);
  ehr.stale_after = map.duration("stale_after", ehr.stale_after);
  ehr.overlap = map.duration("overlap", ehr.overlap);
  ehr.max_page_bytes = map.size("max_page_bytes", ehr.max_page_bytes);
  if (ehr.max_page_bytes < 1024) map.flaw("max_page_bytes", "is below 1KiB", "write 64MiB or so");
  read_origins(map, ehr);
  ehr.rewrite_link_origin = map.boolean("rewrite_link_origin", false);
  ehr.reports = map.choice("reports", {"auto", "never"}, "auto") == "auto";
  ehr.bulk = read_bulk(map.node("bulk"), reading);
  ehr.subscribe = read_subscribe(map, reading);
  return ehr;
}

}  // namespace trialflag::settings
