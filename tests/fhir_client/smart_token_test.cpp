#include "fhir/client/smart_token.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <latch>
#include <thread>

#include "agent/json/value.h"
#include "tests/support/smart_hospital.h"

using namespace trialflag;
using namespace trialflag::fhir;
using trialflag::testing::HttpResponse;
using trialflag::testing::SmartHospital;

namespace {

/// A token of that hospital, and a clock that is set by hand for both.
struct Rig {
  Rig() : clock(SystemClock().now()) {}

  SmartToken& token() {
    if (made) return *made;
    const Endpoint endpoint = change ? change(hospital.endpoint()) : hospital.endpoint();
    auto client = Http::create(endpoint);
    REQUIRE(client);
    http = std::move(*client);
    made = std::make_unique<SmartToken>(endpoint, *parse_url(endpoint.base_url), *http, clock);
    return *made;
  }
  Result<std::string> header() { return token().header({}); }
  void pass(int seconds) {
    clock.set({clock.now().ms + 1000LL * seconds});
    hospital.ahead_s += seconds;
  }
  void check_refused(ErrorCode code, const std::string& message) {
    const auto got = header();
    REQUIRE_FALSE(got);
    CHECK(got.error().code == code);
    CHECK(got.error().message == "sign-in: " + message);
  }

  SmartHospital hospital;
  FixedClock clock;
  std::function<Endpoint(Endpoint)> change;
  std::unique_ptr<Http> http;
  std::unique_ptr<SmartToken> made;
};

const std::string kAskWhy =
    "; is the public key (trialflag keys jwks) registered for ehr.auth.client_id under its key id, and is the machine's clock right?";

}  // namespace

TEST_CASE("smart token: is had once and kept while it is good") {
  Rig rig;
  CHECK(rig.header() == "Bearer token-1");
  CHECK(rig.header() == "Bearer token-1");
  rig.pass(269);
  CHECK(rig.header() == "Bearer token-1");
  CHECK(rig.hospital.token_requests() == 1);
  rig.pass(2);  // 30 s before its end
  CHECK(rig.header() == "Bearer token-2");
  CHECK(rig.hospital.server().count("GET /fhir/.well-known/smart-configuration") == 1);
  CHECK(rig.hospital.scopes_asked().front() == "system/Patient.rs system/Condition.rs system/Consent.rs");
}

TEST_CASE("smart token: is renewed a tenth of its life before its end, or half of it when it is short") {
  Rig rig;
  SECTION("an hour") {
    rig.hospital.lifetime = 3600;
    CHECK(rig.header() == "Bearer token-1");
    rig.pass(3239);
    CHECK(rig.header() == "Bearer token-1");
    rig.pass(2);
    CHECK(rig.header() == "Bearer token-2");
  }
  SECTION("twenty seconds") {
    rig.hospital.lifetime = 20;
    CHECK(rig.header() == "Bearer token-1");
    rig.pass(9);
    CHECK(rig.header() == "Bearer token-1");
    rig.pass(2);
    CHECK(rig.header() == "Bearer token-2");
  }
}

TEST_CASE("smart token: A01 a clock that is two minutes off does not keep us out") {
  Rig rig;
  rig.hospital.ahead_s = GENERATE(120, -120, 600, -600);
  CHECK(rig.header());
  const int attempts = rig.hospital.token_requests();
  CHECK(attempts <= 2);
  rig.pass(280);
  CHECK(rig.header());
  CHECK(rig.hospital.token_requests() == attempts + 1);  // by now the server's clock is known
}

TEST_CASE("smart token: a server that takes only assertions of a minute, as Keycloak does, is signed in to, and costs one refusal") {
  Rig rig;
  rig.hospital.longest_life = 60;
  CHECK(rig.header() == "Bearer token-1");
  CHECK(rig.hospital.token_requests() == 2);
  rig.pass(280);
  CHECK(rig.header() == "Bearer token-2");
  CHECK(rig.hospital.token_requests() == 3);
}

