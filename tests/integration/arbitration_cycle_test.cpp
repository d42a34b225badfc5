// One human in several trials, or under several records, is one conversation: who is told, who stands aside, and when the next one's turn
// comes.
#include "agent/eligibility/trial.h"
#include "tests/integration/delivery_world.h"

using namespace trialflag;
using namespace trialflag::screening;
using testing::DeliveryWorld;

namespace {

using Kinds = std::vector<NoticeKind>;

const std::string kFirst = "NCT07230171", kOther = "NCT-OTHER";

/// The shipped trial under another name; without the criteria that pregabalin fails.
std::shared_ptr<const Screener> other_screener() {
  const auto shipped = testing::shipped_screener();
  auto trial = std::make_shared<eligibility::Trial>(shipped->trial());
  trial->id = kOther;
  trial->file_hash = std::string(64, 'b');
  std::erase_if(trial->criteria, [](const auto& criterion) { return criterion.id == "E6.pregabalin" || criterion.id == "I3.drug_naive"; });
  return std::make_shared<const Screener>(testing::shipped_tables(), trial, Zone::utc());
}

struct TwoTrials : DeliveryWorld {
  explicit TwoTrials(int first = 0, int other = 0) {
    settings.screeners.push_back(other_screener());
    rank(first, other);
    settings.remind_after = std::chrono::hours(7 * 24);
  }
  void rank(int first, int other) {
    settings.rules[{kFirst}].priority = first;
    settings.rules[{kOther}].priority = other;
  }
  store::FlagView flag(const std::string& trial, const std::string& patient = "p1") {
    const auto views = desk().flags({"", "", trial});
    REQUIRE(views);
    for (const auto& view : *views)
      if (view.flag.patient.value == patient) return view;
    FAIL("there is no flag");
    return {};
  }
  void set_state(const std::string& trial, FlagState state, const std::string& patient = "p1") {
    REQUIRE(desk().act(flag(trial, patient).flag.id, {"set", "li", std::string(name_of(state)), state, ""}, now()));
  }
  std::vector<std::pair<std::string, NoticeKind>> told() {
    std::vector<std::pair<std::string, NoticeKind>> letters;
    for (const Letter& letter : post.taken) {
      const auto view = desk().flag(letter.flag);
      REQUIRE(view);
      letters.emplace_back(view->flag.trial.value, letter.kind);
    }
    return letters;
  }
  screening::CycleReport next() {
    pass(kHour);
    return cycle();
  }
};

using Heard = std::vector<std::pair<std::string, NoticeKind>>;

}  // namespace

TEST_CASE("rivals: of two trials the one of the greater priority is told about, the other is listed with the reason") {
  TwoTrials world(0, 5);
  world.admit("p1");
  world.cycle();
  CHECK(world.told() == Heard{{kOther, NoticeKind::opened}});
  CHECK(world.flag(kFirst).flag.status == FlagStatus::potentially_eligible);
  CHECK(world.flag(kFirst).suppressed == "other_trial:" + kOther);
  CHECK(world.flag(kFirst).notices.empty());
  CHECK(world.flag(kOther).suppressed.empty());
  const auto counts = world.desk().suppressed();
  REQUIRE((counts && counts->size() == 1));
  CHECK((*counts)[0].reason == "other_trial");
  CHECK((*counts)[0].count == 1);
  int logged = 0;
  REQUIRE(world.desk().each_logged("", [&](const store::LogView& line) { logged += line.suppressed; }));
  CHECK(logged == 1);
  for (int cycles = 0; cycles < 3; ++cycles) world.next();
  CHECK(world.post.taken.size() == 1);
}

TEST_CASE("rivals: with equal priority the earlier opened keeps the conversation") {
  TwoTrials world;
  world.admit("p1");
  world.prescribe("p1");
  world.cycle();
  CHECK(world.told() == Heard{{kOther, NoticeKind::opened}});
  world.take_away("p1");
  world.next();
  CHECK(world.flag(kFirst).suppressed == "other_trial:" + kOther);
  CHECK(world.post.taken.size() == 1);
}

TEST_CASE("rivals: when the first falls, the next is told, once, and those of the first are told that it fell") {
  TwoTrials world(5, 0);
  world.admit("p1");
  world.cycle();
  world.prescribe("p1");
  world.next();
  CHECK(world.flag(kFirst).flag.status == FlagStatus::ineligible);
  auto told = world.told();
  REQUIRE(told.size() == 3);
  std::sort(told.begin() + 1, told.end());
  CHECK(told == Heard{{kFirst, NoticeKind::opened}, {kOther, NoticeKind::opened}, {kFirst, NoticeKind::retracted}});
  CHECK(world.flag(kOther).suppressed.empty());
  world.next();
  CHECK(world.post.taken.size() == 3);
}

