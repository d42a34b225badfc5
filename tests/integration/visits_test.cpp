// When those with open flags are next expected: asked for with each reading of them and of nobody else, kept, followed, forgotten.
#include "tests/integration/delivery_world.h"

using namespace trialflag;
using namespace trialflag::screening;
using testing::DeliveryWorld;

namespace {

struct VisitWorld : DeliveryWorld {
  VisitWorld() : DeliveryWorld("2026-11-18T09:00:00Z") {}  // a Wednesday
  Visit in(std::int64_t ms, const std::string& where = "Rheumatology") const { return {{now().ms + ms}, true, where}; }
  std::optional<Visit> next_of(const std::string& patient) { return next_visit(flag_of(patient).visits, now()); }
  void plan(const std::string& patient, const std::string& status, const std::string& start) {
    put(R"({"resourceType":"Encounter","id":"enc-)" + patient + R"(","status":")" + status + R"(","subject":{"reference":"Patient/)" +
        patient + R"("},"serviceType":{"text":"Pain clinic"},"period":{"start":")" + start + "\"}}");
  }
};

}  // namespace

TEST_CASE("visits: appointments are asked for with the reading of somebody whose flag is open, once, and of nobody else") {
  VisitWorld world;
  world.admit("p1");
  world.admit("p2");
  world.prescribe("p2");
  world.put_patient("p3");
  world.hospital.visits["p1"] = {world.in(2 * kDay), world.in(kDay, "Pain clinic")};
  world.cycle();
  CHECK(world.hospital.visits_asked == 1);
  REQUIRE(world.next_of("p1"));
  CHECK(*world.next_of("p1") == world.in(kDay, "Pain clinic"));
  world.pass(kHour);
  world.cycle();
  CHECK(world.hospital.visits_asked == 1);
}

TEST_CASE("visits: one that was moved is followed by the next reading, one that has passed gives way to the next") {
  VisitWorld world;
  world.admit("p1");
  const Visit first = world.in(kDay), second = world.in(3 * kDay);
  world.hospital.visits["p1"] = {first, second};
  world.cycle();
  world.pass(2 * kDay);
  CHECK(*world.next_of("p1") == second);
  world.hospital.visits["p1"] = {world.in(5 * kDay, "moved")};
  auto report = Cycle(world.settings, world.hospital, world.state(), world.state(), &world.post, FixedClock(world.now()), &world.hooks)
                    .run(true, {});  // reconciles
  REQUIRE(report);
  CHECK(world.next_of("p1")->where == "moved");
}

TEST_CASE("visits: a server that fails to tell them leaves what was known, and harms nothing") {
  VisitWorld world;
  world.admit("p1");
  world.hospital.visits["p1"] = {world.in(3 * kDay)};
  world.cycle();
  world.hospital.visits_fail = true;
  world.pass(kHour);
  auto report =
      Cycle(world.settings, world.hospital, world.state(), world.state(), &world.post, FixedClock(world.now()), &world.hooks).run(true, {});
  REQUIRE(report);
  CHECK(report->whole());
  CHECK(world.hospital.visits_asked == 2);
  CHECK(world.next_of("p1"));
}

TEST_CASE("visits: a planned encounter counts, as the polls bring it, until it is cancelled") {
  VisitWorld world;
  world.admit("p1");
  world.cycle();
  CHECK_FALSE(world.next_of("p1"));
  world.pass(kHour);
  world.plan("p1", "planned", "2026-11-20T08:00:00Z");
  world.cycle();
  REQUIRE(world.next_of("p1"));
  CHECK(world.next_of("p1")->where == "Pain clinic");
  world.pass(kHour);
  world.plan("p1", "cancelled", "2026-11-20T08:00:00Z");
  world.cycle();
  CHECK_FALSE(world.next_of("p1"));
}

TEST_CASE("S08 a planned encounter that became part of another one counts as it stands: the same time is one visit, a cancelled one none") {
  VisitWorld world;
  world.admit("p1");
  const auto merged = [&](const std::string& status) {
    world.put(R"({"resourceType":"Encounter","id":"enc-old","status":")" + status +
              R"(","partOf":{"reference":"Encounter/enc-p1"},"subject":{"reference":"Patient/p1"},)"
              R"("serviceType":{"text":"Pain clinic"},"period":{"start":"2026-11-20T08:00:00Z"}})");
  };
  world.plan("p1", "planned", "2026-11-20T08:00:00Z");
  merged("planned");
  world.cycle();
  REQUIRE(world.flag_of("p1").visits.size() == 1);
  CHECK(world.next_of("p1")->where == "Pain clinic");
  world.pass(kHour);
  world.plan("p1", "planned", "2026-11-24T08:00:00Z");  // moved, and the one that became part of it was not
  world.cycle();
  CHECK(world.flag_of("p1").visits.size() == 2);
  world.pass(kHour);
  merged("cancelled");
  world.cycle();
  REQUIRE(world.flag_of("p1").visits.size() == 1);
  CHECK(world.next_of("p1")->at == *parse_instant("2026-11-24T08:00:00Z", Zone::utc()));
}

TEST_CASE("visits: nothing of the kind is kept of somebody whose flag fell, or who is forgotten") {
  VisitWorld world;
  for (const char* id : {"p1", "p2"}) {
    world.admit(id);
    world.hospital.visits[id] = {world.in(3 * kDay)};
  }
  world.cycle();
  world.pass(kHour);
  world.prescribe("p1");
  world.cycle();
  CHECK(world.flag_of("p1").flag.status == FlagStatus::ineligible);
  world.hospital.visits_fail = true;
  world.pass(kHour);
  world.take_away("p1");
  world.cycle();
  CHECK(world.flag_of("p1").flag.status == FlagStatus::potentially_eligible);
  CHECK(world.flag_of("p1").visits.empty());
  bool purged = false;
  REQUIRE(world.desk().forget("p2", "it", world.now(), purged));
  REQUIRE(world.desk().remember("p2"));
  world.pass(kHour);
  world.cycle();
  CHECK(world.flag_of("p2").visits.empty());
}

TEST_CASE("budget: of the equally certain the soonest expected are told first") {
  VisitWorld world;
  world.settings.per_recipient_per_week = 1;
  for (const char* id : {"p1", "p2", "p3"}) world.admit(id);
  world.hospital.visits["p2"] = {world.in(3 * kDay)};
  world.hospital.visits["p3"] = {world.in(2 * kDay)};
  world.cycle();
  REQUIRE(world.post.taken.size() == 1);
  CHECK(world.post.taken[0].flag == world.flag_of("p3").flag.id.value);
}

TEST_CASE("visits: neither a mail, nor a chat's note, nor a webhook's event tells of them") {
  VisitWorld world;
  auto chat = DeliveryWorld::hook("chat");
  chat.chat = true;
  world.settings.recipients.push_back(DeliveryWorld::hook("ctms"));
  world.settings.recipients.push_back(chat);
  world.admit("p1");
  world.hospital.visits["p1"] = {world.in(kDay, "Rheumatology")};
  world.cycle();
  REQUIRE(world.post.taken.size() == 1);
  REQUIRE(world.hooks.events.size() == 1);
  REQUIRE(world.hooks.notes.size() == 1);
  const std::string all = world.post.taken[0].subject + world.post.taken[0].text + world.post.taken[0].html + world.hooks.events[0].body();
  CHECK_THAT(all, !Catch::Contains("Rheumatology") && !Catch::Contains("visit"));
}
