// Webhooks beside people: every event, at once, each once; a receiver that is ill holds nobody up.
#include "agent/json/value.h"
#include "tests/integration/delivery_world.h"

using namespace trialflag;
using namespace trialflag::screening;
using testing::DeliveryWorld;

namespace {

using Kinds = std::vector<NoticeKind>;

struct HookWorld : DeliveryWorld {
  HookWorld() { settings.recipients = {li(), hook("ctms")}; }
};

/// A member of an event's data, as text.
std::string member(const WebhookEvent& event, const std::string& name) {
  json::Document document;
  REQUIRE(document.parse(event.body()));
  const json::Value& root = document.root();
  return std::string((name == "type" ? root[name] : root["data"][name]).string());
}

}  // namespace

TEST_CASE("webhooks: a program gets what people get, by ids and criteria, under an id of its own") {
  HookWorld world;
  world.admit("p1");
  world.cycle();
  CHECK(world.letters() == Kinds{NoticeKind::opened});
  REQUIRE(world.hooks.events.size() == 1);
  const WebhookEvent opened = world.hooks.events[0];
  CHECK(member(opened, "type") == "flag.opened");
  CHECK(member(opened, "patient") == "Patient/p1");
  CHECK(member(opened, "trial") == "NCT07230171");
  CHECK(member(opened, "code") == world.flag_of("p1").flag.code);
  CHECK(opened.id() != world.post.taken[0].notice);
  CHECK_THAT(opened.body(), Catch::Contains(R"({"id":"I1.age","effect":"pass"})"));
  CHECK_THAT(opened.body(), Catch::Contains("\"previous_status\":null"));
  CHECK_THAT(opened.body(), !Catch::Contains("1980"));

  world.pass(kHour);
  world.prescribe("p1");
  world.cycle();
  REQUIRE(world.hooks.events.size() == 2);
  CHECK(member(world.hooks.events[1], "type") == "flag.retracted");
  CHECK(member(world.hooks.events[1], "previous_status") == "potentially_eligible");
  CHECK(member(world.hooks.events[1], "status") == "ineligible");
  CHECK(member(world.hooks.events[1], "reason") == "I3.drug_naive");
  world.pass(kHour);
  world.cycle();
  CHECK(world.hooks.events.size() == 2);
  CHECK(world.post.taken.size() == 2);
}

TEST_CASE("webhooks: a chat gets the words of a mail, and nothing of a patient") {
  DeliveryWorld world;
  auto chat = DeliveryWorld::hook("team");
  chat.chat = true;
  world.settings.recipients = {chat};
  world.settings.link_base = "https://flags.example/";
  world.admit("p1");
  world.cycle();
  CHECK(world.hooks.events.empty());
  REQUIRE(world.hooks.notes.size() == 1);
  const ChatNote& note = world.hooks.notes[0];
  CHECK_THAT(note.title(), Catch::Contains(world.flag_of("p1").flag.code));
  CHECK(note.link() == "https://flags.example/" + world.flag_of("p1").flag.code);
  CHECK_THAT(note.title() + note.text() + note.link(), !Catch::Contains("p1"));
}

TEST_CASE("webhooks: narrowed by status and by trial") {
  HookWorld world;
  auto narrow = DeliveryWorld::hook("other");
  narrow.trials = {"NCT00000000"};
  auto reviews = DeliveryWorld::hook("reviews");
  reviews.on_potentially_eligible = false;
  world.settings.recipients = {DeliveryWorld::hook("ctms"), narrow, reviews};
  world.admit("p1");
  world.cycle();
  CHECK(world.hooks.asked == std::map<std::string, int>{{"ctms", 1}});
}

TEST_CASE("webhooks: a person and a webhook of the same id are two") {
  DeliveryWorld world;
  world.settings.recipients = {DeliveryWorld::li(), DeliveryWorld::hook("li")};
  world.admit("p1");
  world.cycle();
  CHECK(world.post.taken.size() == 1);
  CHECK(world.hooks.events.size() == 1);
  world.pass(kHour);
  world.prescribe("p1");
  world.cycle();
  CHECK(world.post.taken.size() == 2);
  CHECK(world.hooks.events.size() == 2);
}