TEST_CASE("smart token: A02 no assertion is used twice") {
  Rig rig;
  rig.hospital.on_token = [](int number, const std::string&) {
    return number % 2 == 1 ? std::optional(HttpResponse{400, R"({"error":"invalid_client"})"}) : std::nullopt;
  };
  for (int i = 0; i < 5; ++i) {
    CHECK(rig.header());
    rig.pass(280);
  }
  CHECK(rig.hospital.token_requests() == 10);
  CHECK(rig.hospital.problems().empty());  // the server refuses a replay
  CHECK(rig.hospital.claims().size() == 10);
}

TEST_CASE("smart token: A03 a key that is not registered is told at once, and asked with ever more seldom") {
  Rig rig;
  rig.hospital.forget_key();
  const std::string told = "the token endpoint does not believe our signature (400 invalid_client)" + kAskWhy;
  rig.check_refused(ErrorCode::unauthorized, told);
  CHECK(rig.hospital.token_requests() == 2);  // one more with another jti
  for (int i = 0; i < 100; ++i) rig.check_refused(ErrorCode::unauthorized, told);
  CHECK(rig.hospital.token_requests() == 2);
  rig.pass(31);
  rig.check_refused(ErrorCode::unauthorized, told);
  CHECK(rig.hospital.token_requests() == 4);
  rig.pass(31);
  rig.check_refused(ErrorCode::unauthorized, told);
  CHECK(rig.hospital.token_requests() == 4);
  for (int minute = 0; minute < 60; ++minute) {
    rig.pass(60);
    rig.check_refused(ErrorCode::unauthorized, told);
  }
  CHECK(rig.hospital.token_requests() <= 32);
  rig.hospital.register_key();
  rig.pass(301);
  CHECK(rig.header());
}

TEST_CASE("smart token: A03 an algorithm that the server does not list is named as a reason") {
  Rig rig;
  rig.hospital.configuration = R"({"token_endpoint":"{origin}/token","token_endpoint_auth_signing_alg_values_supported":["RS384"]})";
  rig.hospital.forget_key();
  rig.check_refused(
      ErrorCode::unauthorized,
      "the token endpoint does not believe our signature (400 invalid_client), and does not list ES384 among the signatures it takes" +
          kAskWhy);
}

TEST_CASE("smart token: A05 an answer without a token fails, and is not asked for again at once") {
  Rig rig;
  HttpResponse answer{200, "{}"};
  std::string told = "the token endpoint's answer holds no access token";
  SECTION("a success without a token") {}
  SECTION("a web page") {
    answer = {200, "<html>SECRET</html>", "text/html"};
    told = "the token endpoint answers with a web page";
  }
  SECTION("plain words") {
    answer = {400, "SECRET", "text/plain"};
    told = "the token endpoint refuses us without saying why (400)";
  }
  rig.hospital.on_token = [&](int, const std::string&) { return answer; };
  told += "; check ehr.auth.token_url and ehr.base_url";
  for (int i = 0; i < 10; ++i) rig.check_refused(ErrorCode::unauthorized, told);
  CHECK(rig.hospital.token_requests() == 1);
}

TEST_CASE("smart token: A06 granted scopes are known by type") {
  Rig rig;
  std::string scope = R"(,"scope":"system/Patient.rs system/Condition.rs")";
  SECTION("of a subset") {}
  SECTION("in another version and order") {
    scope = R"(,"scope":"system/Condition.read openid system/Patient.read")";
  }
  rig.hospital.on_token = [&](int, const std::string&) { return HttpResponse{200, R"({"access_token":"t")" + scope + "}"}; };
  CHECK(rig.token().grant("Condition", Access::search, {}) == Grant::whole);
  CHECK(rig.token().grant("Consent", Access::search, {}) == Grant::none);
  CHECK(rig.hospital.token_requests() == 1);
}

TEST_CASE("smart token: A06 an answer that does not say what it grants grants what was asked") {
  Rig rig;
  rig.hospital.on_token = [](int, const std::string&) { return HttpResponse{200, R"({"access_token":"t"})"}; };
  CHECK(rig.token().grant("Consent", Access::search, {}) == Grant::whole);
  CHECK(rig.token().grant("Encounter", Access::search, {}) == Grant::none);
}