TEST_CASE("rivals: when people end the first, or the trial closes or is full, the next is told, once") {
  TwoTrials world(5, 0);
  world.admit("p1");
  world.cycle();
  SECTION("a screen failure") {
    world.set_state(kFirst, FlagState::screen_failed);
  }
  SECTION("a refusal") {
    world.set_state(kFirst, FlagState::declined);
  }
  SECTION("closed") {
    world.settings.rules[{kFirst}].recruiting = false;
  }
  SECTION("full") {
    world.settings.rules[{kFirst}].slots = 0;
  }
  world.next();
  world.next();
  std::size_t opened = 0;
  for (const auto& [trial, kind] : world.told()) opened += trial == kOther && kind == NoticeKind::opened;
  CHECK(opened == 1);
  CHECK(world.flag(kOther).suppressed.empty());
}

TEST_CASE("rivals: a greater priority that comes later takes the conversation over, and who was told is told so") {
  TwoTrials world(5, 0);
  world.admit("p1");
  world.prescribe("p1");
  world.cycle();
  CHECK(world.told() == Heard{{kOther, NoticeKind::opened}});
  world.take_away("p1");
  world.next();
  auto told = world.told();
  REQUIRE(told.size() == 3);
  std::sort(told.begin() + 1, told.end());
  CHECK(told == Heard{{kOther, NoticeKind::opened}, {kOther, NoticeKind::retracted}, {kFirst, NoticeKind::opened}});
  for (const Letter& letter : world.post.taken)
    if (letter.kind == NoticeKind::retracted) CHECK_THAT(letter.text, Catch::Contains("another trial") && !Catch::Contains(kFirst));
  // Neither a reminder nor a second retraction for what stands aside.
  for (int weeks = 0; weeks < 3; ++weeks) {
    world.pass(8 * 24 * kHour);
    world.cycle();
  }
  for (const auto& [trial, kind] : world.told()) CHECK_FALSE((trial == kOther && kind == NoticeKind::reminder));
  world.prescribe("p1");
  world.next();
  CHECK(world.told().back() == std::pair(kOther, NoticeKind::opened));
}

TEST_CASE("rivals: what people set keeps the conversation; enrolled in one, the others stay suppressed with that reason") {
  TwoTrials world(5, 0);
  world.admit("p1");
  world.prescribe("p1");
  world.cycle();
  world.set_state(kOther, FlagState::contacted);
  world.take_away("p1");
  world.next();
  CHECK(world.told() == Heard{{kOther, NoticeKind::opened}});
  CHECK(world.flag(kFirst).suppressed == "other_trial:" + kOther);
  world.set_state(kOther, FlagState::enrolled);
  world.next();
  CHECK(world.flag(kFirst).suppressed == "enrolled:" + kOther);
  CHECK(world.post.taken.size() == 1);
  world.set_state(kOther, FlagState::screen_failed);
  world.next();
  CHECK(world.told() == Heard{{kOther, NoticeKind::opened}, {kFirst, NoticeKind::opened}});
}

TEST_CASE("rivals: enrolled in one, whoever was told of the other is told that it ends") {
  TwoTrials world;
  world.settings.screeners.pop_back();
  world.admit("p1");
  world.cycle();
  world.settings.screeners.push_back(other_screener());
  world.next();
  CHECK(world.flag(kOther).suppressed == "other_trial:" + kFirst);
  world.set_state(kOther, FlagState::enrolled);
  world.next();
  CHECK(world.told() == Heard{{kFirst, NoticeKind::opened}, {kFirst, NoticeKind::retracted}});
  CHECK(world.flag(kFirst).suppressed == "enrolled:" + kOther);
}

TEST_CASE("rivals: another priority in the configuration, or a trial taken out of it, is followed") {
  TwoTrials world(5, 0);
  world.admit("p1");
  world.cycle();
  world.rank(0, 5);
  world.next();
  auto told = world.told();
  std::sort(told.begin() + 1, told.end());
  CHECK(told == Heard{{kFirst, NoticeKind::opened}, {kOther, NoticeKind::opened}, {kFirst, NoticeKind::retracted}});
  world.settings.screeners.pop_back();
  world.next();
  CHECK(world.flag(kFirst).suppressed.empty());
  CHECK(world.told().back() == std::pair(kFirst, NoticeKind::opened));
}

TEST_CASE("rivals: a trial that nobody hears of silences no other") {
  TwoTrials world(5, 0);
  world.settings.recipients.front().trials = {kOther};
  world.admit("p1");
  world.cycle();
  CHECK(world.told() == Heard{{kOther, NoticeKind::opened}});
}

