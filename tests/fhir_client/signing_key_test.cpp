#include "fhir/client/signing_key.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "agent/json/value.h"
#include "fhir/client/assertion.h"
#include "tests/support/jws.h"
#include "tests/support/temporary_folder.h"

using namespace trialflag;
using namespace trialflag::fhir;
using trialflag::testing::verified;

namespace {

SigningKey made(Algorithm algorithm) {
  auto key = SigningKey::make(algorithm);
  REQUIRE(key);
  return std::move(*key);
}

std::string openssl(const TemporaryFolder& folder, const std::string& arguments) {
  const std::string file = folder.path() + "/made.pem";
  REQUIRE(std::system(("openssl " + arguments + " -out " + file + " 2>/dev/null").c_str()) == 0);
  REQUIRE(chmod(file.c_str(), 0600) == 0);
  return file;
}

std::string told(const std::filesystem::path& file) {
  const auto key = SigningKey::read(file);
  REQUIRE_FALSE(key);
  CHECK(key.error().code == ErrorCode::unauthorized);
  return key.error().message;
}

std::string text_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("signing key: what it signs, another implementation verifies by the JWK that it shows") {
  const Algorithm algorithm = GENERATE(Algorithm::es384, Algorithm::rs384);
  const SigningKey key = made(algorithm);
  CHECK(key.algorithm() == algorithm);
  const std::string other = made(algorithm).jwk("k1");
  for (int i = 0; i < 20; ++i) {
    const auto jwt =
        signed_assertion({"client \"1\"", "https://ehr.example.org/token", "k1", Instant{1795374000999}, "id" + std::to_string(i)}, key);
    REQUIRE(jwt);
    const auto parts = verified(*jwt, key.jwk("k1"));
    CHECK(parts.header == R"({"alg":")" + std::string(name_of(algorithm)) + R"(","kid":"k1","typ":"JWT"})");
    CHECK(parts.claims == R"({"iss":"client \"1\"","sub":"client \"1\"","aud":"https://ehr.example.org/token","exp":1795374000,"jti":"id)" +
                              std::to_string(i) + "\"}");
    CHECK_THROWS(verified(*jwt, other));
  }
}

TEST_CASE("signing key: a signature of ES384 is 96 bytes, whatever its numbers are") {
  const SigningKey key = made(Algorithm::es384);
  for (int i = 0; i < 600; ++i) {
    const auto signature = key.sign("text " + std::to_string(i));
    REQUIRE(signature);
    REQUIRE(signature->size() == 96);
  }
}

TEST_CASE("signing key: the JWK holds the public half and nothing else") {
  json::Document document;
  SECTION("EC") {
    const SigningKey key = made(Algorithm::es384);
    const std::string jwk = key.jwk("kid \\1");
    REQUIRE(document.parse(jwk));
    const json::Value& root = document.root();
    CHECK(root.members().size() == 7);
    CHECK(root["kty"].string() == "EC");
    CHECK(root["crv"].string() == "P-384");
    CHECK(root["x"].string().size() == 64);
    CHECK(root["y"].string().size() == 64);
    CHECK(root["kid"].string() == "kid \\1");
    CHECK(root["use"].string() == "sig");
    CHECK(root["alg"].string() == "ES384");
  }
  SECTION("RSA") {
    const std::string jwk = made(Algorithm::rs384).jwk("k");
    REQUIRE(document.parse(jwk));
    const json::Value& root = document.root();
    CHECK(root.members().size() == 6);
    CHECK(root["kty"].string() == "RSA");
    CHECK(root["e"].string() == "AQAB");
    CHECK(root["n"].string().size() == 512);
    CHECK(root["alg"].string() == "RS384");
  }
}

TEST_CASE("signing key: its file is its owner's alone, is never overwritten, and reads back as the same key") {
  const Algorithm algorithm = GENERATE(Algorithm::es384, Algorithm::rs384);
  const TemporaryFolder folder;
  const std::string file = folder.path() + "/key.pem";
  const SigningKey key = made(algorithm);
  const mode_t before = umask(0);
  REQUIRE(key.write(file));
  umask(before);
  struct stat status {};
  REQUIRE(stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
  CHECK(text_of(file).starts_with("-----BEGIN PRIVATE KEY-----\n"));
  const auto again = SigningKey::read(file);
  REQUIRE(again);
  CHECK(again->jwk("k") == key.jwk("k"));
  CHECK(again->thumbprint() == key.thumbprint());

  const std::string text = text_of(file);
  const auto refused = made(Algorithm::es384).write(file);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::invalid_config);
  CHECK(text_of(file) == text);
  CHECK(made(Algorithm::es384).write(folder.path() + "/nowhere/key.pem").error().code == ErrorCode::storage);
}

TEST_CASE("signing key: the thumbprint is RFC 7638's") {
  const SigningKey key = made(Algorithm::es384);
  json::Document jwk;
  const std::string text = key.jwk("k");
  REQUIRE(jwk.parse(text));
  const TemporaryFolder folder;
  const std::string members = R"({"crv":"P-384","kty":"EC","x":")" + std::string(jwk.root()["x"].string()) + R"(","y":")" +
                              std::string(jwk.root()["y"].string()) + "\"}";
  const std::string hash = openssl(folder, "dgst -sha256 -binary < " + folder.write("members", members));
  CHECK(base64url(text_of(hash)) == key.thumbprint());
}

