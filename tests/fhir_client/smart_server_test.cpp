#include "fhir/client/smart_server.h"

#include <catch2/catch.hpp>

#include "tests/support/smart_hospital.h"

using namespace trialflag;
using namespace trialflag::fhir;
using trialflag::testing::SmartHospital;

namespace {

const std::string kOauthUris =
    R"({"resourceType":"CapabilityStatement","fhirVersion":"4.0.1","rest":[{"mode":"client"},{"mode":"server","security":{
  "extension":[{"url":"http://other.example"},{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
  "extension":[{"url":"authorize","valueUri":"https://x.example"},{"url":"token","valueUri":"{origin}/token"}]}]}}]})";

Url url_of(const std::string& text) {
  const auto url = parse_url(text);
  REQUIRE(url);
  return *url;
}

Result<SmartServer> found(const Endpoint& endpoint) {
  const auto http = Http::create(endpoint);
  REQUIRE(http);
  return find_smart_server(**http, url_of(endpoint.base_url), endpoint, {});
}

bool usable(const std::string& token_url, const std::string& base, const std::vector<std::string>& allowed = {}) {
  return check_token_url(url_of(token_url), url_of(base), allowed).has_value();
}

}  // namespace

TEST_CASE("smart server: the token endpoint is kept byte for byte, and all else is a hint") {
  const auto server = read_smart_configuration(
      R"({"token_endpoint":"HTTPS://Auth.Example.org:443/token?tenant=1","capabilities":["client-confidential-asymmetric","permission-v2"],
          "scopes_supported":["system/*.rs",7],"token_endpoint_auth_signing_alg_values_supported":["RS384"]})");
  REQUIRE(server);
  CHECK(server->token_endpoint == "HTTPS://Auth.Example.org:443/token?tenant=1");
  CHECK(server->token_url.text() == "https://auth.example.org/token?tenant=1");
  CHECK(server->version_2);
  CHECK(server->scopes == std::vector<std::string>{"system/*.rs"});
  CHECK(server->algorithms == std::set<std::string>{"RS384"});
  CHECK_FALSE(read_smart_configuration(R"({"token_endpoint":"https://a.example/t"})")->version_2);
  for (const char* text :
       {"", "<html>", "[]", "{}", R"({"token_endpoint":7})", R"({"token_endpoint":"/token"})", R"({"token_endpoint":""})"})
    CHECK(read_smart_configuration(text).error().code == ErrorCode::malformed_data);
}

TEST_CASE("smart server: the configuration is asked for below the FHIR base with its path") {
  const SmartHospital hospital;
  const auto server = found(hospital.endpoint());
  REQUIRE(server);
  CHECK(server->token_endpoint == hospital.origin() + "/token");
  const auto requests = hospital.server().requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].target == "/fhir/.well-known/smart-configuration");
  CHECK(requests[0].header("accept") == "application/json");
  CHECK(requests[0].header("authorization").empty());
}

TEST_CASE("smart server: A12 without a configuration the capability statement's oauth-uris tell") {
  SmartHospital hospital;
  hospital.capability = kOauthUris;
  hospital.configuration = GENERATE("", "<html>a login page</html>", R"({"issuer":"x"})");
  const auto server = found(hospital.endpoint());
  REQUIRE(server);
  CHECK(server->token_endpoint == hospital.origin() + "/token");
  CHECK_FALSE(server->version_2);
}

TEST_CASE("smart server: one that tells nothing of tokens is told with the remedy") {
  SmartHospital hospital;
  hospital.configuration = "";
  const auto none = found(hospital.endpoint());
  REQUIRE_FALSE(none);
  CHECK(none.error().code == ErrorCode::invalid_config);
  CHECK(none.error().message == "the server names no token endpoint; set ehr.auth.token_url, or check ehr.base_url");
}

TEST_CASE("smart server: a token_url of the configuration stands above what the server says") {
  SmartHospital hospital;
  Endpoint endpoint = hospital.endpoint();
  endpoint.sign_in.smart.token_url = "https://Other.example/t";
  SECTION("with the server's hints") {
    const auto server = found(endpoint);
    REQUIRE(server);
    CHECK(server->token_endpoint == "https://Other.example/t");
    CHECK(server->version_2);
  }
  SECTION("when the server tells nothing") {
    hospital.configuration = "";
    CHECK(found(endpoint)->token_endpoint == "https://Other.example/t");
  }
  SECTION("and with scopes, too, nothing is asked") {
    endpoint.sign_in.smart.scopes = "system/*.rs";
    CHECK(found(endpoint)->token_endpoint == "https://Other.example/t");
    CHECK(hospital.server().requests().empty());
  }
}

TEST_CASE("smart server: A12 a token endpoint at another host, or in the clear, is refused unless its origin is allowed") {
  const std::string base = "https://ehr.example.org/fhir";
  CHECK(usable("https://ehr.example.org/token", base));
  CHECK(usable("https://ehr.example.org:8443/token", base));
  CHECK(usable("http://127.0.0.1:99/token", "http://127.0.0.1:80/fhir"));
  CHECK_FALSE(usable("http://ehr.example.org/token", base));
  CHECK_FALSE(usable("http://ehr.example.org/token", "http://ehr.example.org/fhir"));
  CHECK_FALSE(usable("https://ehr.example.org.evil.test/token", base));
  CHECK_FALSE(usable("https://evil.test/ehr.example.org", base));
  CHECK_FALSE(usable("http://127.0.0.1:99/token", base));
  CHECK(usable("https://login.example.org/token", base, {"https://login.example.org"}));
  CHECK_FALSE(usable("https://login.example.org:444/token", base, {"https://login.example.org"}));
  CHECK(usable("http://ehr.example.org/token", base, {"http://ehr.example.org"}));
  CHECK(check_token_url(url_of("https://evil.test/t?SECRET"), url_of(base), {}).error().message ==
        "the server has its tokens made at another host, https://evil.test; if that is meant, set ehr.auth.token_url or add it to "
        "ehr.allowed_origins");
}

TEST_CASE("smart server: A12 a foreign token endpoint hears nothing of us") {
  const SmartHospital thief;
  SmartHospital hospital;
  hospital.configuration = R"({"token_endpoint":")" + thief.origin() + "/token\"}";
  Endpoint endpoint = hospital.endpoint();
  endpoint.base_url = "http://localhost" + hospital.origin().substr(hospital.origin().rfind(':')) + "/fhir";
  const auto refused = found(endpoint);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::invalid_config);
  CHECK(thief.server().requests().empty());
  endpoint.allowed_origins = {thief.origin()};
  CHECK(found(endpoint));
}