TEST_CASE("webhooks: one that is ill is asked once a cycle, waits as long as it wishes, and holds nobody up") {
  HookWorld world;
  world.settings.recipients.push_back(DeliveryWorld::hook("ill"));
  world.hooks.answers["ill"] = {Delivery::refused_for_now, "its receiver answered 429", std::chrono::hours(2)};
  for (const char* id : {"p1", "p2", "p3"}) world.admit(id);
  const auto report = world.cycle();
  CHECK_FALSE(report.whole());
  CHECK(world.hooks.asked["ill"] == 1);
  CHECK(world.hooks.events.size() == 3);
  CHECK(world.post.taken.size() == 3);
  world.pass(kHour);
  world.cycle();
  CHECK(world.hooks.asked["ill"] == 1);
  world.hooks.answers.clear();
  world.pass(kHour);
  CHECK(world.cycle().whole());
  CHECK(world.hooks.asked["ill"] == 4);
  CHECK(world.hooks.events.size() == 6);
}

TEST_CASE("webhooks: what is refused for days is stuck, and goes when a person retries it") {
  HookWorld world;
  world.hooks.answers["ctms"] = {Delivery::refused_for_now, "its receiver answered 503"};
  world.admit("p1");
  world.cycle();
  for (int hour = 0; hour < 80; ++hour) {
    world.pass(kHour + kMinute);
    world.cycle();
  }
  const auto state = [&] { return world.notices()[1].state; };
  CHECK(world.notices()[1].channel == "webhook");
  CHECK(state() == "stuck");
  const int asked = world.hooks.asked["ctms"];
  CHECK(asked > 40);
  world.pass(kHour);
  world.cycle();
  CHECK(world.hooks.asked["ctms"] == asked);
  world.hooks.answers.clear();
  REQUIRE(world.desk().retry({world.notices()[1].id}, world.now()));
  world.cycle();
  CHECK(state() == "sent");
}

TEST_CASE("webhooks: one that is gone is sent nothing more until a person retries") {
  HookWorld world;
  world.hooks.answers["ctms"] = {Delivery::gone, "its receiver answered 410"};
  world.admit("p1");
  world.cycle();
  CHECK(world.notices()[1].state == "stuck");
  REQUIRE(world.desk().closed_outlets());
  CHECK(world.desk().closed_outlets()->size() == 1);
  world.hooks.answers.clear();
  world.admit("p2");
  world.pass(kHour);
  world.cycle();
  CHECK(world.hooks.asked["ctms"] == 1);
  CHECK(world.desk().queue()->stuck == 2);
  REQUIRE(world.desk().retry_all(world.now()));
  CHECK(world.cycle().whole());
  CHECK(world.hooks.events.size() == 2);
  CHECK(world.desk().closed_outlets()->empty());
}

TEST_CASE("webhooks: whether an event arrived is not known: its retraction goes all the same") {
  HookWorld world;
  world.hooks.answers["ctms"] = {Delivery::uncertain, "no answer"};
  world.admit("p1");
  world.cycle();
  world.hooks.answers.clear();
  world.pass(kHour);
  world.prescribe("p1");
  world.cycle();
  REQUIRE(world.hooks.events.size() == 1);
  CHECK(member(world.hooks.events[0], "type") == "flag.retracted");
}

TEST_CASE("webhooks: what was refused and fell before it was told is told in neither form") {
  HookWorld world;
  world.hooks.answers["ctms"] = {Delivery::refused_for_now, "its receiver answered 429"};
  world.admit("p1");
  world.cycle();
  world.hooks.answers.clear();
  world.pass(kHour);
  world.prescribe("p1");
  world.cycle();
  CHECK(world.hooks.events.empty());
}