TEST_CASE("smart token: A06 when the scopes are refused as a whole, those that the server lists are asked for") {
  Rig rig;
  rig.hospital.configuration =
      R"({"token_endpoint":"{origin}/token","capabilities":["permission-v2"],"scopes_supported":["system/Condition.rs"]})";
  rig.hospital.on_token = [](int, const std::string& scope) {
    return scope != "system/Condition.rs" ? std::optional(HttpResponse{400, R"({"error":"invalid_scope"})"}) : std::nullopt;
  };
  CHECK(rig.token().grant("Condition", Access::search, {}) == Grant::whole);
  CHECK(rig.token().grant("Consent", Access::search, {}) == Grant::none);
  CHECK(rig.hospital.token_requests() == 2);
  rig.pass(280);
  CHECK(rig.header());
  CHECK(rig.hospital.token_requests() == 3);  // what it takes is remembered
}

TEST_CASE("smart token: A06 when that does not help, each scope is tried by itself") {
  Rig rig;
  rig.hospital.on_token = [](int, const std::string& scope) {
    return scope.find("Consent") != std::string::npos ? std::optional(HttpResponse{400, R"({"error":"invalid_scope"})"}) : std::nullopt;
  };
  CHECK(rig.token().grant("Patient", Access::search, {}) == Grant::whole);
  CHECK(rig.token().grant("Condition", Access::search, {}) == Grant::whole);
  CHECK(rig.token().grant("Consent", Access::search, {}) == Grant::none);
  CHECK(rig.hospital.scopes_asked().back() == "system/Patient.rs system/Condition.rs");
  CHECK(rig.hospital.token_requests() == 5);
  rig.pass(280);
  CHECK(rig.header());
  CHECK(rig.hospital.token_requests() == 6);
}

TEST_CASE("smart token: A06 when no scope is taken a person is told") {
  Rig rig;
  rig.hospital.on_token = [](int, const std::string&) { return HttpResponse{400, R"({"error":"invalid_scope"})"}; };
  rig.check_refused(ErrorCode::unauthorized,
                    "the token endpoint refuses each scope by itself; ask the EHR's administrator which scopes the client has, or set "
                    "ehr.auth.scopes");
  CHECK(rig.hospital.token_requests() == 4);
  CHECK_FALSE(rig.header());
  CHECK(rig.hospital.token_requests() == 4);
}

TEST_CASE("smart token: A06 scopes of the configuration are asked as they are written") {
  Rig rig;
  rig.change = [](Endpoint endpoint) {
    endpoint.sign_in.smart.scopes = "system/*.read  system/Observation.rs?category=laboratory";
    return endpoint;
  };
  CHECK(rig.header());
  CHECK(rig.hospital.scopes_asked().front() == "system/*.read system/Observation.rs?category=laboratory");
}

TEST_CASE("smart token: A08 a token that is refused is replaced once, and another only after a minute") {
  Rig rig;
  const std::string first = *rig.header();
  CHECK(rig.token().worth_another(first));
  const std::string second = *rig.header();
  CHECK(second == "Bearer token-2");
  CHECK(rig.token().worth_another(first));  // somebody who still had the first
  CHECK_FALSE(rig.token().worth_another(second));
  CHECK(rig.header() == second);
  rig.pass(61);
  CHECK(rig.token().worth_another(second));
  const std::string third = *rig.header();
  rig.token().accepted(third);
  CHECK(rig.token().worth_another(third));
}

TEST_CASE("smart token: A10 a bare refusal after it has worked passes, and a good token serves meanwhile") {
  Rig rig;
  CHECK(rig.header() == "Bearer token-1");
  bool flaky = true;
  rig.hospital.on_token = [&](int, const std::string&) {
    return flaky ? std::optional(HttpResponse{400, "", "text/plain"}) : std::nullopt;
  };
  rig.pass(275);
  for (int i = 0; i < 10; ++i) CHECK(rig.header() == "Bearer token-1");
  CHECK(rig.hospital.token_requests() == 2);
  rig.pass(30);
  rig.check_refused(ErrorCode::unavailable, "the token endpoint refuses us without saying why (400)");
  flaky = false;
  CHECK(rig.header());
}

TEST_CASE("smart token: a busy token endpoint is left alone for as long as it asks") {
  Rig rig;
  rig.hospital.on_token = [](int number, const std::string&) {
    return number == 1 ? std::optional(HttpResponse{429, "", "text/plain", {{"Retry-After", "20"}}}) : std::nullopt;
  };
  for (int i = 0; i < 5; ++i) rig.check_refused(ErrorCode::unavailable, "the token endpoint answers 429");
  CHECK(rig.hospital.token_requests() == 1);
  rig.pass(21);
  CHECK(rig.header());
}

