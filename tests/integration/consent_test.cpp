// Who must not be approached, and trials that take nobody: nobody new is told, and those who were told are told so.
#include "tests/integration/delivery_world.h"

using namespace trialflag;
using namespace trialflag::screening;
using testing::DeliveryWorld;

namespace {

using Kinds = std::vector<NoticeKind>;

struct OptOutWorld : DeliveryWorld {
  OptOutWorld() {
    settings.opt_outs = [this](Instant, std::vector<std::string>&) {
      return listed ? std::optional(OptOuts{*listed, whole}) : std::nullopt;
    };
  }
  std::optional<std::set<std::string>> listed = std::set<std::string>();
  bool whole = true;
};

TrialId trial() {
  return {"NCT07230171"};
}

}  // namespace

TEST_CASE("opt-out: somebody on the list is told to nobody, and has no flag") {
  OptOutWorld world;
  world.listed = {"p1"};
  for (const char* id : {"p1", "p2"}) world.admit(id);
  world.cycle();
  CHECK(world.letters() == Kinds{NoticeKind::opened});
  CHECK(world.desk().flags({})->size() == 1);
  CHECK(world.flag_of("p2").notices.size() == 1);
}

TEST_CASE("opt-out: who is put on the list later is withdrawn, exactly from those who were told, and returns when it ends") {
  OptOutWorld world;
  for (const char* id : {"p1", "p2"}) world.admit(id);
  world.cycle();
  world.pass(kHour);
  world.listed = {"p1"};
  world.cycle();
  CHECK(world.flag_of("p1").flag.status == FlagStatus::withdrawn);
  CHECK(world.flag_of("p1").flag.reason == "opted out");
  CHECK(world.flag_of("p2").flag.status == FlagStatus::potentially_eligible);
  REQUIRE(world.post.taken.size() == 3);
  CHECK(world.post.taken[2].kind == NoticeKind::retracted);
  CHECK_THAT(world.post.taken[2].text, Catch::Contains("not to be approached"));
  world.pass(kHour);
  world.cycle();
  CHECK(world.post.taken.size() == 3);
  world.listed = std::set<std::string>();
  world.pass(kHour);
  world.cycle();
  CHECK(world.flag_of("p1").flag.status == FlagStatus::potentially_eligible);
  CHECK(world.post.taken.size() == 4);
}

TEST_CASE("opt-out: a list that cannot be read leaves everybody where they were") {
  OptOutWorld world;
  world.listed = {"p1"};
  world.admit("p1");
  world.cycle();
  world.listed = std::nullopt;
  world.pass(kHour);
  world.put_patient("p1", "1981-01-01");
  const auto report = world.cycle();
  CHECK(world.desk().flags({})->empty());
  CHECK(report.problems.size() == 1);
}

TEST_CASE("opt-out: while a list cannot be read nobody new is told, for they may be on it") {
  const bool in_digest = GENERATE(false, true);
  OptOutWorld world;
  if (in_digest) world.settings.recipients[0].delivery = {Slots::Kind::daily, 0, 8 * 60};
  world.listed = std::set<std::string>();
  world.whole = false;
  world.admit("p1");
  for (int hour = 0; hour < 30; hour += 6) {
    CHECK_FALSE(world.cycle().whole());
    CHECK(world.post.taken.empty());
    world.pass(6 * kHour);
  }
  CHECK(world.flag_of("p1").notices.front().attempts == 0);
  world.whole = true;
  for (int hour = 0; hour < 30; hour += 6) {
    CHECK(world.cycle().whole());
    world.pass(6 * kHour);
  }
  CHECK(world.letters() == Kinds{in_digest ? NoticeKind::digest : NoticeKind::opened});
}

TEST_CASE("opt-out: a line of which nobody knows whom it names lets nobody off the list") {
  OptOutWorld world;
  world.listed = {"p1"};
  world.admit("p1");
  world.cycle();
  world.listed = std::set<std::string>{"p2"};
  world.whole = false;
  world.pass(kHour);
  world.put_patient("p1", "1981-01-01");
  world.cycle();
  CHECK(world.post.taken.empty());
  world.whole = true;
  world.pass(kHour);
  world.cycle();
  CHECK(world.letters() == Kinds{NoticeKind::opened});
}

TEST_CASE("opt-out: between the decision and the mail it stops the mail") {
  OptOutWorld world;
  world.settings.recipients[0].delivery = {Slots::Kind::daily, 0, 8 * 60};
  world.admit("p1");
  world.cycle();
  world.listed = {"p1"};
  world.pass(24 * kHour);
  world.cycle();
  CHECK(world.post.taken.empty());
}

TEST_CASE("gate: nobody is told before the treating physician agrees") {
  DeliveryWorld world;
  world.settings.rules[trial()].gated = true;
  world.admit("p1");
  world.cycle();
  CHECK(world.post.taken.empty());
  REQUIRE(world.desk().act(world.flag_of("p1").flag.id, {"agreed", "dr", "the treating physician agrees", std::nullopt, ""}, world.now()));
  world.pass(kHour);
  world.cycle();
  CHECK(world.letters() == Kinds{NoticeKind::opened});
}

