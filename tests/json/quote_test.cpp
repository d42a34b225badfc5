// Text in quotation marks is text again.
#include "agent/json/quote.h"

#include <catch2/catch.hpp>

#include "agent/json/value.h"

using namespace trialflag::json;

TEST_CASE("quote: any text comes back as it was") {
  for (const std::string& text : {std::string(), std::string("a\"b\\c/\b\f\n\r\t\x01"), std::string("李 ü <>&"), std::string("\x1f\x7f")}) {
    Document document;
    REQUIRE(document.parse(in_quotes(text)));
    CHECK(document.root().string() == text);
  }
}
