#include "fhir/client/links.h"

#include <arpa/inet.h>
#include <netdb.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <utility>

#include "fhir/client/headers.h"

namespace trialflag::fhir {
namespace {

Range range_of_v4(std::uint32_t address) {
  const std::uint32_t first = address >> 24;
  const bool link_local = (address >> 16) == 0xA9FE;                             // 169.254.0.0/16
  const bool cloud = address == 0x646464C8;                                      // 100.100.100.200
  if (first == 0 || link_local || cloud || first >= 224) return Range::blocked;  // 224 and above: multicast, reserved, broadcast
  if (first == 127) return Range::loopback;
  const bool shared = (address >> 22) == (0x64400000U >> 22);                               // 100.64.0.0/10
  const bool inner = first == 10 || (address >> 20) == 0xAC1 || (address >> 16) == 0xC0A8;  // 172.16.0.0/12, 192.168.0.0/16
  return shared || inner ? Range::inner : Range::open;
}

Range range_of_v6(const in6_addr& address) {
  const auto& bytes = address.s6_addr;
  if (IN6_IS_ADDR_LOOPBACK(&address)) return Range::loopback;
  if (IN6_IS_ADDR_V4MAPPED(&address) || IN6_IS_ADDR_V4COMPAT(&address)) {
    std::uint32_t v4 = 0;
    std::memcpy(&v4, bytes + 12, sizeof v4);
    return range_of_v4(ntohl(v4));
  }
  in6_addr metadata{};
  inet_pton(AF_INET6, "fd00:ec2::254", &metadata);
  const bool blocked = IN6_IS_ADDR_UNSPECIFIED(&address) || IN6_IS_ADDR_LINKLOCAL(&address) || IN6_IS_ADDR_MULTICAST(&address) ||
                       std::memcmp(&address, &metadata, sizeof metadata) == 0;
  if (blocked) return Range::blocked;
  return (bytes[0] & 0xFE) == 0xFC || IN6_IS_ADDR_SITELOCAL(&address) ? Range::inner : Range::open;  // fc00::/7
}

Range range_of(const sockaddr& address) {
  if (address.sa_family == AF_INET) return range_of_v4(ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr));
  return address.sa_family == AF_INET6 ? range_of_v6(reinterpret_cast<const sockaddr_in6&>(address).sin6_addr) : Range::open;
}

std::string without_brackets(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  while (host.ends_with('.')) host.remove_suffix(1);
  return std::string(host);
}

/// Whether a segment means "one up" to any server, however often it decodes what it is sent.
bool climbs(std::string path) {
  constexpr int kMostDecodings = 8;
  int decodings = 0;
  for (std::string decoded = percent_decode(path); decoded != path; decoded = percent_decode(path)) {
    if (++decodings > kMostDecodings) return true;  // nobody means well by that
    path = decoded;
  }
  std::replace(path.begin(), path.end(), '\\', '/');
  return (path + "/").find("/../") != std::string::npos;
}

Error no_ehr_there(const std::string& what) {
  return {ErrorCode::invalid_config, what + " to an address that no EHR has (link-local or metadata)"};
}

}  // namespace

bool is_blocked_host(std::string_view host) {
  const std::string name = without_brackets(host);
  for (const char* metadata : {"metadata", "metadata.google.internal", "instance-data"})
    if (name == metadata) return true;
  in6_addr v6{};
  if (inet_pton(AF_INET6, name.substr(0, name.find('%')).c_str(), &v6) == 1) return range_of_v6(v6) == Range::blocked;
  in_addr v4{};
  // inet_aton knows the disguises that resolvers accept: 2852039166, 0xa9fea9fe, 169.16689662, 0251.0376.0251.0376.
  return inet_aton(name.c_str(), &v4) == 1 && range_of_v4(ntohl(v4.s_addr)) == Range::blocked;
}

std::set<Range> ranges_of(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(without_brackets(host).c_str(), nullptr, &hints, &found) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, freeaddrinfo);
  std::set<Range> ranges;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) ranges.insert(range_of(*at->ai_addr));
  return ranges;
}

bool may_lead(const std::set<Range>& base, const std::set<Range>& target) {
  if (target.contains(Range::blocked)) return false;
  if (target.contains(Range::loopback) && !base.contains(Range::loopback)) return false;
  return !target.contains(Range::inner) || base.contains(Range::inner) || base.contains(Range::loopback);
}

Links::Links(Url base, std::vector<std::string> allowed_origins, bool rewrite_origin)
    : base_(std::move(base)), allowed_origins_(std::move(allowed_origins)), rewrite_origin_(rewrite_origin) {}

bool Links::is_allowed_origin(const Url& url) const {
  return std::find(allowed_origins_.begin(), allowed_origins_.end(), url.origin()) != allowed_origins_.end();
}

