#include "fhir/client/token_answer.h"

#include <catch2/catch.hpp>

using namespace trialflag;
using namespace trialflag::fhir;
using namespace std::chrono_literals;

namespace {

Answer answer_of(int status, const std::string& body, const std::string& type = "application/json") {
  Answer answer;
  answer.status = status;
  answer.body = body;
  answer.content_type = type;
  return answer;
}

AccessToken token_of(const std::string& body) {
  const auto token = read_token_answer(answer_of(200, body));
  REQUIRE(token);
  CHECK(token->value == "t");
  return *token;
}

TokenRefusal refusal_of(int status, const std::string& body, const std::string& type = "application/json") {
  const auto token = read_token_answer(answer_of(status, body, type));
  REQUIRE_FALSE(token);
  return token.error();
}

}  // namespace

TEST_CASE("token answer: A04 what servers leave out, write as strings or add is taken") {
  CHECK(token_of(R"({"access_token":"t","token_type":"bearer","expires_in":570})").lifetime == 570s);
  CHECK(token_of(R"({"access_token":"t","token_type":"Bearer"})").lifetime == 300s);
  CHECK(token_of(R"({"access_token":"t","token_type":"BEARER","expires_in":"300"})").lifetime == 300s);
  CHECK(token_of(R"({"access_token":"t","expires_in":59.9,"refresh_token":"r","patient":null})").lifetime == 59s);
  CHECK(token_of(R"({"access_token":"t","expires_in":"soon"})").lifetime == 300s);
  CHECK(token_of(R"({"access_token":"t","expires_in":-5})").lifetime == 300s);
  CHECK(token_of(R"({"access_token":"t","expires_in":1e300})").lifetime == 24h);
  CHECK_FALSE(token_of(R"({"access_token":"t"})").scope);
  CHECK(token_of(R"({"access_token":"t","scope":"system/Patient.rs"})").scope == "system/Patient.rs");
  CHECK(token_of(R"({"access_token":"t","scope":["a","b"]})").scope == "a b");
}

TEST_CASE("token answer: A05 a success without a token is none") {
  using Kind = TokenRefusal::Kind;
  CHECK(refusal_of(200, "{}").message == "the token endpoint's answer holds no access token");
  CHECK(refusal_of(200, R"({"access_token":""})").kind == Kind::unclear);
  CHECK(refusal_of(200, R"({"access_token":"a\r\nX: y"})").kind == Kind::unclear);
  CHECK(refusal_of(200, R"({"access_token":"a b"})").kind == Kind::unclear);
  CHECK(refusal_of(200, R"({"access_token":"t","token_type":"mac"})").message == "the access token is not of type Bearer");
  CHECK(refusal_of(200, "<html>", "text/html").message == "the token endpoint answers with a web page");
  CHECK(refusal_of(200, "").message == "the token endpoint's answer is no JSON");
  CHECK(refusal_of(302, "").message.find("ehr.auth.token_url") != std::string::npos);
}

TEST_CASE("token answer: refusals are told apart by what is to be done, never in the server's words") {
  using Kind = TokenRefusal::Kind;
  CHECK(refusal_of(400, R"({"error":"invalid_client","error_description":"SECRET"})").kind == Kind::client);
  CHECK(refusal_of(401, R"({"error":"invalid_client"})").kind == Kind::client);
  CHECK(refusal_of(401, "Invalid token", "text/plain").kind == Kind::client);
  CHECK(refusal_of(400, R"({"error":"invalid_scope"})").kind == Kind::scope);
  CHECK(refusal_of(400, R"({"error":"unauthorized_client"})").kind == Kind::request);
  CHECK(refusal_of(400, R"({"error":"invalid_grant"})").kind == Kind::request);
  CHECK(refusal_of(400, R"({"error":"SECRET"})").kind == Kind::unclear);
  CHECK(refusal_of(400, "SECRET", "text/plain").kind == Kind::unclear);
  CHECK(refusal_of(404, "").kind == Kind::unclear);
  CHECK(refusal_of(429, "").kind == Kind::busy);
  CHECK(refusal_of(503, "").kind == Kind::busy);
  CHECK(refusal_of(400, R"({"error":"invalid_client","error_description":"SECRET"})").message ==
        "the token endpoint does not believe our signature (400 invalid_client)");
  for (const char* body : {R"({"error":"SECRET"})", "SECRET", R"({"error":"invalid_scope","error_description":"SECRET"})"})
    CHECK(refusal_of(400, body).message.find("SECRET") == std::string::npos);
}
