// When notices leave: digests, quiet hours, budgets, alarms, reminders.
#include <algorithm>

#include "tests/integration/delivery_world.h"

using namespace trialflag;
using namespace trialflag::screening;
using testing::DeliveryWorld;

namespace {

using Kinds = std::vector<NoticeKind>;

Zone shanghai() {
  return *Zone::named("Asia/Shanghai");
}

/// Dr Li reads at eight in the morning in Shanghai.
struct DailyWorld : DeliveryWorld {
  DailyWorld() : DeliveryWorld("2026-11-22T12:00:00Z") {
    settings.recipients[0].delivery = {Slots::Kind::daily, 0, 8 * 60};
    settings.recipients[0].zone = shanghai();
  }
};

/// While records cannot be read their digest waits; when they can be, `records` of them are read once more, and it goes.
void check_that_unread_records_wait(DeliveryWorld& world, int records) {
  world.hospital.reads_fail = true;
  CHECK_FALSE(world.cycle().whole());
  CHECK(world.post.taken.empty());
  world.hospital.reads_fail = false;
  world.pass(2 * kMinute);
  const int reads = world.hospital.reads;
  world.cycle();
  CHECK(world.hospital.reads == reads + records);
  CHECK(world.letters() == Kinds{NoticeKind::digest});
}

}  // namespace

TEST_CASE("digest: what is new waits for the slot and goes out as one mail") {
  DailyWorld world;
  for (const char* id : {"p1", "p2"}) world.admit(id);
  CHECK(world.cycle().whole());
  CHECK(world.post.taken.empty());
  for (const auto& notice : world.notices()) {
    CHECK(notice.state == "waiting");
    CHECK(shanghai().format(*notice.next_at) == "2026-11-23T08:00:00+08:00");
    CHECK_THAT(notice.error, Catch::Contains("digest"));
  }
  world.set("2026-11-22T23:59:59Z");
  world.cycle();
  CHECK(world.post.taken.empty());
  world.set("2026-11-23T00:00:00Z");
  world.cycle();
  REQUIRE(world.letters() == Kinds{NoticeKind::digest});
  for (const char* id : {"p1", "p2"}) {
    CHECK_THAT(world.post.taken[0].text, Catch::Contains(world.flag_of(id).flag.code));
    CHECK(world.flag_of(id).notices[0].state == "sent");
  }
  world.pass(kDay);
  world.cycle();
  CHECK(world.post.taken.size() == 1);
}

TEST_CASE("digest: a flag that falls before anybody was told is told in neither form") {
  DailyWorld world;
  world.admit("p1");
  world.cycle();
  world.pass(kHour);
  world.prescribe("p1");
  world.cycle();
  world.pass(kDay);
  world.cycle();
  CHECK(world.post.taken.empty());
  CHECK(world.notices().size() == 1);
  CHECK(world.notices()[0].state == "suppressed");
}

TEST_CASE("digest: who was told in one is told of the fall in the next; of a death at once") {
  DailyWorld world;
  for (const char* id : {"p1", "p2"}) world.admit(id);
  world.cycle();
  world.set("2026-11-23T00:00:00Z");
  world.cycle();
  world.pass(kHour);
  world.prescribe("p1");
  world.put_patient("p2", "1980-01-01", R"(,"deceasedDateTime":"2026-11-23")");
  world.cycle();
  CHECK(world.letters() == Kinds{NoticeKind::digest, NoticeKind::retracted});
  CHECK_THAT(world.post.taken[1].subject, Catch::Contains(world.flag_of("p2").flag.code));
  world.set("2026-11-24T00:00:00Z");
  world.cycle();
  REQUIRE(world.letters() == Kinds{NoticeKind::digest, NoticeKind::retracted, NoticeKind::digest});
  CHECK_THAT(world.post.taken[2].text, Catch::Contains(world.flag_of("p1").flag.code));
}

TEST_CASE("digest: every record in it is read again; one that cannot be waits a little, alone") {
  DailyWorld world;
  world.admit("p1");
  world.cycle();
  world.set("2026-11-23T00:00:00Z");
  check_that_unread_records_wait(world, 1);
}

TEST_CASE("digest: one that is refused is sent again under the same id") {
  DailyWorld world;
  world.admit("p1");
  world.cycle();
  world.set("2026-11-23T00:00:00Z");
  world.post.answer = Delivery::refused_for_now;
  world.cycle();
  world.post.answer = Delivery::accepted;
  world.pass(10 * kMinute);
  world.cycle();
  CHECK(world.letters() == Kinds{NoticeKind::digest});
  CHECK(world.notices().size() == 2);
}

