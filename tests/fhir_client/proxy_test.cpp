#include "fhir/client/proxy.h"

#include <map>

#include "tests/fhir_client/searching.h"
#include "tests/support/scripted_server.h"

using namespace trialflag;
using namespace trialflag::fhir;
using namespace trialflag::testing;

namespace {

Result<Proxies> proxies_in(const std::map<std::string, std::string>& variables) {
  return proxies_of([&](const char* name) -> const char* {
    const auto at = variables.find(name);
    return at == variables.end() ? nullptr : at->second.c_str();
  });
}

std::string address_for(const Proxies& proxies, const std::string& url) {
  const Proxy* proxy = proxies.find(*parse_url(url));
  return proxy == nullptr ? "" : proxy->address();
}

}  // namespace

TEST_CASE("proxy: the variables are read in either case, the small one first") {
  const auto proxies = proxies_in({{"HTTPS_PROXY", "http://large:3128"}, {"https_proxy", "small:3128"}, {"HTTP_PROXY", "http://plain/"}});
  REQUIRE(proxies);
  CHECK(address_for(*proxies, "https://ehr.example/fhir") == "http://small:3128");
  CHECK(address_for(*proxies, "http://ehr.example/fhir") == "http://plain:80");
  CHECK(address_for(*proxies_in({{"https_proxy", ""}, {"HTTPS_PROXY", "http://large:1"}}), "https://ehr.example/") == "http://large:1");
  CHECK(address_for(*proxies_in({}), "https://ehr.example/").empty());
}

TEST_CASE("proxy: NO_PROXY excepts hosts, domains and ports, and this machine is always excepted") {
  const auto proxies =
      proxies_in({{"HTTPS_PROXY", "http://p:1"}, {"NO_PROXY", "ehr.example, .inside.test,*.star.test,10.0.0.5,port.test:8443"}});
  REQUIRE(proxies);
  for (const char* url :
       {"https://ehr.example/", "https://EHR.example/", "https://a.ehr.example/", "https://x.inside.test/", "https://a.star.test/",
        "https://10.0.0.5/", "https://port.test:8443/", "https://localhost/", "https://127.0.0.1:9/", "https://[::1]/"}) {
    INFO(url);
    CHECK(address_for(*proxies, url).empty());
  }
  for (const char* url : {"https://notehr.example/", "https://10.0.0.50/", "https://port.test/"}) {
    INFO(url);
    CHECK_FALSE(address_for(*proxies, url).empty());
  }
  CHECK(address_for(*proxies_in({{"HTTPS_PROXY", "http://p:1"}, {"no_proxy", "*"}}), "https://ehr.example/").empty());
}

TEST_CASE("proxy: its sign-in is decoded, and an address that cannot be used is told without its value") {
  const auto proxies = proxies_in({{"HTTP_PROXY", "http://agent:p%40ss:w@proxy.test:3128"}});
  REQUIRE(proxies);
  REQUIRE(proxies->for_http);
  CHECK(proxies->for_http->user == "agent");
  CHECK(proxies->for_http->password == "p@ss:w");
  for (const char* bad : {"socks5://agent:secret@p:1", "https://agent:secret@p:1", "http://agent:secret@p:port", "http://"}) {
    const auto refused = proxies_in({{"HTTPS_PROXY", bad}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::invalid_config);
    CHECK(refused.error().message == "the environment variable HTTPS_PROXY names no usable proxy; write http://host:port");
  }
}

TEST_CASE("proxy: a plain server is asked through it, with the proxy's own sign-in") {
  const ScriptedServer proxy([](const Asked& asked) -> Said {
    if (!asked.has("Proxy-Authorization: Basic YWdlbnQ6cHc=")) return {answer(407, "")};
    return {answer(200, searchset({condition("c1")}))};
  });
  Endpoint endpoint = endpoint_at("http://ehr.test:8080/fhir");
  endpoint.proxies.for_http = Proxy{"127.0.0.1", proxy.port(), "agent", "pw"};
  CHECK(collect(endpoint).ids == Ids{"c1"});
  CHECK(proxy.targets() == Ids{"http://ehr.test:8080/fhir/Condition?_count=2"});
}

TEST_CASE("proxy: one that falls silent does not hold a call beyond its deadline") {
  const ScriptedServer proxy([](const Asked&) { return Said{"", Said::Then::silence}; });
  Endpoint endpoint = endpoint_at("https://ehr.test/fhir");
  endpoint.proxies.for_https = Proxy{"127.0.0.1", proxy.port(), "", ""};
  endpoint.request_timeout = std::chrono::milliseconds(300);
  endpoint.retry_for = std::chrono::milliseconds(0);
  const auto began = std::chrono::steady_clock::now();
  check_fails(collect(endpoint), ErrorCode::timeout, "no whole answer in time");
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(20));
  CHECK(proxy.targets() == Ids{"ehr.test:443"});
}
