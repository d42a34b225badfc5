// A trial file with a flaw is refused, and the flaw is told by its line.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "shipped_trial.h"

using namespace trialflag;

namespace {

const char* const kHead = "id: T1\nversion: \"1\"\nentry: E\ncriteria:\n";
const char* const kCriterion = "- id: E\n  kind: inclusion\n  label: {en: age}\n  cite: {en: of age}\n  reads: []\n";

std::vector<std::string> flaws_of(const std::string& rest) {
  std::vector<std::string> flaws;
  const auto trial = settings::load_trial_text(kHead + (kCriterion + rest), "t.yaml", *testing::shipped_tables(), flaws, "en");
  CHECK(trial.has_value() == flaws.empty());
  return flaws;
}

}  // namespace

TEST_CASE("trial file: what a criterion lacks is told by its line") {
  const std::string rules = "  rules:\n  - age: {at_least: 18}\n", none = "  none: no_data\n", ask = "  ask: {en: [\"How old?\"]}\n";
  CHECK(flaws_of(rules + none + ask) == std::vector<std::string>());
  CHECK(flaws_of(rules + ask) ==
        std::vector<std::string>{"t.yaml:5: criteria.none is missing; write what holds where no rule does: none: no_data, say"});
  const auto other = flaws_of(rules + "  none: nobody\n" + ask);
  REQUIRE(other.size() == 1);
  CHECK(other.front().starts_with("t.yaml:12: \"nobody\" is no outcome; one of "));
  CHECK(flaws_of(none + ask) == std::vector<std::string>{"t.yaml:5: criteria.rules is empty; a criterion needs at least one rule"});
}
