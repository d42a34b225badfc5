// What the state holds beside patients: counts, troubles, kept files, the hints' secret.
#include "agent/store/house.h"

#include <catch2/catch.hpp>

#include "agent/store/desk.h"
#include "agent/store/state.h"
#include "tests/support/temporary_folder.h"

using namespace trialflag;
using namespace trialflag::store;

TEST_CASE("troubles and files are kept in the place of those before, bytes and all") {
  const TemporaryFolder folder;
  {
    const auto state = State::open(folder.path(), {"site", "http://127.0.0.1/fhir"});
    REQUIRE(state);
    REQUIRE((*state)->keep_troubles({{"EHR", {5}, "down", "a"}, {"clock", {6}, "off", "b"}}));
    REQUIRE((*state)->keep_troubles({{"EHR", {5}, "down", "a"}}));
    REQUIRE((*state)->keep_files({{"/site", "", ""}, {"/site", "codes.csv", std::string("a\0b\xff", 4)}}));
    REQUIRE((*state)->keep_files({{"/site", "", ""}, {"/site", "codes.csv", std::string("c\0b\xff", 4)}}));
  }
  const auto desk = Desk::open(folder.path());
  REQUIRE(desk);
  const auto troubles = (*desk)->troubles();
  REQUIRE((troubles && troubles->size() == 1));
  CHECK(troubles->front().since == Instant{5});
  const auto files = (*desk)->kept_files();
  REQUIRE(files);
  CHECK(*files == std::vector<KeptFile>{{"/site", "", ""}, {"/site", "codes.csv", std::string("c\0b\xff", 4)}});
}

TEST_CASE("the secret of the hints stays what it was first") {
  const TemporaryFolder folder;
  const auto state = State::open(folder.path(), {"site", "http://127.0.0.1/fhir"});
  REQUIRE(state);
  CHECK((*state)->hint_secret("first").value() == "first");
  CHECK((*state)->hint_secret("second").value() == "first");
}

TEST_CASE("a state without anything has counts of nothing") {
  const TemporaryFolder folder;
  const auto state = State::open(folder.path(), {"site", "http://127.0.0.1/fhir"});
  REQUIRE(state);
  const auto gauges = (*state)->gauges();
  REQUIRE(gauges);
  CHECK(gauges->flags.empty());
  CHECK(gauges->waiting + gauges->stuck + gauges->held + gauges->retrying + gauges->pending_patients == 0);
}
