// UUIDs as bytes and back.
#include "agent/base/uuid.h"

#include <catch2/catch.hpp>

using namespace trialflag;

TEST_CASE("uuid: what can be kept as bytes comes back as it was") {
  const std::string text = "0f8fad5b-d9cb-469f-a165-70867728950e";
  const auto bytes = uuid_bytes(text);
  REQUIRE(bytes);
  CHECK((*bytes)[0] == 0x0F);
  CHECK((*bytes)[15] == 0x0E);
  std::string again = "before ";
  append_uuid(again, reinterpret_cast<const char*>(bytes->data()));
  CHECK(again == "before " + text);
}

TEST_CASE("uuid: what would come back otherwise is not taken for one") {
  for (const char* text :
       {"", "p1", "0F8FAD5B-D9CB-469F-A165-70867728950E", "0f8fad5bd9cb469fa16570867728950e00000", "0f8fad5b-d9cb-469f-a165-70867728950g",
        "0f8fad5b-d9cb-469f-a165-70867728950", "0f8fad5b-d9cb-469f-a165-70867728950e1", "0f8fad5bd-9cb-469f-a165-70867728950e",
        "urn:uuid:0f8fad5b-d9cb-469f-a165-708677"}) {
    INFO(text);
    CHECK_FALSE(uuid_bytes(text));
  }
}
