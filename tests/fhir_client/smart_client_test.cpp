// The client signed in by SMART Backend Services: what a search or a read makes of tokens that end, are refused or do not grant.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <thread>

#include "tests/fhir_client/searching.h"
#include "tests/support/smart_hospital.h"

using namespace trialflag;
using namespace trialflag::fhir;
using trialflag::testing::client_of;
using trialflag::testing::HttpRequest;
using trialflag::testing::HttpResponse;
using trialflag::testing::SmartHospital;
using namespace std::chrono_literals;

namespace {

Result<SearchEnd> search(Client& client, const std::string& type = "Condition") {
  return client.search(type, {}, [](const Found&) -> Result<void> { return {}; });
}

/// Page `number` of three.
HttpResponse page(int number) {
  const std::string next = number < 3 ? R"("link":[{"relation":"next","url":"Condition?page=)" + std::to_string(number + 1) + "\"}]," : "";
  return {200,
          R"({"resourceType":"Bundle","type":"searchset",)" + next + R"("entry":[{"resource":{"resourceType":"Condition","id":"c)" +
              std::to_string(number) + "\"}}]}",
          "application/fhir+json"};
}

int number_of(const HttpRequest& request) {
  const std::size_t at = request.target.find("page=");
  return at == std::string::npos ? 1 : std::stoi(request.target.substr(at + 5));
}

}  // namespace

TEST_CASE("smart client: signs in before the first request, the capability statement's included") {
  const SmartHospital hospital;
  const auto client = client_of(hospital.endpoint());
  REQUIRE(client->capability());
  CHECK(search(*client));
  CHECK(hospital.token_requests() == 1);
  const auto requests = hospital.server().requests();
  CHECK(requests.back().header("authorization") == "Bearer token-1");
}

TEST_CASE("smart client: Epic is told the client's id on every request, another server is not") {
  SmartHospital hospital;
  const auto told = [&] {
    const auto requests = hospital.server().requests();
    return requests.back().header("epic-client-id");
  };
  const auto client = client_of(hospital.endpoint());
  hospital.capability = R"({"resourceType":"CapabilityStatement","fhirVersion":"4.0.1","software":{"name":"Epicure"}})";
  REQUIRE(client->capability());
  CHECK(search(*client));
  CHECK(told().empty());
  hospital.capability = R"({"resourceType":"CapabilityStatement","fhirVersion":"4.0.1","software":{"name":"Epic"}})";
  REQUIRE(client->capability());
  CHECK(search(*client));
  CHECK(told() == "trialflag");
}

TEST_CASE("smart client: A06 a type that is not granted is not asked for, and the rest is") {
  SmartHospital hospital;
  hospital.on_token = [](int, const std::string& scope) {
    return scope.find("Consent") != std::string::npos ? std::optional(HttpResponse{400, R"({"error":"invalid_scope"})"}) : std::nullopt;
  };
  const auto client = client_of(hospital.endpoint());
  CHECK(search(*client));
  const std::string told = "the access token does not grant it; ask the EHR's administrator for the scope system/Consent.rs";
  const auto refused = search(*client, "Consent");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::unauthorized);
  CHECK(refused.error().message == "Consent: " + told);
  CHECK(client->read("Consent", "c1").error().message == "Consent: " + told);
  CHECK(client->deleted_since("Consent", Instant{0}).error().message == "Consent history: " + told);
  CHECK(hospital.server().count("GET /fhir/Consent") == 0);
}

TEST_CASE("smart client: A06 a type that is granted in part is not whole") {
  SmartHospital hospital;
  Endpoint endpoint = hospital.endpoint();
  endpoint.sign_in.smart.scopes = "system/Condition.rs?category=problem-list-item system/Patient.rs";
  const auto client = client_of(endpoint);
  const auto end = search(*client);
  REQUIRE(end);
  CHECK_FALSE(end->whole);
  CHECK(end->shortfall == "the access token grants only a part of the records");
  CHECK(end->granted_in_part);
  CHECK(search(*client, "Patient")->whole);
}