TEST_CASE("webhooks: a retraction that waits is not overtaken by the next opening") {
  HookWorld world;
  world.admit("p1");
  world.cycle();
  world.hooks.answers["ctms"] = {Delivery::refused_for_now, "its receiver answered 429"};
  world.pass(kHour);
  world.prescribe("p1");
  world.cycle();
  world.pass(kHour);
  world.take_away("p1");
  world.cycle();
  world.hooks.answers.clear();
  for (int i = 0; i < 3; ++i) {
    world.pass(kHour);
    world.cycle();
  }
  REQUIRE(world.hooks.events.size() == 3);
  CHECK(member(world.hooks.events[1], "type") == "flag.retracted");
  CHECK(member(world.hooks.events[2], "type") == "flag.opened");
}

TEST_CASE("webhooks: the flood brake holds each event by itself, and a person lets all go") {
  HookWorld world;
  world.settings.flood = 2;
  for (const char* id : {"p1", "p2", "p3"}) world.admit(id);
  world.cycle();
  CHECK(world.hooks.events.empty());
  CHECK(world.post.taken.empty());
  REQUIRE(world.desk().release(world.now()));
  world.cycle();
  CHECK(world.letters() == Kinds{NoticeKind::digest});
  CHECK(world.hooks.events.size() == 3);
}

TEST_CASE("webhooks: a merge is a fall, and an opening that says what it replaces") {
  HookWorld world;
  world.admit("p1");
  world.cycle();
  const std::string former = world.flag_of("p1").flag.id.value;
  world.pass(kHour);
  world.admit("p2");
  world.put_patient("p1", "1980-01-01", R"(,"active":false,"link":[{"type":"replaced-by","other":{"reference":"Patient/p2"}}])");
  world.cycle();
  std::map<std::string, const WebhookEvent*> by_type;
  for (const WebhookEvent& event : world.hooks.events) by_type[member(event, "type") + member(event, "patient")] = &event;
  REQUIRE(by_type.contains("flag.retractedPatient/p1"));
  REQUIRE(by_type.contains("flag.openedPatient/p2"));
  CHECK(member(*by_type["flag.openedPatient/p2"], "replaces") == former);
}

TEST_CASE("webhooks: a digest that may have arrived is repeated byte for byte, whatever has happened since") {
  HookWorld world;
  world.settings.recipients[1].delivery = {Slots::Kind::daily, 0, 8 * 60};
  world.admit("p1");
  world.cycle();
  world.set("2026-11-23T08:00:00Z");
  world.cycle();
  REQUIRE(world.hooks.bodies.size() == 1);
  world.pass(kHour);
  for (const char* id : {"p2", "p3"}) world.admit(id);
  world.put_patient("p1", "1980-01-01", R"(,"active":false,"link":[{"type":"replaced-by","other":{"reference":"Patient/p2"}}])");
  world.cycle();
  world.hooks.answers["ctms"] = {Delivery::uncertain, "no answer"};
  world.set("2026-11-24T08:00:00Z");
  world.cycle();
  REQUIRE(world.hooks.bodies.size() == 2);
  CHECK_THAT(world.hooks.bodies[1], Catch::Contains("\"replaces\"") && Catch::Contains("Patient/p3"));
  world.hooks.answers.clear();
  world.pass(kHour);
  world.put_patient("p1");
  world.prescribe("p3");
  world.put(
      R"({"resourceType":"Condition","id":"unsure","subject":{"reference":"Patient/p2"},"clinicalStatus":{"coding":[{"code":"active"}]},"verificationStatus":{"coding":[{"code":"provisional"}]},"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"E03.9"}]},"onsetDateTime":"2020-01-01"})");
  world.cycle();
  REQUIRE(world.hooks.bodies.size() == 3);
  CHECK(world.hooks.bodies[2] == world.hooks.bodies[1]);
  world.set("2026-11-25T08:00:00Z");
  world.cycle();
  REQUIRE(world.hooks.bodies.size() == 4);
  CHECK_THAT(world.hooks.bodies[3], Catch::Contains("flag.retracted") && Catch::Contains("Patient/p3"));
}