TEST_CASE("gate: what waits when the gate is shut does not go before the treating physician agrees; opened again it goes") {
  DeliveryWorld world;
  world.settings.recipients[0].delivery = {Slots::Kind::daily, 0, 8 * 60};
  world.admit("p1");
  world.cycle();
  world.settings.rules[trial()].gated = true;
  world.pass(24 * kHour);
  world.cycle();
  world.pass(24 * kHour);
  world.cycle();
  CHECK(world.post.taken.empty());
  const bool agrees = GENERATE(true, false);
  if (agrees) REQUIRE(world.desk().act(world.flag_of("p1").flag.id, {"agreed", "dr", "agreed", std::nullopt, ""}, world.now()));
  world.settings.rules[trial()].gated = agrees;
  world.pass(kHour);
  world.cycle();
  world.pass(24 * kHour);
  world.cycle();
  CHECK(world.post.taken.size() == 1);
}

TEST_CASE("told: a flag that opened while nobody was configured to hear of it is told once somebody is") {
  DeliveryWorld world;
  const auto recipients = std::exchange(world.settings.recipients, {});
  world.admit("p1");
  world.cycle();
  world.pass(kHour);
  world.cycle();
  CHECK(world.flag_of("p1").flag.events == 1);
  world.settings.recipients = recipients;
  world.pass(kHour);
  world.cycle();
  world.pass(kHour);
  world.cycle();
  CHECK(world.letters() == Kinds{NoticeKind::opened});
}

TEST_CASE("told: what takes a flag back goes before what opens it anew, held or given up on as it may be") {
  DeliveryWorld world;
  const bool held = GENERATE(true, false);
  for (const char* id : {"p1", "p2", "p3"}) world.admit(id);
  world.settings.flood = 100;
  world.cycle();
  world.settings.flood = held ? 2 : 100;
  if (!held) world.post.answer = Delivery::refused_for_good;
  world.pass(kHour);
  for (const char* id : {"p1", "p2", "p3"}) world.prescribe(id);
  world.cycle();
  world.post.answer = Delivery::accepted;
  world.pass(kHour);
  world.take_away("p1");
  world.cycle();
  if (held) REQUIRE(world.desk().release(world.now()));
  world.pass(kHour);
  world.cycle();
  world.pass(kHour);
  world.cycle();
  CHECK(world.flag_of("p1").flag.status == FlagStatus::potentially_eligible);
  CHECK(world.letters().back() == NoticeKind::opened);
}

TEST_CASE("told: a death hastens what was taken back before and still waits") {
  DeliveryWorld world;
  world.admit("p1");
  world.cycle();
  world.settings.recipients[0].delivery = {Slots::Kind::daily, 0, 8 * 60};
  world.pass(kHour);
  world.prescribe("p1");
  world.cycle();
  CHECK(world.letters() == Kinds{NoticeKind::opened});
  world.pass(kHour);
  world.put_patient("p1", "1980-01-01", R"(,"deceasedBoolean":true)");
  world.cycle();
  CHECK(world.letters() == Kinds{NoticeKind::opened, NoticeKind::retracted});
}

TEST_CASE("closed: a trial that recruits no more opens nothing and takes back what was told; reopened it tells again") {
  DeliveryWorld world;
  world.settings.recipients.push_back(DeliveryWorld::hook("ctms"));
  world.admit("p1");
  world.cycle();
  world.settings.rules[trial()].recruiting = false;
  world.admit("p2");
  world.pass(kHour);
  world.cycle();
  REQUIRE(world.letters() == Kinds{NoticeKind::opened, NoticeKind::retracted});
  CHECK_THAT(world.post.taken[1].text, Catch::Contains("closed"));
  CHECK_THAT(world.hooks.events.back().body(), Catch::Contains("flag.retracted") && Catch::Contains("trial closed"));
  CHECK(world.flag_of("p1").flag.status == FlagStatus::potentially_eligible);
  CHECK(world.desk().flags({})->size() == 1);
  world.pass(kHour);
  world.cycle();
  CHECK(world.post.taken.size() == 2);
  world.prescribe("p1");
  world.pass(kHour);
  world.cycle();
  CHECK(world.post.taken.size() == 2);  // it was taken back already
  world.take_away("p1");
  world.settings.rules[trial()].recruiting = true;
  world.pass(kHour);
  world.cycle();
  CHECK(world.letters() == Kinds{NoticeKind::opened, NoticeKind::retracted, NoticeKind::opened, NoticeKind::opened});
}

TEST_CASE("closed: a trial is full when all its places are taken, and those who are in it are left alone") {
  DeliveryWorld world;
  world.settings.rules[trial()].slots = 1;
  for (const char* id : {"p1", "p2"}) world.admit(id);
  world.cycle();
  REQUIRE(world.desk().act(world.flag_of("p1").flag.id, {"set", "li", "enrolled", FlagState::enrolled, ""}, world.now()));
  world.pass(kHour);
  world.cycle();
  REQUIRE(world.letters() == Kinds{NoticeKind::opened, NoticeKind::opened, NoticeKind::retracted});
  CHECK(world.post.taken[2].flag == world.flag_of("p2").flag.id.value);
  CHECK_THAT(world.post.taken[2].text, Catch::Contains("places taken"));
  // When the place is free again, who was taken back is told of anew, and who never was is not.
  REQUIRE(world.desk().act(world.flag_of("p1").flag.id, {"set", "li", "screening", FlagState::screening, ""}, world.now()));
  world.pass(kHour);
  world.cycle();
  REQUIRE(world.letters() == Kinds{NoticeKind::opened, NoticeKind::opened, NoticeKind::retracted, NoticeKind::opened});
  CHECK(world.post.taken[3].flag == world.flag_of("p2").flag.id.value);
}
