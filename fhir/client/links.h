// Where the links and redirects of a server's answers may lead: what is signed in must not be sent to whom the server names.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"
#include "agent/base/url.h"

namespace trialflag::fhir {

/// Link-local (the cloud's metadata service is there), unspecified, multicast, or such an address in a number's disguise, or a metadata
/// service by name: nothing that an EHR has. With or without brackets.
bool is_blocked_host(std::string_view host);

/// Where an address lies: anywhere; in a private network (RFC 1918, RFC 6598, fc00::/7); at this machine; where no EHR is.
enum class Range : std::uint8_t { open, inner, loopback, blocked };

/// Of the addresses that the system's resolver knows for the host. Blocks; empty when it knows none.
std::set<Range> ranges_of(const std::string& host);

/// Whether a server at an address of `base` may send us to one of `target` that nobody has allowed: into a private network from such a one
/// or from this machine, to this machine from itself alone, to blocked ones never.
bool may_lead(const std::set<Range>& base, const std::set<Range>& target);

/// Immutable, thread-safe. What a name resolves to is looked up here, and by the HTTP library once more when it connects: whoever rules the
/// DNS of an allowed origin can answer otherwise the second time, and a proxy resolves for itself. Against that stands TLS alone, with a
/// certificate for the name. Where the base and the allowed origins are, is the operator's choice: links to the base's own are not looked
/// up, and those to an allowed one may lead into a private network or to this machine, though never to a blocked address.
class Links {
 public:
  /// `base` without a trailing slash in its path.
  Links(Url base, std::vector<std::string> allowed_origins, bool rewrite_origin);

  /// Where a next link of `page` leads. malformed_data when it is no usable URL; invalid_config when it leaves the base's path or origin
  /// for another than the allowed ones, would turn https into http, or leads to a blocked address. With rewrite_origin a link to any
  /// other http or https origin, even one that is written wrongly, is read at the base's.
  [[nodiscard]] Result<Url> next(const Url& page, std::string_view link) const;

  /// Where a redirect of `from` leads; the same, but nothing is rewritten.
  [[nodiscard]] Result<Url> redirect(const Url& from, std::string_view location) const;

  /// Whether an absolute address is of this server: below base, or at an allowed origin. With rewrite_origin any is, for the server does
  /// not know its own.
  [[nodiscard]] bool is_ours(std::string_view address) const;

  struct Target {
    Url url;
    bool ours = false;  ///< the sign-in may go there
  };
  /// Where a link of a bulk export leads: its status, a page or file of its manifest, or where a file is redirected to. Anywhere below
  /// base's origin and the allowed ones is ours: servers keep exports beside the path of their records. With `signed_in` it must be ours
  /// (with rewrite_origin it is read at base's origin); else it may be anywhere that may_lead() allows, but not in the clear when base is
  /// not.
  [[nodiscard]] Result<Target> exported(const Url& from, std::string_view link, bool signed_in) const;

 private:
  [[nodiscard]] bool is_allowed_origin(const Url& url) const;
  [[nodiscard]] bool is_below_base(const Url& url) const;
  [[nodiscard]] Result<Url> check(Url url, bool redirected) const;
  [[nodiscard]] Result<void> check_address(const Url& url, const std::string& what) const;
  [[nodiscard]] Result<Url> at_base(std::string_view link) const;

  const Url base_;
  const std::vector<std::string> allowed_origins_;
  const bool rewrite_origin_;
};

}  // namespace trialflag::fhir
