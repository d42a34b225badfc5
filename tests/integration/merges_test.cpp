// Records of one human under several numbers: cases S07 to S10 of the failure catalogue.
#include "tests/integration/world.h"

using namespace trialflag;
using namespace trialflag::screening;
using namespace trialflag::testing;
using fhir::ResourceType;
using World = RosterWorld;

namespace {

/// a, a candidate, and b, who is none.
void two(World& world) {
  world.admit("a");
  world.patient("b");
  world.cycle();
  world.pass(kHour);
}

}  // namespace

TEST_CASE("S07 whose record is replaced is told as a change, once, and the other record has all") {
  World world;
  two(world);
  world.patient("a", "b");
  world.cycle();
  CHECK(world.status("a") == "withdrawn");
  CHECK(world.status("b") == kGood);
  CHECK(world.letters(NoticeKind::changed) == 1);
  world.pass(kHour);
  world.put(World::pregabalin("a"));
  world.cycle();
  CHECK(world.status("b") == "ineligible");
}

TEST_CASE("S07 whoever was told hears of a merge by one mail, which leads to the other record's flag, and of its fall") {
  World world;
  two(world);
  world.patient("a", "b");
  world.cycle();
  REQUIRE(world.post.taken.size() == 2);
  CHECK(world.post.taken[1].kind == NoticeKind::changed);
  CHECK(world.post.taken[1].flag == flag_id({"NCT07230171"}, "here", {"b"}).value);
  CHECK(world.post.taken[1].subject.find("now under another record") != std::string::npos);
  world.pass(kHour);
  world.put(World::pregabalin("b"));
  world.cycle();
  REQUIRE(world.post.taken.size() == 3);
  CHECK(world.post.taken[2].kind == NoticeKind::retracted);
}

TEST_CASE("S07 where the other record is no candidate, whoever was told hears that the flag is taken back") {
  World world;
  two(world);
  world.put(World::pregabalin("b"));
  world.patient("a", "b");
  world.cycle();
  CHECK(world.status("a") == "withdrawn");
  REQUIRE(world.post.taken.size() == 2);
  CHECK(world.post.taken[1].kind == NoticeKind::retracted);
}

namespace {

/// Both were told of, and no mail leaves while the one becomes the other.
void merge_unheard(World& world) {
  two(world);
  world.post.answer = Delivery::refused_for_now;
  world.patient("a", "b");
  world.cycle();
  world.pass(kHour);
}

/// Mails leave again.
void hear(World& world) {
  world.post.answer = Delivery::accepted;
  world.pass(2 * kHour);
  world.cycle();
}

}  // namespace

TEST_CASE("S07 whoever was told of a flag that moved and came back before they heard of it hears of its fall") {
  World world;
  merge_unheard(world);
  world.patient("a");
  world.cycle();
  world.pass(kHour);
  world.put(World::pregabalin("a"));
  world.cycle();
  hear(world);
  CHECK(world.status("a") == "ineligible");
  CHECK(world.letters(NoticeKind::retracted) >= 1);
  const std::string a = flag_id({"NCT07230171"}, "here", {"a"}).value;
  const auto last =
      std::find_if(world.post.taken.rbegin(), world.post.taken.rend(), [&](const Letter& letter) { return letter.flag == a; });
  REQUIRE(last != world.post.taken.rend());
  CHECK(last->kind == NoticeKind::retracted);
}

namespace {

/// a was told of and goes into b, whose record cannot be read, so that nobody has heard of it when b is deleted and a stands alone again.
void come_back_unheard(World& world) {
  two(world);
  world.hospital.ill["b"] = ErrorCode::unavailable;
  world.patient("a", "b");
  world.cycle();
  REQUIRE(world.status("a") == "withdrawn");
  REQUIRE(world.post.taken.size() == 1);
  world.pass(10 * kMinute);
  world.hospital.ill.clear();
  world.hospital.remove(ResourceType::patient, "b", world.now());
  world.patient("a");
}

}  // namespace

TEST_CASE("S07 a merge that is undone before anybody heard of it is not told, and what was told still counts as told") {
  World world;
  come_back_unheard(world);
  world.cycle();
  CHECK(world.status("a") == kGood);
  REQUIRE(world.post.taken.size() == 2);
  CHECK(world.post.taken[1].kind == NoticeKind::changed);
  CHECK(world.post.taken[1].subject.find("now potentially eligible") != std::string::npos);
  world.pass(kHour);
  world.put(World::pregabalin("a"));
  world.cycle();
  REQUIRE(world.post.taken.size() == 3);
  CHECK(world.post.taken[2].kind == NoticeKind::retracted);
}

