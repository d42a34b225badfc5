// Placeholders are filled once, and what is put in is left as it is.
#include "agent/base/sentence.h"

#include <catch2/catch.hpp>

using trialflag::filled;

TEST_CASE("sentence: placeholders are filled wherever they stand") {
  CHECK(filled("{a} and {b}, {a}", {{"{a}", "one"}, {"{b}", "two"}}) == "one and two, one");
  CHECK(filled("", {{"{a}", "one"}}).empty());
  CHECK(filled("plain", {}) == "plain");
}

TEST_CASE("sentence: what is put in is not filled again, and an unknown placeholder stays") {
  CHECK(filled("{a}{b}", {{"{a}", "{b}"}, {"{b}", "x"}}) == "{b}x");
  CHECK(filled("{c} {", {{"{a}", "one"}}) == "{c} {");
}
