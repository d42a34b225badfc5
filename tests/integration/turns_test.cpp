// In which order the types are polled, and in which parts: cases R03 and P05 of the failure catalogue.
#include "tests/integration/world.h"

using namespace trialflag;
using namespace trialflag::screening;
using namespace trialflag::testing;
using fhir::ResourceType;
using World = RosterWorld;

TEST_CASE("R03 a type that could not be read whole is asked for last in the next cycle, and in its turn again once it could") {
  World world;
  world.admit("p1");
  world.cycle();
  world.hospital.failing = {ResourceType::patient, ResourceType::observation};
  world.cycle();
  world.hospital.failing = {ResourceType::observation};
  world.hospital.asked.clear();
  world.cycle();
  CHECK(world.hospital.asked == std::vector<ResourceType>{ResourceType::condition, ResourceType::medication_request,
                                                          ResourceType::encounter, ResourceType::patient, ResourceType::observation});
  world.hospital.asked.clear();
  world.cycle();
  CHECK(world.hospital.asked == std::vector<ResourceType>{ResourceType::patient, ResourceType::condition, ResourceType::medication_request,
                                                          ResourceType::encounter, ResourceType::observation});
}

TEST_CASE("P05 what was read whole up to a moment is not read again when the rest fails, and no deletion falls between") {
  World world;
  world.overlap = 0;
  for (const char* id : {"p1", "p2", "p3"}) world.admit(id);
  world.cycle();
  const Instant before = world.now(), part{before.ms + kHour};
  world.hospital.remove(ResourceType::condition, "fm-p1", {before.ms + kMinute});
  world.pass(2 * kHour);
  world.put(World::fibromyalgia("p3", "p3b"), -90 * kMinute);
  world.put(World::fibromyalgia("p3", "p3c"));
  world.hospital.parts[ResourceType::condition] = part;
  world.hospital.failing = {ResourceType::condition};
  const bool swept = GENERATE(false, true);
  CHECK_FALSE(world.cycle(swept).whole());
  const auto state = world.type(ResourceType::condition);
  CHECK(state.reading == Reading::incomplete);
  CHECK(state.whole_at == before);
  REQUIRE(state.watermark);
  CHECK(before < *state.watermark);
  CHECK(*state.watermark <= part);
  CHECK(world.status("p1") == "ineligible");
  world.hospital.failing.clear();
  world.hospital.asked_since.clear();
  CHECK(world.cycle().whole());
  CHECK(world.hospital.asked_since.back() == state.watermark);
  CHECK(world.status("p2") == "potentially_eligible");
}

TEST_CASE("P05 a first load that is read in parts is not whole before its end") {
  World world;
  world.admit("p1");
  world.hospital.parts[ResourceType::condition] = world.now();
  world.hospital.failing = {ResourceType::condition};
  world.cycle();
  CHECK(world.type(ResourceType::condition).reading == Reading::incomplete);
  CHECK_FALSE(world.type(ResourceType::condition).whole_at);
  CHECK(world.type(ResourceType::condition).watermark);
  world.hospital.failing.clear();
  CHECK(world.cycle().whole());
  CHECK(world.status("p1") == "potentially_eligible");
}

TEST_CASE("item 67 in quiet hours what changes is followed, and nothing is read from its beginning") {
  World world;
  world.rests = true;
  world.admit("p1");
  const auto first = world.cycle();
  CHECK(world.hospital.asked.empty());
  CHECK_FALSE(first.unreachable);
  CHECK(first.put_off);
  CHECK(
      World::tells(first, "Condition was not read whole: it is to be read from its beginning, which waits until ehr.quiet_hours are over"));
  CHECK(world.status("p1") == "none");
  world.rests = false;
  CHECK(world.cycle().whole());
  CHECK(world.status("p1") == "potentially_eligible");

  world.rests = true;
  world.hospital.has_history = false;
  world.hospital.remove(ResourceType::condition, "fm-p1", world.now());
  world.admit("p2");
  const int reads = world.hospital.reads;
  const auto swept = world.cycle(true);
  CHECK(swept.put_off);
  CHECK_FALSE(swept.swept);
  CHECK(world.status("p1") == "potentially_eligible");
  CHECK(world.status("p2") == "potentially_eligible");
  CHECK(world.hospital.reads <= reads + 2);
  world.rests = false;
  CHECK(world.cycle(true).swept);
  CHECK(world.status("p1") == "ineligible");
}