TEST_CASE("rivals: what is set in the EHR gives the other trial its turn") {
  TwoTrials world(5, 0);
  world.admit("p1");
  world.cycle();
  REQUIRE(world.flag(kOther).suppressed == "other_trial:" + kFirst);
  const Flag told = world.flag(kFirst).flag;
  REQUIRE(world.state().keep_written_back(told.id.value, "ResearchSubject", "r1"));
  REQUIRE(world.state().take_move({told.id.value, "ResearchSubject", "ineligible", FlagState::screen_failed, ""}, world.now()));
  world.next();
  CHECK(world.told() == Heard{{kFirst, NoticeKind::opened}, {kOther, NoticeKind::opened}});
}

TEST_CASE("rivals: a trial that may not send silences no other") {
  TwoTrials world(5, 0);
  world.settings.mute = {{kFirst}};
  world.admit("p1");
  world.cycle();
  CHECK(world.told() == Heard{{kOther, NoticeKind::opened}});
}

TEST_CASE("rivals: a source that fails for a while moves no conversation") {
  TwoTrials world(5, 0);
  world.admit("p1");
  world.cycle();
  world.hospital.failing = {fhir::ResourceType::medication_request};
  world.pass(48 * kHour);
  world.cycle();
  world.hospital.failing.clear();
  world.next();
  CHECK(world.told() == Heard{{kFirst, NoticeKind::opened}});
}

TEST_CASE("rivals: a retraction and the next opening are in one transaction: a mail server that is away loses neither and doubles none") {
  TwoTrials world(5, 0);
  world.admit("p1");
  world.cycle();
  world.post.answer = Delivery::refused_for_now;
  world.prescribe("p1");
  world.next();
  world.next();
  CHECK(world.post.taken.size() == 1);
  world.post.answer = Delivery::accepted;
  world.pass(4 * kHour);
  world.cycle();
  world.next();
  auto told = world.told();
  std::sort(told.begin() + 1, told.end());
  CHECK(told == Heard{{kFirst, NoticeKind::opened}, {kOther, NoticeKind::opened}, {kFirst, NoticeKind::retracted}});
}

TEST_CASE("rivals: who was never told of the first gets no retraction when the other takes over") {
  TwoTrials world(5, 0);
  world.post.answer = Delivery::refused_for_good;
  world.admit("p1");
  world.prescribe("p1");
  world.cycle();
  world.post.answer = Delivery::accepted;
  world.take_away("p1");
  world.next();
  CHECK(world.told() == Heard{{kFirst, NoticeKind::opened}});
}

TEST_CASE("rivals: what a person does under the merged record while the other one is judged is not overlooked") {
  TwoTrials world(5, 0);
  world.admit("p1");
  world.prescribe("p1");
  world.put_patient("p2");
  world.cycle();
  world.pass(kHour);
  world.take_away("p1");
  world.put_patient("p1", "1980-01-01", R"(,"link":[{"type":"replaced-by","other":{"reference":"Patient/p2"}}])");
  int asked = 0;
  world.hospital.before_visits = [&] {
    if (++asked == 1) world.set_state(kOther, FlagState::enrolled);
  };
  world.cycle();
  CHECK(asked == 2);
  CHECK(world.flag(kFirst, "p2").suppressed == "enrolled:" + kOther);
  CHECK(world.flag(kFirst, "p2").notices.empty());
}

TEST_CASE("rivals: what was done under a record that is merged counts for the other") {
  TwoTrials world(5, 0);
  world.admit("p1");
  world.prescribe("p1");  // fits the other trial alone
  world.put_patient("p2");
  world.cycle();
  world.set_state(kOther, FlagState::enrolled);
  world.pass(kHour);
  world.take_away("p1");
  world.put_patient("p1", "1980-01-01", R"(,"link":[{"type":"replaced-by","other":{"reference":"Patient/p2"}}])");
  world.cycle();
  CHECK(world.flag(kFirst, "p2").suppressed == "enrolled:" + kOther);
  CHECK(world.flag(kOther, "p2").suppressed == "enrolled:" + kOther);
  for (const auto& [trial, kind] : world.told()) CHECK(trial == kOther);
  CHECK(world.flag(kFirst, "p2").notices.empty());
  CHECK(world.flag(kOther, "p2").notices.empty());
  // The enrolment was a mistake, told under the old record.
  world.set_state(kOther, FlagState::fresh);
  world.next();
  CHECK(world.flag(kFirst, "p2").suppressed.empty());
  CHECK(world.told().back() == std::pair(kFirst, NoticeKind::opened));
}
