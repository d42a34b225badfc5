// Signatures as others make them.
#include "agent/base/signing.h"

#include <catch2/catch.hpp>

using namespace trialflag;

TEST_CASE("signing: HMAC-SHA256 as RFC 4231 has it, with keys of any length") {
  const auto hex = [](const std::string& bytes) {
    std::string text;
    for (const unsigned char byte : bytes) {
      text += "0123456789abcdef"[byte >> 4];
      text += "0123456789abcdef"[byte & 15];
    }
    return text;
  };
  CHECK(hex(hmac_sha256("Jefe", "what do ya want for nothing?")) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("signing: base64 there and back") {
  for (const char* text : {"", "f", "fo", "foo", "foob"}) CHECK(from_base64(base64(text)) == text);
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK_FALSE(from_base64("Zm9v YmFy"));
  CHECK_FALSE(from_base64("Zm9"));
}

TEST_CASE("signing: a secret may be marked as one") {
  CHECK(signing_key("whsec_Zm9v \r") == "foo");
  CHECK(signing_key("Zm9v") == "foo");
  CHECK(signing_key("") == "");
  CHECK(signing_key("foo!") == "");
}