bool Links::is_below_base(const Url& url) const {
  if (climbs(url.path)) return false;
  const std::string folder = base_.path + "/";
  return url.path == base_.path || url.path.starts_with(folder) || (base_.path.empty() && url.path == "/");
}

/// Of another origin than the base. One that is allowed may be where it will, as the base may: that is the operator's word.
Result<void> Links::check_address(const Url& url, const std::string& what) const {
  const auto target = ranges_of(url.host);
  if (target.contains(Range::blocked)) return tl::unexpected(no_ehr_there(what));
  const bool open = target.empty() || (target.size() == 1 && target.contains(Range::open));
  if (open || is_allowed_origin(url) || may_lead(ranges_of(base_.host), target)) return {};
  return fail(ErrorCode::invalid_config, what + " to a private or loopback address, and ehr.base_url is at none; if that is meant, add " +
                                             url.origin() + " to ehr.allowed_origins");
}

bool Links::is_ours(std::string_view address) const {
  const auto url = parse_url(address);
  return url && (rewrite_origin_ || is_allowed_origin(*url) || (url->same_origin(base_) && is_below_base(*url)));
}

Result<Url> Links::check(Url url, bool redirected) const {
  const std::string what = redirected ? "the server redirects" : "a next link leads";
  const std::string mend_base = "; set ehr.base_url to where the records are";
  const std::string allow = "if that is meant, add it to ehr.allowed_origins";
  if (url.same_origin(base_)) {
    if (is_below_base(url)) return url;
    return fail(ErrorCode::invalid_config, what + " out of the path of ehr.base_url" + mend_base);
  }
  if (is_blocked_host(url.host)) return tl::unexpected(no_ehr_there(what));
  if (base_.secure() && !url.secure()) return fail(ErrorCode::invalid_config, what + " from https to plain http" + mend_base);
  if (!is_allowed_origin(url)) {
    const std::string mend = redirected ? mend_base + "; " + allow : "; " + allow + " or set ehr.rewrite_link_origin";
    return fail(ErrorCode::invalid_config, what + " to another origin" + mend);
  }
  if (auto reachable = check_address(url, what); !reachable) return tl::unexpected(reachable.error());
  return url;
}

/// Path and query of an absolute http(s) link or of one that begins with "//", whatever stands for its host.
Result<Url> Links::at_base(std::string_view link) const {
  const std::size_t mark = link.find("//");
  const std::string_view scheme = link.substr(0, std::min(mark, link.size()));
  const bool web = scheme.empty() || scheme == "http:" || scheme == "https:";
  if (mark == std::string_view::npos || !web) return fail(ErrorCode::malformed_data, "a next link is no usable URL");
  link.remove_prefix(mark + 2);
  const std::size_t path = link.find_first_of("/?#");
  auto url = resolve_url(base_, path == std::string_view::npos ? "/" : link.substr(path));
  if (!url) return fail(ErrorCode::malformed_data, "a next link is no usable URL");
  return check(std::move(*url), false);
}

Result<Url> Links::next(const Url& page, std::string_view link) const {
  auto url = resolve_url(page, link);
  if (rewrite_origin_ && (!url || (!url->same_origin(base_) && !is_allowed_origin(*url)))) return at_base(link);
  if (!url) return fail(ErrorCode::malformed_data, "a next link is no usable URL");
  return check(std::move(*url), false);
}

Result<Links::Target> Links::exported(const Url& from, std::string_view link, bool signed_in) const {
  auto url = resolve_url(from, link);
  if (!url || link.empty()) return fail(ErrorCode::malformed_data, "a link of the export is no usable URL");
  if (url->same_origin(base_)) return Target{std::move(*url), true};
  const bool ours = is_allowed_origin(*url);
  if (signed_in && !ours && rewrite_origin_) {
    Url moved = base_;
    moved.path = url->path;
    moved.query = url->query;
    return Target{std::move(moved), true};
  }
  const std::string what = "a link of the export leads";
  if (is_blocked_host(url->host)) return tl::unexpected(no_ehr_there(what));
  if (auto reachable = check_address(*url, what); !reachable) return tl::unexpected(reachable.error());
  if (base_.secure() && !url->secure()) return fail(ErrorCode::invalid_config, "a link of the export leads from https to plain http");
  if (signed_in && !ours)
    return fail(ErrorCode::invalid_config,
                "a link of the export wants our sign-in at another origin; if that is meant, add it to ehr.allowed_origins or set "
                "ehr.rewrite_link_origin");
  return Target{std::move(*url), ours};
}

Result<Url> Links::redirect(const Url& from, std::string_view location) const {
  auto url = resolve_url(from, location);
  if (!url || location.empty()) return fail(ErrorCode::malformed_data, "the server redirects to nowhere");
  return check(std::move(*url), true);
}

}  // namespace trialflag::fhir
