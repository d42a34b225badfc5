#include "agent/settings/yaml.h"

#include <catch2/catch.hpp>
#include <string>

#include "agent/settings/map_reader.h"

using namespace trialflag::settings;
using Kind = YamlNode::Kind;

namespace {

std::string first_flaw(const std::string& text) {
  Flaws flaws("f.yaml");
  const auto node = parse_yaml(text, flaws);
  CHECK_FALSE(node.has_value());
  return flaws.empty() ? "none" : flaws.lines().front();
}

}  // namespace

TEST_CASE("yaml: the kind of a scalar follows from how it is written") {
  Flaws flaws("f.yaml");
  const auto root = parse_yaml("a: yes\nb: 'true'\nc: true\nd: -1.5e3\ne:\nf: ~\ng: 7d\nh: \"12\"\ni: 0x10\nj: '>=4'\non: [1, x]\n", flaws);
  REQUIRE(root);
  CHECK((*root)["a"].kind() == Kind::string);
  CHECK((*root)["b"].kind() == Kind::string);
  CHECK((*root)["c"].boolean());
  CHECK((*root)["d"].number() == -1500);
  CHECK((*root)["e"].kind() == Kind::null);
  CHECK((*root)["f"].kind() == Kind::null);
  CHECK((*root)["g"].text() == "7d");
  CHECK((*root)["h"].kind() == Kind::string);
  CHECK((*root)["i"].kind() == Kind::string);
  CHECK((*root)["on"].items().size() == 2);
  CHECK((*root)["on"].items()[0].kind() == Kind::number);
  CHECK((*root)["nothing"].kind() == Kind::missing);
  CHECK((*root)["nothing"]["deeper"].kind() == Kind::missing);
}

TEST_CASE("yaml: a map keeps the order of the file, and every node knows its line") {
  Flaws flaws("f.yaml");
  const auto root = parse_yaml("# comment\nz: 1\na:\n  - x\n  - {k: v}\nm: |\n  two\n  lines\n", flaws);
  REQUIRE(root);
  REQUIRE(root->members().size() == 3);
  CHECK(root->members()[0].name == "z");
  CHECK(root->members()[0].line == 2);
  CHECK(root->members()[1].name == "a");
  CHECK(root->members()[1].value.items()[1].line() == 5);
  CHECK(root->members()[2].value.text() == "two\nlines\n");
}

TEST_CASE("yaml: what plain data has no use for is refused with its line") {
  CHECK(first_flaw("a: &x 1\nb: 2\n") ==
        "f.yaml:1: uses an anchor or an alias; write the value out (quote a text that begins with & or *)");
  CHECK(first_flaw("a: 1\nb: {<<: {c: 1}}\n") == "f.yaml:2: uses a merge key; write the keys out");
  CHECK(first_flaw("a: !!int 1\n") == "f.yaml:1: uses a tag; remove it (quote a text that begins with !)");
  CHECK(first_flaw("a: 1\nb: 2\na: 3\n") == "f.yaml:3: key \"a\" stands twice, first on line 1; remove one");
  CHECK(first_flaw("a: 1\n---\nb: 2\n") == "f.yaml:2: a second document begins here; keep one document in the file");
  CHECK(first_flaw("? [a, b]\n: 1\n") == "f.yaml:1: a key is a list or a map; use a plain word as the key");
  CHECK(first_flaw("") == "f.yaml: is empty");
  CHECK(first_flaw(std::string(kMaxYamlBytes + 1, ' ')) == "f.yaml: is larger than 1 MiB; split it");
}

TEST_CASE("yaml: text that is no YAML is refused with its line") {
  CHECK(first_flaw("a: 1\n b: 2\n").starts_with("f.yaml:2: is no valid YAML: "));
  CHECK(first_flaw("a: [1, 2\n").starts_with("f.yaml:"));
  CHECK(first_flaw("a: b: c\n").starts_with("f.yaml:1: is no valid YAML: "));
}

TEST_CASE("yaml: deep nesting is refused, not followed") {
  std::string deep;
  for (int level = 0; level < 33; ++level) deep += std::string(static_cast<std::size_t>(level), ' ') + "a:\n";
  CHECK(first_flaw(deep + std::string(33, ' ') + "b: 1\n") == "f.yaml:33: is nested deeper than 32 levels; flatten it");
  CHECK(first_flaw(std::string(200000, '[')).starts_with("f.yaml:1: "));
}

TEST_CASE("yaml: a file that cannot be read is a flaw of the file") {
  Flaws flaws("none.yaml");
  CHECK_FALSE(read_yaml("/nonexistent/none.yaml", flaws));
  CHECK(flaws.lines().front() == "none.yaml: cannot be read; check that it exists and who may read it");
}

TEST_CASE("map reader: an unknown key names the nearest known one") {
  Flaws flaws("f.yaml");
  const auto root = parse_yaml("ehr:\n  base_ulr: x\n  zzzzzz: 1\n  timeout: 5m\n", flaws);
  REQUIRE(root);
  {
    MapReader reader((*root)["ehr"], "ehr", flaws);
    CHECK(reader.text("base_url") == "");
    CHECK(reader.duration("timeout", std::chrono::seconds(1)) == std::chrono::minutes(5));
  }
  REQUIRE(flaws.lines().size() == 2);
  CHECK(flaws.lines()[0] == "f.yaml:2: ehr.base_ulr is no known key; did you mean base_url?");
  CHECK(flaws.lines()[1] == "f.yaml:3: ehr.zzzzzz is no known key; remove it");
}

TEST_CASE("map reader: a value of the wrong kind is a flaw, and the fallback is used") {
  Flaws flaws("f.yaml");
  const auto root = parse_yaml("a: many\nb: 3\nc: [1, {}]\nd: 5 minutes\ne: 1.5\nf: red\n", flaws);
  REQUIRE(root);
  {
    MapReader reader(*root, "", flaws);
    CHECK(reader.integer("a", 7, 0, 10) == 7);
    CHECK_FALSE(reader.boolean("b", false));
    CHECK(reader.texts("c").size() == 1);
    CHECK(reader.duration("d", std::chrono::seconds(9)).count() == 9);
    CHECK(reader.integer("e", 1, 0, 2) == 1);
    CHECK(reader.choice("f", {"blue", "green"}, "blue") == "blue");
  }
  const std::vector<std::string> expected = {
      "f.yaml:1: a is \"many\"; write a whole number from 0 to 10",
      "f.yaml:2: b is \"3\"; write true or false",
      "f.yaml:3: c is a map; write a text for each item of the list",
      "f.yaml:4: d is \"5 minutes\"; write a duration such as 60s, 5m, 24h or 7d",
      "f.yaml:5: e is \"1.5\"; write a whole number from 0 to 2",
      "f.yaml:6: f is \"red\"; write one of: blue, green",
  };
  CHECK(flaws.lines() == expected);
}

TEST_CASE("map reader: durations and sizes carry their unit") {
  CHECK(parse_duration("60s")->count() == 60);
  CHECK(parse_duration("7d")->count() == 7 * 86400);
  for (const char* bad : {"", "60", "s", "-5m", "5 m", "1h30m", "99999999999s", "5w", "999999d"}) CHECK_FALSE(parse_duration(bad));
  CHECK(parse_size("64MiB") == 64u << 20);
  CHECK(parse_size("1 GiB") == 1u << 30);
  CHECK(parse_size("4096") == 4096u);
  for (const char* bad : {"", "MiB", "64MB", "-1KiB", "9999999999999999GiB"}) CHECK_FALSE(parse_size(bad));
}