TEST_CASE("digest: what leaves one that was refused, for its record cannot be read, goes in another") {
  DailyWorld world;
  const std::set<std::string> all = {"p1", "p2"};
  for (const std::string& id : all) world.admit(id);
  world.cycle();
  world.set("2026-11-23T00:00:00Z");
  world.post.answer = Delivery::refused_for_now;
  world.cycle();
  world.post.answer = Delivery::accepted;
  world.pass(kHour);
  const std::set<std::string> ill = GENERATE(std::set<std::string>{"p1"}, std::set<std::string>{"p2"}, std::set<std::string>{"p1", "p2"});
  for (const std::string& id : ill) world.hospital.ill[id] = ErrorCode::unavailable;
  world.cycle();
  for (const std::string& id : all) CHECK((world.flag_of(id).notices[0].state == "sent") == !ill.contains(id));
  world.hospital.ill.clear();
  for (int cycle = 0; cycle < 2; ++cycle) {
    world.pass(kHour);
    CHECK(world.cycle().whole());
  }
  for (const std::string& id : all) CHECK(world.flag_of(id).notices[0].state == "sent");
  CHECK(world.post.taken.size() == (ill == all ? 1 : 2));
  CHECK(world.desk().queue()->waiting == 0);
}

TEST_CASE("digest: a webhook may ask for one too") {
  DeliveryWorld world;
  auto hook = DeliveryWorld::hook("ctms");
  hook.delivery = {Slots::Kind::weekly, 0, 8 * 60};
  world.settings.recipients = {hook};
  for (const char* id : {"p1", "p2"}) world.admit(id);
  world.cycle();
  CHECK(world.hooks.events.empty());
  world.set("2026-11-23T08:00:00Z");
  world.cycle();
  REQUIRE(world.hooks.events.size() == 1);
  CHECK_THAT(world.hooks.events[0].body(), Catch::StartsWith(R"({"type":"digest",)") && Catch::Contains(R"("patient":"Patient/p1")") &&
                                               Catch::Contains(R"("patient":"Patient/p2")") && Catch::Contains(R"("type":"flag.opened")"));
}

TEST_CASE("quiet hours: mails wait for their end, webhooks and deaths do not") {
  DeliveryWorld world("2026-11-22T14:00:00Z");  // 22:00 in Shanghai
  world.settings.recipients[0].zone = shanghai();
  world.settings.recipients.push_back(DeliveryWorld::hook("ctms"));
  world.settings.quiet_hours = {20 * 60, 7 * 60};
  world.admit("p1");
  CHECK(world.cycle().whole());
  CHECK(world.post.taken.empty());
  CHECK(world.hooks.events.size() == 1);
  CHECK(shanghai().format(*world.notices()[0].next_at) == "2026-11-23T07:00:00+08:00");
  CHECK_THAT(world.notices()[0].error, Catch::Contains("quiet"));
  world.set("2026-11-22T23:00:00Z");
  world.cycle();
  CHECK(world.letters() == Kinds{NoticeKind::opened});
  world.set("2026-11-23T15:00:00Z");
  world.put_patient("p1", "1980-01-01", R"(,"deceasedDateTime":"2026-11-23")");
  world.cycle();
  CHECK(world.letters() == Kinds{NoticeKind::opened, NoticeKind::retracted});
}

TEST_CASE("budget: so many mails a week, the rest on Monday in one; retractions do not count") {
  DeliveryWorld world("2026-11-18T09:00:00Z");  // Wednesday
  world.settings.recipients[0].zone = shanghai();
  world.settings.per_recipient_per_week = 2;
  for (const char* id : {"p1", "p2", "p3", "p4"}) world.admit(id);
  CHECK(world.cycle().whole());
  CHECK(world.letters() == Kinds{NoticeKind::opened, NoticeKind::opened});
  int waiting = 0;
  for (const auto& notice : world.notices()) {
    if (notice.state != "waiting") continue;
    ++waiting;
    CHECK(shanghai().format(*notice.next_at) == "2026-11-23T08:00:00+08:00");
    CHECK_THAT(notice.error, Catch::Contains("budget"));
  }
  CHECK(waiting == 2);
  world.pass(kHour);
  for (const auto& notice : world.notices())
    if (notice.state == "sent") {
      const auto flag = world.desk().flag(notice.flag);
      REQUIRE(flag);
      world.prescribe(flag->flag.patient.value);
    }
  world.cycle();
  CHECK(world.letters() == Kinds{NoticeKind::opened, NoticeKind::opened, NoticeKind::retracted, NoticeKind::retracted});
  world.set("2026-11-23T00:00:00Z");
  world.cycle();
  REQUIRE(world.post.taken.size() == 5);
  CHECK(world.post.taken[4].kind == NoticeKind::digest);
  world.pass(kHour);
  for (const char* id : {"p5", "p6"}) world.admit(id);
  world.cycle();
  CHECK(world.post.taken.size() == 6);  // the digest was this week's first
}

