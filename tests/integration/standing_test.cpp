// Who stands on the list when their entry diagnosis cannot be read, and who comes back by the Patient alone (criteria.md 1.4).
#include "tests/integration/world.h"

using namespace trialflag;
using namespace trialflag::screening;
using namespace trialflag::testing;
using World = RosterWorld;

namespace {

/// A candidate of whom people were told, whose diagnosis cannot be read any more.
void unread(World& world) {
  world.admit("a");
  world.cycle();
  REQUIRE(world.status("a") == kGood);
  world.pass(kHour);
  world.hospital.flawed = {"fm-a"};
  world.put(World::fibromyalgia("a", "a"));
  world.cycle();
  world.pass(kHour);
}

}  // namespace

TEST_CASE("1.4 whoever is on the list and whose diagnosis cannot be read is to be reviewed, in silence, until it can") {
  World world;
  unread(world);
  CHECK(world.status("a") == "needs_review");
  CHECK(world.post.taken.size() == 1);
  world.hospital.flawed.clear();
  world.put(World::fibromyalgia("a", "a"));
  world.cycle();
  CHECK(world.status("a") == kGood);
  CHECK(world.post.taken.size() == 1);
}

TEST_CASE("1.4 nobody comes onto the list whose diagnosis cannot be read") {
  World world;
  world.hospital.flawed = {"fm-a"};
  world.admit("a");
  world.cycle();
  CHECK(world.status("a") == "none");
}

TEST_CASE("1.4 whoever is on the list falls by what excludes them, or by their own wish, though their diagnosis cannot be read") {
  World world;
  unread(world);
  SECTION("an exclusion") {
    world.put(World::pregabalin("a"));
    world.cycle();
    CHECK(world.status("a") == "ineligible");
  }
  SECTION("the do-not-contact list") {
    world.opted_out = {"a"};
    world.cycle();
    CHECK(world.status("a") == "withdrawn");
  }
  SECTION("a trial that takes nobody") {
    world.recruiting = false;
    world.cycle();
    CHECK(world.status("a") == "needs_review");
  }
  CHECK(world.letters(NoticeKind::retracted) == 1);
  world.pass(kHour);
  world.cycle();
  CHECK(world.letters(NoticeKind::retracted) == 1);
}

TEST_CASE("1.4 a Patient first seen dead, or not active, becomes a candidate when that is corrected") {
  World world;
  const std::string wrong = GENERATE(as<std::string>(), R"("active":false)", R"("deceasedBoolean":true)");
  world.put(R"({"resourceType":"Patient","id":"a","gender":"female","birthDate":"1980-01-01",)" + wrong + "}");
  world.put(World::fibromyalgia("a", "a"));
  world.cycle();
  CHECK(world.status("a") == "none");
  world.pass(kHour);
  world.patient("a");
  world.cycle();
  CHECK(world.status("a") == kGood);
}