TEST_CASE("S07 whoever has not heard of a merge when it is undone hears that the flag has fallen meanwhile") {
  World world;
  come_back_unheard(world);
  const bool closed = GENERATE(false, true);
  if (closed) {
    world.recruiting = false;
  } else {
    world.put(World::pregabalin("a"));
  }
  for (int cycle = 0; cycle < 2; ++cycle) world.cycle();
  CHECK(world.status("a") == (closed ? kGood : "ineligible"));
  REQUIRE(world.post.taken.size() == 2);
  CHECK(world.post.taken[1].kind == NoticeKind::retracted);
}

TEST_CASE("S07 a merge that is undone before anybody heard of it is not told where a part of the record cannot be read, either") {
  World world;
  come_back_unheard(world);
  world.hospital.broken = {ResourceType::medication_request};
  world.cycle();
  CHECK(world.status("a") == "needs_review");
  CHECK(world.post.taken.size() == 1);
  world.hospital.broken.clear();
  world.pass(kHour);
  world.cycle();
  CHECK(world.status("a") == kGood);
  REQUIRE(world.post.taken.size() == 2);
  CHECK(world.post.taken[1].kind == NoticeKind::changed);
  CHECK(world.post.taken[1].subject.find("now potentially eligible") != std::string::npos);
}

TEST_CASE("S07 where the other record disappears before the merge was told, the flag stands again and nobody is told that it has moved") {
  World world;
  merge_unheard(world);
  world.hospital.remove(ResourceType::patient, "b", world.now());
  world.cycle();
  hear(world);
  CHECK(world.status("a") == kGood);
  CHECK(world.status("b") == "withdrawn");
  for (const Letter& letter : world.post.taken) CHECK(letter.subject.find("now under another record") == std::string::npos);
}

TEST_CASE("S07 of two flags that move to a third at once, whoever was told of both hears of either that it is under another record now") {
  World world;
  for (const char* id : {"a", "c"}) world.admit(id);
  world.patient("b");
  world.cycle();
  REQUIRE(world.post.taken.size() == 2);
  world.pass(kHour);
  for (const char* id : {"a", "c"}) world.patient(id, "b");
  world.cycle();
  std::size_t moves = 0;
  for (std::size_t i = 2; i < world.post.taken.size(); ++i)
    moves += world.post.taken[i].subject.find("now under another record") != std::string::npos;
  CHECK(moves == 2);
}

TEST_CASE("S07 a merge into a record that is up for review for an unread source alone is told, and so is its fall") {
  World world;
  two(world);
  world.hospital.broken = {ResourceType::medication_request};
  world.patient("a", "b");
  world.cycle();
  REQUIRE(world.status("b") == "needs_review");
  REQUIRE(world.post.taken.size() == 2);
  CHECK(world.post.taken[1].kind == NoticeKind::changed);
  CHECK(world.post.taken[1].flag == flag_id({"NCT07230171"}, "here", {"b"}).value);
  world.pass(kHour);
  world.cycle();
  CHECK(world.post.taken.size() == 2);
  world.put(R"({"resourceType":"Patient","id":"b","gender":"female","birthDate":"1980-01-01","deceasedBoolean":true})");
  world.cycle();
  REQUIRE(world.post.taken.size() == 3);
  CHECK(world.post.taken[2].kind == NoticeKind::retracted);
  CHECK(world.post.taken[2].flag == world.post.taken[1].flag);
}

TEST_CASE("S07 a merge is told when the other record has been read, or after an hour") {
  World world;
  two(world);
  world.patient("a", "b");
  world.hospital.ill["b"] = ErrorCode::unavailable;
  world.cycle();
  CHECK(world.status("a") == "withdrawn");
  CHECK(world.post.taken.size() == 1);
  const bool in_time = GENERATE(true, false);
  world.pass(in_time ? 10 * kMinute : kHour);
  if (in_time) world.hospital.ill.clear();
  world.cycle();
  REQUIRE(world.post.taken.size() == 2);
  CHECK(world.post.taken[1].kind == NoticeKind::changed);
  CHECK(world.status("b") == (in_time ? kGood : "none"));
}

