// URLs, links and proxies: any bytes are taken, what is read as a URL reads the same when written again, and no link leaves its origin.
// Lines: a base, a link of its page.
#include "agent/base/url.h"
#include "fhir/client/links.h"
#include "fhir/client/proxy.h"
#include "fhir/client/self_link.h"
#include "tests/fuzz/target.h"

using namespace trialflag;
using fuzz::require;

namespace {

void survives(const Url& url) {
  require(!url.host.empty() && url.path.starts_with('/'), "a URL has a host and a path");
  require(url.port > 0 && url.port < 65536, "a URL has a port");
  const auto again = parse_url(url.text());
  require(again && again->text() == url.text() && again->same_origin(url), "a URL survives being written");
  static_cast<void>(is_loopback(url.host));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::string_view link = fuzz::text_of(bytes, size);
  const auto base = parse_url(fuzz::take_line(link));
  static_cast<void>(is_loopback(link));
  if (!base) return 0;
  survives(*base);
  if (const auto target = resolve_url(*base, link)) survives(*target);
  for (const bool rewrites : {false, true}) {
    const auto followed = fhir::Links(*base, {}, rewrites).next(*base, link);
    require(!followed || followed->same_origin(*base), "a link never leaves the base's origin");
  }
  static_cast<void>(fhir::is_blocked_host(link));
  static_cast<void>(fhir::not_applied({{"patient", "p1"}}, link));
  const std::string value(link);
  const auto proxies = fhir::proxies_of([&](const char*) { return value.c_str(); });
  if (proxies) static_cast<void>(proxies->find(*base));
  return 0;
}
