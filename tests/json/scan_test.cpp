#include "agent/json/scan.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace trialflag::json {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

std::vector<std::string> elements_of(std::string_view text, Walk end) {
  std::vector<std::string> found;
  Elements elements(text);
  while (const auto element = elements.next()) found.push_back(std::string(element->text) + (element->whole ? "" : "…"));
  CHECK(elements.state() == end);
  CHECK_FALSE(elements.next());
  return found;
}

std::vector<std::string> members_of(std::string_view text, Walk end) {
  std::vector<std::string> found;
  Members members(text);
  while (const auto member = members.next())
    found.push_back(std::string(member->name) + "=" + std::string(member->value.text) + (member->value.whole ? "" : "…"));
  CHECK(members.state() == end);
  CHECK_FALSE(members.next());
  return found;
}

using Pieces = std::vector<std::string>;

}  // namespace

TEST_CASE("scan: a value is skipped whatever its kind") {
  CHECK(skip_value(R"({"a":[1,{"b":"]}"}]} ,)") == 20);
  CHECK(skip_value(R"(  "a\"b\\" )") == 10);
  CHECK(skip_value("[-1.5e3,true]", 1) == 7);
  CHECK(skip_value("null}") == 4);
  CHECK(skip_value("") == kNone);
  CHECK(skip_value("  ") == kNone);
  CHECK(skip_value("{") == kNone);
  CHECK(skip_value("\"abc") == kNone);
  CHECK(skip_value("\"abc\\\"") == kNone);
  CHECK(skip_value("}") == kNone);
}

TEST_CASE("scan: brackets and quotes within strings mislead nobody, wherever the text falls into blocks") {
  const std::string strange = R"({"k\\":"}]\"\\\\\"{[","é":[["\\"],{}]})";
  for (std::size_t shift = 0; shift < 200; ++shift) {
    const std::string text =
        "[" + std::string(shift, ' ') + "\"" + std::string(shift % 7, '\\') + std::string(shift % 7, '\\') + "\"," + strange + "]";
    INFO(shift);
    CHECK(skip_value(text) == text.size());
    CHECK(skip_value(text + "}}}") == text.size());
    CHECK(skip_value(text.substr(0, text.size() - 1)) == kNone);
    CHECK(elements_of(text, Walk::finished).back() == strange);
  }
}

TEST_CASE("scan: depth has no bound") {
  const std::string deep = std::string(300000, '[') + std::string(300000, ']');
  CHECK(skip_value(deep + "]") == deep.size());
}

TEST_CASE("scan: an array is cut into its elements") {
  CHECK(elements_of(R"( [ {"a":1} , "x,y" ,3, null ] )", Walk::finished) == Pieces{R"({"a":1})", R"("x,y")", "3", "null"});
  CHECK(elements_of("[]", Walk::finished).empty());
  CHECK(elements_of("{}", Walk::malformed).empty());
  CHECK(elements_of("", Walk::cut_off).empty());
}

TEST_CASE("scan: of a damaged array the sound elements are given") {
  CHECK(elements_of(R"([{"a":1},{"b":)", Walk::cut_off) == Pieces{R"({"a":1})", R"({"b":…)"});
  CHECK(elements_of(R"([{"a":1},{"b":2})", Walk::cut_off) == Pieces{R"({"a":1})", R"({"b":2})"});
  CHECK(elements_of(R"([{"a":1},)", Walk::cut_off) == Pieces{R"({"a":1})"});
  CHECK(elements_of("[1,tru", Walk::cut_off) == Pieces{"1", "tru…"});
  CHECK(elements_of("[1 2]", Walk::malformed) == Pieces{"1"});
  CHECK(elements_of("[1,,2]", Walk::malformed) == Pieces{"1"});
  CHECK(elements_of("[1,]", Walk::malformed) == Pieces{"1"});
}

TEST_CASE("scan: an object is cut into its members") {
  CHECK(members_of(R"({ "a" : 1, "b\"c":[{}] ,"d":"x"})", Walk::finished) == Pieces{"a=1", R"(b\"c=[{}])", R"(d="x")"});
  CHECK(members_of("{}", Walk::finished).empty());
  CHECK(members_of(R"({"a":1,"entry":[{"b":2},{)", Walk::cut_off) == Pieces{"a=1", R"(entry=[{"b":2},{…)"});
  CHECK(members_of(R"({"a":1,"b")", Walk::cut_off) == Pieces{"a=1"});
  CHECK(members_of(R"({"a":1,"b":)", Walk::cut_off) == Pieces{"a=1"});
  CHECK(members_of(R"({"a":1,"b)", Walk::cut_off) == Pieces{"a=1"});
  CHECK(members_of(R"({"a":1,b:2})", Walk::malformed) == Pieces{"a=1"});
  CHECK(members_of(R"({"a" 1})", Walk::malformed).empty());
  CHECK(members_of(R"({"a":})", Walk::malformed).empty());
}

TEST_CASE("scan: a member is found at the top level alone") {
  const std::string_view text = R"({"contained":[{"resourceType":"Medication"}],"x":"\"resourceType\":\"No\"","resourceType":"Condition"})";
  const auto type = find_member(text, "resourceType");
  REQUIRE(type);
  CHECK(plain_string(type->text) == "Condition");
  CHECK_FALSE(find_member(text, "id"));
  CHECK_FALSE(find_member("[]", "id"));
}

TEST_CASE("scan: a plain string is one without escapes") {
  CHECK(plain_string(R"("a")") == "a");
  CHECK(plain_string(R"("")") == "");
  CHECK_FALSE(plain_string(R"("a\/b")"));
  CHECK_FALSE(plain_string("1"));
  CHECK_FALSE(plain_string("\""));
}

}  // namespace trialflag::json