TEST_CASE("signing key: keys that OpenSSL's command makes are read") {
  const TemporaryFolder folder;
  CHECK(SigningKey::read(openssl(folder, "ecparam -name secp384r1 -genkey -noout"))->algorithm() == Algorithm::es384);
  CHECK(SigningKey::read(openssl(folder, "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384"))->algorithm() == Algorithm::es384);
  CHECK(SigningKey::read(openssl(folder, "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048"))->algorithm() == Algorithm::rs384);
  const TemporaryFolder other;
  const std::string old = openssl(other, "rsa -traditional -in " + folder.path() + "/made.pem");
  CHECK(text_of(old).starts_with("-----BEGIN RSA PRIVATE KEY-----"));
  CHECK(SigningKey::read(old)->algorithm() == Algorithm::rs384);
}

TEST_CASE("signing key: what cannot be used is refused with its remedy") {
  const TemporaryFolder folder;
  CHECK(told(folder.path() + "/none") == "the key file cannot be read; it must be there, readable by the agent's user");
  CHECK(told(folder.path()) == "the key file cannot be read; it must be there, readable by the agent's user");
  const std::string nonsense = folder.write("nonsense", "hunter2\n");
  REQUIRE(chmod(nonsense.c_str(), 0600) == 0);
  CHECK(told(nonsense) == "the key file holds no private key in PEM form; make one with trialflag keys new");
  REQUIRE(chmod(folder.write("empty", "").c_str(), 0600) == 0);
  CHECK(told(folder.path() + "/empty") == "the key file holds no private key in PEM form; make one with trialflag keys new");
  CHECK(told(openssl(folder, "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256")) ==
        "the key file holds a key that is neither EC on P-384 nor RSA; make one with trialflag keys new");
  CHECK(told(openssl(folder, "genpkey -algorithm ed25519")).find("neither EC on P-384 nor RSA") != std::string::npos);
  CHECK(told(openssl(folder, "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024")).find("less than 2048 bits") != std::string::npos);
  CHECK(told(openssl(folder, "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -aes256 -pass pass:x")).find("passphrase") !=
        std::string::npos);
}

TEST_CASE("signing key: a file that others may read is refused, unless it is one of the service's credentials") {
  const TemporaryFolder folder;
  const std::string file = folder.path() + "/key.pem";
  REQUIRE(made(Algorithm::es384).write(file));
  const mode_t mode = GENERATE(0640, 0604, 0660, 0644);
  REQUIRE(chmod(file.c_str(), mode) == 0);
  CHECK(told(file) == "the key file may be read by others than its owner; chmod 600 it (and chown it to the agent's user)");
  setenv("CREDENTIALS_DIRECTORY", folder.path().c_str(), 1);
  CHECK(SigningKey::read(file));
  unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_CASE("assertion: ids are UUIDs and never the same") {
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    const auto id = fresh_id();
    REQUIRE(id);
    CHECK(id->size() == 36);
    CHECK((*id)[14] == '4');
    ids.insert(*id);
  }
  CHECK(ids.size() == 1000);
}

TEST_CASE("assertion: base64url has RFC 4648's signs and no padding") {
  CHECK(base64url("").empty());
  CHECK(base64url("f") == "Zg");
  CHECK(base64url("fo") == "Zm8");
  CHECK(base64url("foo") == "Zm9v");
  CHECK(base64url("\xfb\xff\xfe") == "-__-");
}
