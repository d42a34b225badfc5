// What a poll showed counts, though the search for the patient alone does not show it (ingestion.md 28, 60; criteria.md 2.2).
#include <catch2/catch.hpp>

#include "tests/integration/world.h"

using namespace trialflag;
using namespace trialflag::testing;
using fhir::ResourceType;
using screening::NoticeKind;

namespace {}  // namespace

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

namespace {

/// An order of pregabalin that is no order any more, or is one, as that version of it.
std::string order(const std::string& status, int version, const std::string& id = "rx-a") {
  const std::string day = std::to_string(10 + version);
  return R"({"resourceType":"MedicationRequest","id":")" + id + R"(","meta":{"versionId":")" + std::to_string(version) +
         R"(","lastUpdated":"2026-11-)" + day + R"(T00:00:00Z"},"status":")" + status +
         R"(","intent":"order","subject":{"reference":"Patient/a"},"medicationCodeableConcept":{"coding":[{"system":"http://www.whocc.no/atc",)"
         R"("code":"N03AX16"}]},"authoredOn":"2025-01-01"})";
}

}  // namespace

TEST_CASE("60 what is deleted beside a record that no search by patient shows is taken back") {
  RosterWorld world;
  world.hospital.unlisted = {"rx-old"};
  world.admit("a");
  world.put(order("cancelled", 1, "rx-old"));
  world.put(RosterWorld::pregabalin("a"));
  world.cycle();
  REQUIRE(world.status("a") == "none");
  world.pass(kHour);
  world.hospital.remove(ResourceType::medication_request, "rx-a", world.now());
  world.cycle();
  world.pass(kHour);
  world.cycle();
  CHECK(world.status("a") == "needs_review");  // nobody has seen all orders
  world.hospital.unlisted.clear();
  world.pass(kHour);
  world.cycle();
  CHECK(world.status("a") == kGood);
}

TEST_CASE("60 what is deleted while the type cannot be read is taken back all the same") {
  RosterWorld world;
  world.admit("a");
  world.cycle();
  world.put(RosterWorld::pregabalin("a"));
  world.cycle();
  REQUIRE(world.status("a") == "ineligible");
  world.pass(kHour);
  world.hospital.broken = {ResourceType::medication_request};
  world.hospital.remove(ResourceType::medication_request, "rx-a", world.now());
  for (int cycles = 0; cycles < 2; ++cycles) {
    world.cycle();
    CHECK(world.status("a") == kGood);
    world.pass(kHour);
  }
}

TEST_CASE("37 a reading that shows a record as it was before the poll does not count, unless the record's id says the same") {
  RosterWorld world;
  world.hospital.stamps = true;
  world.admit("a");
  world.put(order("cancelled", 1));
  world.cycle();
  REQUIRE(world.status("a") == kGood);
  world.pass(kHour);
  world.patient("a", "nowhere");  // has the patient read whole
  SECTION("the search lags") {
    world.hospital.lagging["rx-a"] = order("cancelled", 1);
    world.put(order("active", 2));
    for (int cycles = 0; cycles < 3; ++cycles) {
      const auto report = world.cycle();
      CHECK(world.status("a") == "ineligible");
      CHECK(RosterWorld::tells(report, "MedicationRequest: a search shows records as they were before"));
      world.pass(kHour);
    }
    world.hospital.lagging.clear();
    const auto report = world.cycle();
    CHECK(world.status("a") == "ineligible");
    CHECK_FALSE(RosterWorld::tells(report, "as they were before"));
    const int asked = world.hospital.asked_by_id;
    world.patient("a");
    world.cycle();
    CHECK(world.hospital.asked_by_id == asked);
  }
  SECTION("the server went back") {
    world.put(order("active", 2));
    world.cycle();
    CHECK(world.status("a") == "ineligible");
    world.pass(kHour);
    world.put(order("cancelled", 1), -300 * kHour);  // as a backup that was restored: no poll shows it
    world.patient("a", "nowhere");
    const auto report = world.cycle();
    CHECK(world.status("a") == kGood);
    CHECK_FALSE(RosterWorld::tells(report, "as they were before"));
  }
}

TEST_CASE("37 a Patient who is older by the id than a poll has shown does not bring back who has died") {
  RosterWorld world;
  const auto person = [](int version, const std::string& more) {
    return R"({"resourceType":"Patient","id":"a","gender":"female","birthDate":"1980-01-01","meta":{"versionId":")" +
           std::to_string(version) + "\"}" + more + "}";
  };
  world.admit("a");
  world.put(person(1, ""));
  world.put(order("cancelled", 1));
  world.cycle();
  REQUIRE(world.status("a") == kGood);
  world.pass(kHour);
  world.put(person(2, R"(,"deceasedBoolean":true)"));
  world.hospital.remove(ResourceType::medication_request, "rx-a", world.now());  // has the patient read whole
  world.hospital.before_read = [&] { world.hospital.put(person(1, ""), {world.now().ms - kDay}); };
  for (int cycles = 0; cycles < 2; ++cycles) {
    world.cycle();
    CHECK(world.status("a") == "ineligible");
    world.pass(kHour);
  }
}

TEST_CASE("44 what a sweep shows is not gone because neither the search by patient nor the record's id shows it") {
  RosterWorld world;
  world.hospital.has_history = GENERATE(true, false);
  world.admit("a");
  world.put(RosterWorld::pregabalin("a"));
  world.put(order("cancelled", 1, "rx-old"));  // or all of a type would vanish in the end
  SECTION("from the beginning") {
    world.hospital.unlisted = world.hospital.unreadable_by_id = {"rx-a"};
    world.cycle();
    CHECK(world.status("a") == "none");
  }
  SECTION("once") {
    world.cycle();
    world.pass(kHour);
    world.hospital.unlisted = world.hospital.unreadable_by_id = {"rx-a"};
    world.cycle(true);
    CHECK(world.status("a") == "none");
    world.hospital.unlisted.clear();
    world.hospital.unreadable_by_id.clear();
  }
  world.pass(kHour);
  for (int cycles = 0; cycles < 4; ++cycles) {
    world.cycle(cycles == 2);
    CHECK(world.status("a") == "none");
    world.pass(kHour);
  }
  world.hospital.remove(ResourceType::medication_request, "rx-a", world.now());
  world.cycle(!world.hospital.has_history);
  CHECK(world.status("a") == kGood);
}

TEST_CASE("44 a Patient whom a sweep shows is not gone because their id says so") {
  RosterWorld world;
  world.admit("a");
  world.cycle();
  REQUIRE(world.status("a") == kGood);
  world.pass(kHour);
  world.hospital.ill["a"] = ErrorCode::not_found;
  for (int cycles = 0; cycles < 3; ++cycles) {
    world.cycle(cycles == 0);
    CHECK(world.status("a") == kGood);
    world.pass(kHour);
  }
  world.hospital.ill.clear();
  world.pass(kHour);
  world.cycle();
  CHECK(world.status("a") == kGood);
  CHECK(world.post.taken.size() == 1);
}

TEST_CASE("56 whoever is doubted is read again in the next cycle, and then ever more rarely") {
  RosterWorld world;
  world.hospital.unlisted = {"rx-a"};
  world.admit("a");
  world.put(order("cancelled", 1));
  world.cycle();
  const int first = world.hospital.reads;
  for (int minutes = 0; minutes < 120; ++minutes) {
    world.pass(kMinute);
    world.cycle();
  }
  CHECK(world.hospital.reads - first >= 8);
  CHECK(world.hospital.reads - first <= 16);
}