TEST_CASE("smart client: A07 a token that ends in the middle of a search is renewed, and the same page asked for again") {
  SmartHospital hospital;
  hospital.on_records = [&](const HttpRequest& request) {
    if (number_of(request) == 1) hospital.revoke();
    return page(number_of(request));
  };
  const auto client = client_of(hospital.endpoint());
  const auto end = search(*client);
  REQUIRE(end);
  CHECK(end->found == 3);
  CHECK(end->pages == 3);
  CHECK(hospital.token_requests() == 2);
  CHECK(hospital.server().count("GET /fhir/Condition?page=2") == 2);
}

TEST_CASE("smart client: A07 a token server that refuses the renewal says nothing of what the token granted") {
  SmartHospital hospital;
  hospital.on_token = [](int number, const std::string&) {
    return number > 1 ? std::optional(HttpResponse{401, R"({"error":"invalid_client"})"}) : std::nullopt;
  };
  hospital.on_records = [&](const HttpRequest& request) {
    hospital.revoke();
    return page(number_of(request));
  };
  const auto client = client_of(hospital.endpoint());
  for (const char* type : {"Condition", "Patient"}) {
    const auto refused = search(*client, type);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::signed_out);
  }
}

TEST_CASE("smart client: A08 a server that refuses every token is asked twice, then each type once") {
  SmartHospital hospital;
  hospital.on_records = [](const HttpRequest&) { return HttpResponse{401, "", "text/plain"}; };
  const auto client = client_of(hospital.endpoint());
  const auto refused = search(*client);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::unauthorized);
  CHECK(refused.error().message == "Condition: the server refuses us (401); check ehr.auth and what the account may read");
  CHECK(hospital.token_requests() == 2);
  CHECK(hospital.server().count("GET /fhir/Condition") == 2);
  for (int i = 0; i < 10; ++i) CHECK_FALSE(search(*client, "Patient"));
  CHECK(hospital.token_requests() == 2);
  CHECK(hospital.server().count("GET /fhir/Patient") == 10);
}

TEST_CASE("smart client: A09 a token that ends during a long body does not cut it off") {
  SmartHospital hospital;
  hospital.lifetime = 2;
  hospital.on_records = [](const HttpRequest& request) {
    HttpResponse answer = page(number_of(request));
    if (number_of(request) == 1) answer.pause = 2500ms;
    return answer;
  };
  const auto client = client_of(hospital.endpoint());
  const auto end = search(*client);
  REQUIRE(end);
  CHECK(end->found == 3);
  CHECK(hospital.server().count("GET /fhir/Condition") == 3);
  CHECK(hospital.tokens().size() == 2);
}

TEST_CASE("smart client: A10 a renewal that is refused in passing is tried again within the budget") {
  SmartHospital hospital;
  hospital.on_token = [](int number, const std::string&) {
    return number == 2 || number == 3 ? std::optional(HttpResponse{400, "", "text/plain"}) : std::nullopt;
  };
  const auto client = client_of(hospital.endpoint());
  CHECK(search(*client));
  hospital.revoke();
  CHECK(search(*client));
  CHECK(hospital.token_requests() == 4);
}

TEST_CASE("smart client: a token endpoint that cannot be reached is retried, then told") {
  SmartHospital hospital;
  hospital.configuration = R"({"token_endpoint":"http://127.0.0.1:1/token"})";
  Endpoint endpoint = hospital.endpoint();
  endpoint.retry_for = 600ms;
  const auto refused = search(*client_of(endpoint));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::unavailable);
  CHECK(refused.error().message == "Condition: sign-in: the token endpoint: no connection, or it broke off");
}

TEST_CASE("smart client: the token endpoint is trusted only through an authority, like the records") {
  const TemporaryFolder folder;
  const std::string key = folder.path() + "/key.pem", certificate = folder.path() + "/cert.pem";
  REQUIRE(
      std::system(("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout " +
                   key + " -out " + certificate + " 2>/dev/null")
                      .c_str()) == 0);
  const SmartHospital hospital(certificate, key);
  Endpoint endpoint = hospital.endpoint();
  endpoint.retry_for = 0ms;
  const auto refused = search(*client_of(endpoint));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::unavailable);
  CHECK(hospital.token_requests() == 0);
  endpoint.ca_file = certificate;
  CHECK(search(*client_of(endpoint)));
  CHECK(hospital.claims().size() == 1);
}