TEST_CASE("budget: reminders do not put off the digest that the week before has promised") {
  DeliveryWorld world("2026-11-16T00:30:00Z");  // Monday
  world.settings.per_recipient_per_week = 2;
  world.settings.remind_after = std::chrono::hours(7 * 24);
  for (const char* id : {"p1", "p2", "p3", "p4"}) world.admit(id);
  world.cycle();
  CHECK(world.letters() == Kinds{NoticeKind::opened, NoticeKind::opened});
  world.set("2026-11-23T00:40:00Z");
  world.cycle();
  CHECK(world.letters() == Kinds{NoticeKind::opened, NoticeKind::opened, NoticeKind::reminder, NoticeKind::reminder});
  world.set("2026-11-23T08:00:00Z");
  CHECK(world.cycle().whole());
  CHECK(world.letters() == Kinds{NoticeKind::opened, NoticeKind::opened, NoticeKind::reminder, NoticeKind::reminder, NoticeKind::digest});
}

TEST_CASE("budget: the most certain are told first") {
  DeliveryWorld world("2026-11-18T09:00:00Z");
  world.settings.per_recipient_per_week = 1;
  world.admit("p1");
  world.put(
      R"({"resourceType":"Condition","id":"unsure","subject":{"reference":"Patient/p1"},"clinicalStatus":{"coding":[{"code":"active"}]},"verificationStatus":{"coding":[{"code":"provisional"}]},"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"E03.9"}]},"onsetDateTime":"2020-01-01"})");
  world.admit("p2");
  world.cycle();
  REQUIRE(world.post.taken.size() == 1);
  CHECK(world.flag_of("p1").flag.opens > world.flag_of("p2").flag.opens);
  CHECK(world.post.taken[0].flag == world.flag_of("p2").flag.id.value);
}

TEST_CASE("alarm: what is stuck is told to another of the team, once") {
  DeliveryWorld world;
  auto wang = DeliveryWorld::li();
  wang.id = "wang";
  wang.address = "wang@hospital.example";
  world.settings.recipients = {DeliveryWorld::li(), wang, DeliveryWorld::hook("ctms")};
  world.hooks.answers["ctms"] = {Delivery::gone, "its receiver answered 410"};
  for (const char* id : {"p1", "p2"}) world.admit(id);
  world.cycle();
  world.pass(kHour);
  world.cycle();
  const auto alarms = std::count_if(world.post.taken.begin(), world.post.taken.end(),
                                    [](const Letter& letter) { return letter.kind == NoticeKind::alarm; });
  REQUIRE(alarms == 1);
  const auto alarm =
      std::find_if(world.post.taken.begin(), world.post.taken.end(), [](const Letter& letter) { return letter.kind == NoticeKind::alarm; });
  CHECK(alarm->to.recipient == "li");
  CHECK_THAT(alarm->text, Catch::Contains("ctms"));
  CHECK(world.desk().queue()->stuck == 2);
}

TEST_CASE("reminder: after a week those who were told, after another the next of the team, then nobody") {
  DeliveryWorld world;
  auto head = DeliveryWorld::li();
  head.id = "head";
  head.address = "head@hospital.example";
  head.on_potentially_eligible = head.on_needs_review = false;
  world.settings.recipients.push_back(head);
  world.settings.remind_after = std::chrono::hours(7 * 24);
  world.admit("p1");
  world.cycle();
  const auto days = [&](int count) {
    for (int day = 0; day < count; ++day) {
      world.pass(kDay);
      world.cycle();
    }
  };
  days(6);
  CHECK(world.post.taken.size() == 1);
  days(1);
  REQUIRE(world.letters() == Kinds{NoticeKind::opened, NoticeKind::reminder});
  CHECK(world.post.taken[1].to.recipient == "li");
  days(7);
  REQUIRE(world.post.taken.size() == 3);
  CHECK(world.post.taken[2].kind == NoticeKind::reminder);
  CHECK(world.post.taken[2].to.recipient == "head");
  days(30);
  CHECK(world.post.taken.size() == 3);
  world.prescribe("p1");
  world.cycle();
  CHECK(world.post.taken.size() == 5);  // both were told, so both are told that it fell
}

