// In which order the types are polled: case R03 of the failure catalogue.
#include "tests/integration/world.h"

using namespace trialflag;
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
