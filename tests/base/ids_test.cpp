// Identifiers must be the same for ever: flags and notices are found again by them.
#include "agent/base/ids.h"

#include <catch2/catch.hpp>

using namespace trialflag;

TEST_CASE("ids: a digest is SHA-256 of the parts with their lengths, and never changes") {
  // printf '4:flag2:T1' | sha256sum
  CHECK(digest({"flag", "T1"}) == "58b7e4a0d1afc860e447003dc228fe52e3a48852dbaa4b0f0aa86d673aea1c32");
  CHECK(digest({"flag", "T1"}).size() == 64);
}

TEST_CASE("ids: parts do not run into each other") {
  CHECK(digest({"ab", "c"}) != digest({"a", "bc"}));
  CHECK(digest({"a", ""}) != digest({"a"}));
}

TEST_CASE("ids: a fingerprint is never negative") {
  for (int i = 0; i < 1000; ++i) CHECK(fingerprint({std::to_string(i)}) >= 0);
}

TEST_CASE("ids: a short code is a beginning of a longer one, in signs that nobody mistakes") {
  const std::string from = digest({"x"});
  const std::string code = short_code(from, 12);
  CHECK(code.size() == 12);
  CHECK(short_code(from, 4) == code.substr(0, 4));
  CHECK(code.find_first_of("ILOU") == std::string::npos);
  CHECK(short_code("0000000000000000", 4) == "0000");
  CHECK(short_code("ffffffffffffffff", 4) == "ZZZZ");
}

TEST_CASE("a short hash is SipHash-2-4 under a key of zeros, for kept indexes are made of it") {
  CHECK(short_hash("Condition/c1") == 4403136144126595063);
}