TEST_CASE("reminder: not of what somebody has acknowledged") {
  DeliveryWorld world;
  world.settings.remind_after = std::chrono::hours(7 * 24);
  world.admit("p1");
  world.cycle();
  REQUIRE(world.desk().act(world.flag_of("p1").flag.id, {"acknowledged", "li", "", FlagState::acknowledged, ""}, world.now()));
  world.pass(8 * kDay);
  world.cycle();
  CHECK(world.post.taken.size() == 1);
}

TEST_CASE("reminder: one that waits for its slot does not go once somebody has acknowledged") {
  for (const bool acknowledged : {false, true}) {
    DailyWorld world;
    world.settings.remind_after = std::chrono::hours(7 * 24);
    world.admit("p1");
    world.cycle();
    world.set("2026-11-23T00:00:00Z");
    world.cycle();
    REQUIRE(world.letters() == Kinds{NoticeKind::digest});
    world.set("2026-11-30T03:00:00Z");
    world.cycle();
    REQUIRE(world.notices().back().kind == "reminder");
    if (acknowledged)
      REQUIRE(world.desk().act(world.flag_of("p1").flag.id, {"acknowledged", "li", "", FlagState::acknowledged, ""}, world.now()));
    world.set("2026-12-01T00:00:00Z");
    world.cycle();
    CHECK(world.post.taken.size() == (acknowledged ? 1 : 2));
  }
}

TEST_CASE("digest: an opening that waits does not go once a person has ended the matter") {
  for (const auto& [state, told] : std::vector<std::pair<FlagState, std::size_t>>{
           {FlagState::acknowledged, 1}, {FlagState::declined, 0}, {FlagState::screen_failed, 0}, {FlagState::enrolled, 0}}) {
    CAPTURE(name_of(state));
    DailyWorld world;
    world.admit("p1");
    world.cycle();
    REQUIRE(world.desk().act(world.flag_of("p1").flag.id, {"set", "wang", "", state, ""}, world.now()));
    world.set("2026-11-23T00:00:00Z");
    world.cycle();
    CHECK(world.post.taken.size() == told);
  }
}

TEST_CASE("reminder: what is stuck for one of the team does not keep the others from it") {
  DeliveryWorld world;
  auto wang = DeliveryWorld::li();
  wang.id = "wang";
  wang.delivery = {Slots::Kind::daily, 0, 8 * 60};
  auto wu = DeliveryWorld::li();
  wu.id = "wu";
  world.settings.recipients.insert(world.settings.recipients.end(), {wang, wu});
  world.settings.remind_after = std::chrono::hours(7 * 24);
  world.post.answers = {{"wang", Delivery::refused_for_good}, {"wu", Delivery::refused_for_good}};
  world.admit("p1");
  world.cycle();
  world.set("2026-11-23T08:00:00Z");
  world.cycle();
  REQUIRE(world.desk().queue()->stuck == 2);
  for (int day = 0; day < 8; ++day) {
    world.pass(kDay);
    world.cycle();
  }
  const auto reminders = std::count_if(world.post.taken.begin(), world.post.taken.end(),
                                       [](const Letter& letter) { return letter.kind == NoticeKind::reminder; });
  CHECK(reminders == 1);
  CHECK(world.post.taken.back().to.recipient == "li");
}

namespace {

/// Who was told of p1 leaves the team; the one who comes is reminded.
void remind_successor(DeliveryWorld& world) {
  world.settings.remind_after = std::chrono::hours(7 * 24);
  world.admit("p1");
  world.cycle();
  auto head = DeliveryWorld::li();
  head.id = "head";
  world.settings.recipients = {head};
  world.pass(8 * kDay);
  world.cycle();
  REQUIRE(world.letters() == Kinds{NoticeKind::opened, NoticeKind::reminder});
}

}  // namespace

TEST_CASE("reminder: who is of the team no more is not reminded; the next one is, when nobody is left") {
  DeliveryWorld world;
  remind_successor(world);
  CHECK(world.post.taken[1].to.recipient == "head");
}

