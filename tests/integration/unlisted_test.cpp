// What a poll showed counts, though the search for the patient alone does not show it (ingestion.md 28, 60; criteria.md 2.2).
#include <catch2/catch.hpp>

#include "tests/integration/world.h"

using namespace trialflag;
using namespace trialflag::testing;
using fhir::ResourceType;
using screening::NoticeKind;

namespace {

const std::string kGood = "potentially_eligible";

}  // namespace

TEST_CASE("60 a record that only the poll shows of somebody who becomes a candidate counts at once, and for as long as it is there") {
  RosterWorld world;
  world.hospital.unlisted = {"rx-a"};
  world.admit("a");
  world.admit("b");
  world.put(RosterWorld::pregabalin("a"));
  for (int cycles = 0; cycles < 4; ++cycles) {
    const auto report = world.cycle(cycles == 2);
    CHECK(world.status("a") == "none");
    CHECK(world.status("b") == kGood);
    CHECK(RosterWorld::tells(report, "MedicationRequest: a search does not show records that are there"));
    world.pass(kHour);
  }
  CHECK(world.letters(NoticeKind::opened) == 1);
  SECTION("until it is shown") {
    world.hospital.unlisted.clear();
  }
  SECTION("until it is gone") {
    world.hospital.remove(ResourceType::medication_request, "rx-a", world.now());
  }
  const bool gone = !world.hospital.unlisted.empty();
  const auto report = world.cycle();
  CHECK_FALSE(RosterWorld::tells(report, "a search does not show"));
  CHECK(world.status("a") == (gone ? kGood : "none"));
}

TEST_CASE("60 what a poll showed is not forgotten when the reading that follows has to wait") {
  RosterWorld world;
  world.hospital.unlisted = {"rx-a"};
  world.admit("a");
  world.put(RosterWorld::pregabalin("a"));
  world.hospital.reads_fail = true;
  world.cycle();
  world.hospital.reads_fail = false;
  SECTION("as it was") {}
  SECTION("and more of it") {
    world.pass(kHour);
    world.put(RosterWorld::pregabalin("a"));
  }
  world.pass(kHour);
  world.cycle();
  CHECK(world.status("a") == "none");
}

TEST_CASE("60 a record that came with what has its patient read whole is asked for when that reading does not show it") {
  RosterWorld world;
  world.admit("a");
  world.cycle();
  REQUIRE(world.status("a") == kGood);
  world.pass(kHour);
  world.hospital.unlisted = {"rx-a"};
  world.patient("a", "nowhere");
  world.put(RosterWorld::pregabalin("a"));
  for (int cycles = 0; cycles < 3; ++cycles) {
    world.cycle(cycles == 2);
    CHECK(world.status("a") == "ineligible");
    world.pass(kHour);
  }
}

TEST_CASE("20 of a type that is shown by some categories alone, what else is there counts and leaves the type whole") {
  RosterWorld world;
  world.hospital.by_category = {ResourceType::medication_request};
  world.hospital.unlisted = {"rx-a"};
  world.admit("a");
  world.put(RosterWorld::pregabalin("a"));
  for (int cycles = 0; cycles < 3; ++cycles) {
    const auto report = world.cycle(cycles == 1);
    CHECK(world.status("a") == "none");
    CHECK_FALSE(RosterWorld::tells(report, "MedicationRequest"));
    world.pass(kHour);
  }
  world.hospital.remove(ResourceType::medication_request, "rx-a", world.now());
  world.cycle();
  CHECK(world.status("a") == kGood);
}