TEST_CASE("smart token: A11 twenty threads that see its end together make one token request") {
  Rig rig;
  CHECK(rig.header());
  rig.hospital.on_token = [](int, const std::string&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    return std::optional<HttpResponse>();
  };
  rig.pass(400);
  std::latch together(20);
  std::vector<std::string> headers(20);
  {
    std::vector<std::jthread> threads;
    for (std::string& header : headers)
      threads.emplace_back([&] {
        together.arrive_and_wait();
        header = rig.header().value_or("");
      });
  }
  CHECK(headers == std::vector<std::string>(20, "Bearer token-2"));
  CHECK(rig.hospital.token_requests() == 2);
}

TEST_CASE("smart token: A11 threads that wait for one token request share its failure") {
  Rig rig;
  rig.hospital.on_token = [](int, const std::string&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    return HttpResponse{503, ""};
  };
  std::latch together(20);
  std::atomic<int> refused = 0;
  rig.token();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 20; ++i)
      threads.emplace_back([&] {
        together.arrive_and_wait();
        const auto got = rig.header();
        refused += !got && got.error().code == ErrorCode::unavailable ? 1 : 0;
      });
  }
  CHECK(refused == 20);
  CHECK(rig.hospital.token_requests() <= 2);
}

TEST_CASE("smart token: a stop ends the wait for it") {
  Rig rig;
  rig.hospital.on_token = [](int, const std::string&) {
    std::this_thread::sleep_for(std::chrono::seconds(2));
    return std::optional<HttpResponse>();
  };
  std::stop_source source;
  rig.token();
  std::vector<std::jthread> threads;
  std::atomic<int> stopped = 0;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      const auto got = rig.token().header(source.get_token());
      stopped += !got && got.error().code == ErrorCode::internal ? 1 : 0;
    });
  while (rig.hospital.token_requests() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  source.request_stop();
  threads.clear();
  CHECK(stopped == 3);
}

TEST_CASE("smart token: a key file that cannot be used is told, and is read anew once it is mended") {
  Rig rig;
  const std::string file = rig.hospital.folder.path() + "/key.pem";
  REQUIRE(chmod(file.c_str(), 0644) == 0);
  rig.check_refused(ErrorCode::unauthorized,
                    "the key file may be read by others than its owner; chmod 600 it (and chown it to the agent's user)");
  CHECK(rig.hospital.token_requests() == 0);
  REQUIRE(chmod(file.c_str(), 0600) == 0);
  rig.pass(31);
  CHECK(rig.header());
}

TEST_CASE("smart token: a key of another algorithm than the configuration's is told") {
  Rig rig;
  rig.change = [](Endpoint endpoint) {
    endpoint.sign_in.smart.algorithm = "RS384";
    return endpoint;
  };
  CHECK(rig.header().error().message.find("holds a key for ES384, not for ehr.auth.algorithm") != std::string::npos);
}

TEST_CASE("smart token: no message holds the assertion, the token or the server's words") {
  Rig rig;
  CHECK(rig.header());
  const std::string assertion = trialflag::testing::read_form(rig.hospital.server().requests().back().body)["client_assertion"];
  REQUIRE(assertion.size() > 100);
  for (const HttpResponse& answer :
       {HttpResponse{400, R"({"error":"invalid_client","error_description":"SECRET"})"}, HttpResponse{500, "SECRET"},
        HttpResponse{400, R"({"error":"invalid_scope","error_description":"SECRET"})"}, HttpResponse{200, "SECRET"},
        HttpResponse{302, "SECRET", "text/plain", {{"Location", "https://SECRET.example"}}}}) {
    rig.hospital.on_token = [&](int, const std::string&) { return answer; };
    rig.pass(400);
    const auto got = rig.header();
    REQUIRE_FALSE(got);
    CHECK(got.error().message.find("SECRET") == std::string::npos);
    CHECK(got.error().message.find("token-") == std::string::npos);
    CHECK(got.error().message.find("eyJ") == std::string::npos);
    CHECK(got.error().message.find("trialflag/") == std::string::npos);
  }
}
