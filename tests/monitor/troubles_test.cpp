// A trouble is said once when it begins and once when it is over.
#include "agent/monitor/troubles.h"

#include <catch2/catch.hpp>

using namespace trialflag;
using namespace trialflag::monitor;

namespace {

Trouble down(const std::string& text) {
  return {"down", text, "the EHR is read again"};
}

std::vector<std::string> texts(const std::vector<Troubles::Line>& lines) {
  std::vector<std::string> found;
  for (const auto& line : lines) found.push_back((line.good ? "+" : "-") + line.text);
  return found;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("R04 an outage of eight hours is one alarm and one recovery, whatever the server says meanwhile") {
  Troubles troubles;
  CHECK(texts(troubles.update({{"ehr", down("it answers 503")}}, {0})) == Texts{"-it answers 503"});
  for (int minute = 1; minute < 480; ++minute)
    CHECK(troubles.update({{"ehr", down(minute % 2 == 0 ? "no connection" : "it failed too often")}}, {minute * 60000}).empty());
  CHECK(troubles.standing().at("ehr").trouble.text == "it failed too often");
  CHECK(texts(troubles.update({}, {480 * 60000})) == Texts{"+the EHR is read again (after 8 h 0 min)"});
  CHECK(troubles.update({}, {481 * 60000}).empty());
}

TEST_CASE("troubles about different things begin and end by themselves, and a change of state is said") {
  Troubles troubles;
  troubles.update({{"Condition", {"incomplete", "a", "Condition is read whole again"}}}, {0});
  const auto lines = troubles.update({{"Condition", {"not_granted", "b", "Condition is read whole again"}}, {"ehr", down("c")}}, {1000});
  CHECK(texts(lines) == Texts{"-b", "-c"});
  CHECK(texts(troubles.update({{"ehr", down("d")}}, {61000})) == Texts{"+Condition is read whole again (after 1 min)"});
}

TEST_CASE("durations are told in the two greatest units") {
  CHECK(spoken_duration(-5) == "0 s");
  CHECK(spoken_duration(59999) == "59 s");
  CHECK(spoken_duration(60000) == "1 min");
  CHECK(spoken_duration(3 * 3600000 + 120000) == "3 h 2 min");
}