TEST_CASE("S07 a merge that is undone gives each their own again") {
  World world;
  two(world);
  world.patient("a", "b");
  world.cycle();
  world.pass(kHour);
  world.patient("a");
  world.cycle();
  CHECK(world.status("a") == kGood);
  CHECK(world.status("b") == "ineligible");
  CHECK(world.state().merges()->empty());
}

TEST_CASE("S07 a merge that only a read by id shows is found by reconciliation, and so is its end") {
  World world;
  two(world);
  world.hospital.unsearchable = {"a"};
  world.patient("a", "b");
  world.cycle();
  CHECK(world.status("a") == kGood);
  world.cycle(true);
  CHECK(world.status("a") == "withdrawn");
  CHECK(world.status("b") == kGood);
  world.pass(kHour);
  world.patient("a");
  world.cycle(true);
  CHECK(world.status("a") == kGood);
  CHECK(world.status("b") == "ineligible");
}

TEST_CASE("S07 a chain of merges ends at its last record, in whatever order they come, and comes apart link by link") {
  World world;
  two(world);
  world.patient("c");
  world.cycle();
  world.pass(kHour);
  const bool first_a = GENERATE(true, false);
  world.patient(first_a ? "a" : "b", first_a ? "b" : "c");
  world.cycle();
  world.pass(kHour);
  world.patient(first_a ? "b" : "a", first_a ? "c" : "b");
  world.cycle();
  CHECK(world.status("a") == "withdrawn");
  CHECK(world.status("b") != kGood);
  CHECK(world.status("c") == kGood);
  world.cycle(true);
  CHECK(world.status("c") == kGood);
  world.pass(kHour);
  world.patient("b");
  world.cycle();
  CHECK(world.status("b") == kGood);
  CHECK(world.status("c") == "ineligible");
}

TEST_CASE("S07 whoever is replaced by themselves stands for themselves, and costs the others nothing") {
  World world;
  world.admit("a");
  world.admit("b");
  const bool behind = GENERATE(true, false);
  if (GENERATE(true, false)) world.cycle();
  world.pass(kHour);
  if (behind) world.patient("a", "b");
  world.patient("b", "b");
  world.cycle();
  CHECK(world.status("b") == kGood);
  CHECK((world.status("a") == kGood) == !behind);
}

TEST_CASE("S07 merges in a circle leave one record, and stay so") {
  World world;
  two(world);
  world.patient("a", "b");
  world.patient("b", "a");
  for (int cycles = 0; cycles < 3; ++cycles) {
    world.cycle(cycles == 2);
    CHECK(int{world.status("a") == kGood} + int{world.status("b") == kGood} == 1);
    world.pass(kHour);
  }
}

TEST_CASE("S07 a record replaced by one that is deleted, of which records are left, stands for itself") {
  World world;
  const bool before = GENERATE(true, false);
  world.admit("a");
  world.admit("b");
  if (!before) world.cycle();
  world.patient("a", "b");
  if (!before) world.cycle();
  world.hospital.remove(ResourceType::patient, "b", world.now());
  for (const bool sweep : {false, true, false, true, false}) {
    world.pass(kHour);
    world.cycle(sweep);
    CHECK(world.status("a") == kGood);
  }
  world.patient("a", "b");
  world.pass(kHour);
  world.cycle();
  CHECK(world.status("a") == kGood);
}

TEST_CASE("S07 a record replaced by one that is nowhere on file stays") {
  World world;
  two(world);
  world.patient("a", "nowhere");
  world.cycle();
  CHECK(world.status("a") == kGood);
}

TEST_CASE("S07 an inactive record whose replacement is nowhere on file is no candidate, and follows it once it is there") {
  World world;
  two(world);
  world.put(R"({"resourceType":"Patient","id":"a","active":false,"gender":"female","birthDate":"1980-01-01","link":[{"type":"replaced-by",)"
            R"("other":{"reference":"Patient/later"}}]})");
  world.cycle();
  CHECK(world.status("a") == "ineligible");
  CHECK(world.letters(NoticeKind::retracted) == 1);
  world.pass(kHour);
  world.admit("later");
  world.cycle();
  CHECK(world.status("later") == kGood);
  CHECK(world.status("a") == "withdrawn");
}