TEST_CASE("reminder: whoever was told by one alone reads of a change as a change, and of no other record") {
  DeliveryWorld world;
  remind_successor(world);
  world.put(R"({"resourceType":"MedicationRequest","id":"rx-p1","status":"unknown","intent":"order","subject":{"reference":"Patient/p1"},)"
            R"("medicationCodeableConcept":{"coding":[{"system":"http://www.whocc.no/atc","code":"N03AX16"}]},"authoredOn":"2025-01-01"})");
  world.cycle();
  REQUIRE(world.flag_of("p1").flag.status == FlagStatus::needs_review);
  REQUIRE(world.post.taken.size() == 4);
  for (const std::size_t each : {2, 3}) CHECK_THAT(world.post.taken[each].subject, Catch::Contains("now needs review"));
}

TEST_CASE("mail: what waits goes to where its reader is reached now") {
  DeliveryWorld world;
  world.post.answer = Delivery::refused_for_now;
  world.admit("p1");
  world.cycle();
  world.post.answer = Delivery::accepted;
  world.settings.recipients[0].address = "li@new.example";
  world.pass(kHour);
  world.cycle();
  REQUIRE(world.post.taken.size() == 1);
  CHECK(world.post.taken[0].to.address == "li@new.example");
  // Who is configured no more is written to where they were reached.
  world.settings.recipients.clear();
  world.prescribe("p1");
  world.cycle();
  REQUIRE(world.post.taken.size() == 2);
  CHECK(world.post.taken[1].to.address == "li@hospital.example");
}

TEST_CASE("flood: before a released summary leaves each record in it is read again") {
  DeliveryWorld world;
  world.settings.flood = 1;
  for (const char* id : {"p1", "p2"}) world.admit(id);
  world.cycle();
  world.pass(kHour);
  REQUIRE(world.desk().release(world.now()));
  SECTION("where one has changed, it is not told") {
    world.hospital.before_read = [&] { world.prescribe("p1"); };
    world.cycle();
    REQUIRE(world.letters() == Kinds{NoticeKind::digest});
    CHECK_THAT(world.post.taken[0].text, Catch::Contains(world.flag_of("p2").flag.code) && !Catch::Contains(world.flag_of("p1").flag.code));
  }
  SECTION("those that cannot be read wait") {
    check_that_unread_records_wait(world, 2);
  }
}

TEST_CASE("digest: one that was refused is read again before it is sent again; one that may have arrived is repeated as it was") {
  for (const auto& [answer, told] :
       std::vector<std::pair<Delivery, bool>>{{Delivery::refused_for_now, false}, {Delivery::uncertain, true}}) {
    DailyWorld world;
    for (const char* id : {"p1", "p2"}) world.admit(id);
    world.cycle();
    world.set("2026-11-23T00:00:00Z");
    world.post.answer = answer;
    world.cycle();
    world.post.answer = Delivery::accepted;
    world.pass(kHour);
    world.hospital.before_read = [&] { world.prescribe("p1"); };
    world.prescribe("p1");
    world.cycle();
    REQUIRE(world.letters() == Kinds{NoticeKind::digest});
    CHECK((world.post.taken[0].text.find(world.flag_of("p1").flag.code) != std::string::npos) == told);
  }
}

TEST_CASE("mail: a slow server does not hold up polling: after its time the rest goes in the next cycle") {
  DeliveryWorld world;
  for (const char* id : {"p1", "p2", "p3"}) world.admit(id);
  world.settings.delivery_time = std::chrono::seconds(90);
  world.post.meanwhile = [&] { world.pass(kMinute); };
  CHECK_FALSE(world.cycle().whole());
  CHECK(world.post.taken.size() == 2);
  CHECK(world.cycle().whole());
  CHECK(world.post.taken.size() == 3);
}

TEST_CASE("mail: after two people who could not be reached it is left alone for the cycle") {
  for (const bool unreached : {true, false}) {
    DeliveryWorld world;
    world.settings.recipients.clear();
    for (const char* id : {"a", "b", "c", "d"}) {
      auto one = DeliveryWorld::li();
      one.id = id;
      world.settings.recipients.push_back(one);
    }
    world.admit("p1");
    world.post.answer = Delivery::refused_for_now;
    world.post.unreached = unreached;
    world.cycle();
    CHECK(world.post.asked == (unreached ? 2 : 4));
    world.post.answer = Delivery::accepted;
    world.pass(kHour);
    world.cycle();
    CHECK(world.post.taken.size() == 4);
  }
}