TEST_CASE("S07 a record that only the other one says to be replaced is filed there, and no longer when that says so no more") {
  World world;
  if (GENERATE(false, true)) {
    world.roster = std::make_unique<PaperRoster>();
    world.roster->patients = {{"a"}};
  }
  two(world);
  const auto say = [&](const std::string& links) {
    world.pass(kHour);
    world.put(R"({"resourceType":"Patient","id":"b","gender":"female","birthDate":"1980-01-01")" + links + "}");
    world.cycle();
  };
  say(R"(,"link":[{"type":"replaces","other":{"reference":"Patient/nobody"}},{"type":"replaces","other":{"reference":"Patient/a"}}])");
  CHECK(world.status("a") == "withdrawn");
  CHECK(world.status("b") == kGood);
  CHECK(world.post.taken.size() == 2);
  world.cycle(true);
  CHECK(world.status("a") == "withdrawn");
  CHECK(world.status("b") == kGood);
  CHECK(world.post.taken.size() == 2);
  say("");
  CHECK(world.status("a") == kGood);
  CHECK(world.status("b") != kGood);
  CHECK(world.state().merges()->empty());
}

TEST_CASE("S07 a record comes back when the one that replaced it, and is no candidate, says so no more") {
  World world;
  two(world);
  const auto say = [&](const std::string& links) {
    world.pass(kHour);
    world.put(R"({"resourceType":"Patient","id":"b","active":false)" + links + "}");
    world.cycle();
  };
  const std::string link = R"(,"link":[{"type":"replaces","other":{"reference":"Patient/a"}}])";
  say(link);
  CHECK(world.status("a") == "withdrawn");
  say(link + R"(,"gender":"female")");
  CHECK(world.status("a") == "withdrawn");
  CHECK(world.letters(NoticeKind::retracted) == 1);
  say("");
  CHECK(world.status("a") == kGood);
  CHECK(world.state().merges()->empty());
}

TEST_CASE("S07 records that each say to replace the other leave one, and stay so") {
  World world;
  two(world);
  for (const auto& [id, other] : {std::pair("a", "b"), std::pair("b", "a")})
    world.put(R"({"resourceType":"Patient","id":")" + std::string(id) + R"(","gender":"female","birthDate":"1980-01-01",)" +
              R"("link":[{"type":"replaces","other":{"reference":"Patient/)" + other + R"("}}]})");
  for (int cycles = 0; cycles < 3; ++cycles) {
    world.cycle(cycles == 2);
    CHECK(int{world.status("a") == kGood} + int{world.status("b") == kGood} == 1);
    world.pass(kHour);
  }
}

TEST_CASE("S07 who is on the roster lives on under a record that is not") {
  World world;
  world.roster = std::make_unique<PaperRoster>();
  world.roster->patients = {{"a"}};
  two(world);
  CHECK(world.status("a") == kGood);
  world.patient("a", "b");
  world.cycle();
  CHECK(world.status("a") == "withdrawn");
  CHECK(world.status("b") == kGood);
  world.pass(kHour);
  world.put(World::pregabalin("b"));
  world.cycle();
  CHECK(world.status("b") == "ineligible");
  CHECK(world.status("a") == "withdrawn");
}

TEST_CASE("S08 an encounter that is part of another one changes nothing and is read") {
  World world;
  two(world);
  world.put(R"({"resourceType":"Encounter","id":"e1","status":"finished","partOf":{"reference":"Encounter/e2"},)"
            R"("subject":{"reference":"Patient/a"}})");
  CHECK(world.cycle().whole());
  CHECK(world.status("a") == kGood);
}

TEST_CASE("S09 a record that changes its subject leaves one chart and enters the other, also when only reconciliation shows it") {
  World world;
  two(world);
  const bool sweep = GENERATE(false, true);
  world.put(World::fibromyalgia("b", "a"), sweep ? -kDay : 0);
  world.cycle(sweep);
  CHECK(world.status("a") == "ineligible");
  CHECK(world.status("b") == kGood);
}

TEST_CASE("S10 one id under two types is two records") {
  World world;
  two(world);
  std::string order = World::pregabalin("a");
  order.replace(order.find("rx-a"), 4, "fm-a");
  world.put(order);
  world.cycle();
  CHECK(world.status("a") == "ineligible");
  world.pass(kHour);
  world.hospital.remove(ResourceType::medication_request, "fm-a", world.now());
  world.cycle();
  CHECK(world.status("a") == kGood);
}
