// What outlives trouble and is taken back: backups, restores, forgetting, quarantine, and clocks that jump.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <set>

#include "agent/store/backup.h"
#include "agent/store/desk.h"
#include "agent/store/forget.h"
#include "agent/store/state.h"
#include "tests/store/good.h"
#include "tests/support/temporary_folder.h"

using namespace trialflag;
using namespace trialflag::screening;
using fhir::ResourceType;
using testing::context;
using testing::good;
using testing::kHere;

namespace {

namespace fs = std::filesystem;
const store::BackupOptions kOptions = {"9.9.9", {1700000000000}, false};

std::unique_ptr<store::State> open(const fs::path& folder) {
  auto state = store::State::open(folder, kHere);
  INFO((state ? "" : state.error().message));
  REQUIRE(state);
  return std::move(*state);
}

PatientStep step_of(const std::string& id) {
  PatientStep step;
  step.patient = {id};
  step.candidate = true;
  step.chart =
      StoredChart{"chart of " + id, {{ResourceType::condition, "c-" + id}}, Instant{4000}, {{ResourceType::observation, "o-" + id}}};
  step.snapshot = step.chart->blob;
  step.verdicts = {{{"T1"}, "potentially_eligible", "v1", std::nullopt, "verdict of " + id, KeptFacts{"m1", {"facts of " + id, "words"}}}};
  eligibility::PatientVerdict verdict;
  verdict.trial = "T1";
  verdict.trial_version = "1";
  verdict.status = eligibility::Status::potentially_eligible;
  step.changes = {decide(context(), {}, verdict, {id}, "record of " + id, false)};
  return step;
}

void send_all(store::State& state) {
  Settlement settlement;
  for (const auto& notice : good(state.unsettled())) settlement.go.push_back(notice.id);
  good(state.commit(settlement, {6000}));
  for (const auto& due : good(state.due({7000}, {}, 100))) good(state.finish(due.notice.id, {Attempt::State::sent, true, {6500}, {}, {}}));
}

std::string bytes_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// Whether any file of the folder holds the text.
bool holds(const fs::path& folder, const std::string& text) {
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.is_regular_file() && bytes_of(entry.path()).find(text) != std::string::npos) return true;
  return false;
}

PageStep page_of(ResourceType type, Instant at) {
  PageStep page;
  page.type = type;
  page.at = at;
  return page;
}

}  // namespace

TEST_CASE("backup: a whole private copy is made beside a running agent, and replaces nothing unasked") {
  const TemporaryFolder folder;
  const fs::path state = fs::path(folder.path()) / "state", file = fs::path(folder.path()) / "backup.db";
  CHECK(store::back_up(state, file, kOptions, {}).error().code == ErrorCode::not_found);
  const auto running = open(state);
  good(running->commit(step_of("p1")));
  const auto backup = good(store::back_up(state, file, kOptions, {}));
  CHECK(backup.site == "here");
  CHECK(backup.base_url == "https://ehr.example/fhir");
  CHECK(backup.version == "9.9.9");
  CHECK(backup.at.ms == 1700000000000);
  CHECK(backup.flags == 1);
  struct stat about {};
  REQUIRE(stat(file.c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);
  good(running->commit(step_of("p2")));
  CHECK(store::back_up(state, file, kOptions, {}).error().code == ErrorCode::conflict);
  CHECK(good(store::back_up(state, file, {"9.9.9", {1}, true}, {})).flags == 2);
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 2);  // nothing is left beside it
}

TEST_CASE("backup: the state itself, and what it needs, is never replaced, however its name is spelled") {
  const TemporaryFolder folder;
  const fs::path state = fs::path(folder.path()) / "state", other = fs::path(folder.path()) / "other";
  const auto running = open(state);
  good(running->commit(step_of("p1")));
  fs::create_directory_symlink(state, other);
  fs::create_symlink(state / "state.db", fs::path(folder.path()) / "link.db");
  fs::create_hard_link(state / "state.db", fs::path(folder.path()) / "hard.db");
  const store::BackupOptions replace = {"9.9.9", {1}, true};
  for (const fs::path& file : {state / "state.db", state / "state.db-wal", state / "state.db-shm", state / "state.db.restored",
                               state / "lock", state / ".." / "state" / "state.db", other / "state.db", fs::relative(state / "state.db"),
                               fs::path(folder.path()) / "link.db", fs::path(folder.path()) / "hard.db"}) {
    CAPTURE(file);
    const auto refused = store::back_up(state, file, replace, {});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::conflict);
    CHECK(refused.error().message.find("is the state itself") != std::string::npos);
  }
  good(running->commit(step_of("p2")));
  CHECK(good(good(store::Desk::open(state))->flags({})).size() == 2);
  CHECK(good(store::back_up(state, state / "backup.db", replace, {})).flags == 2);
}

TEST_CASE("backup: a state that is larger than what SQLite holds in memory is copied whole") {
  const TemporaryFolder folder;
  const fs::path state = fs::path(folder.path()) / "state", file = fs::path(folder.path()) / "backup.db";
  const auto running = open(state);
  for (int i = 0; i < 300; ++i) {
    PatientStep step = step_of("p" + std::to_string(i));
    step.chart->blob = std::string(40000, 'c');
    good(running->commit(step));
  }
  std::uint64_t told = 0;
  CHECK(good(store::back_up(state, file, kOptions, [&](std::uint64_t done, std::uint64_t) { told = done; })).charts == 300);
  CHECK(told > 0);
}

TEST_CASE("restore: the state of then comes back, the one of now is kept, and all is read again") {
  const TemporaryFolder folder;
  const fs::path state = fs::path(folder.path()) / "state", file = fs::path(folder.path()) / "backup.db";
  {
    const auto running = open(state);
    good(running->commit(step_of("p1")));
    auto page = page_of(ResourceType::condition, {4000});
    page.state = TypeState{ResourceType::condition, true, Reading::whole, Instant{3000}, Instant{4000}, ""};
    good(running->commit(page));
    good(store::back_up(state, file, kOptions, {}));
    good(running->commit(step_of("p2")));
    CHECK(store::restore(state, file, kHere, {9500}, {}).error().code == ErrorCode::unavailable);
  }
  const auto restored = good(store::restore(state, file, kHere, {9500}, {}));
  CHECK(restored.backup.flags == 1);
  REQUIRE(fs::exists(restored.former));
  const auto after = open(state);
  CHECK(good(after->chart({"p1"})).has_value());
  CHECK_FALSE(good(after->chart({"p2"})).has_value());
  CHECK(good(after->pending({}, 10)).at(0).pending == Pending::read);
  CHECK_FALSE(good(after->type_states()).at(0).watermark);
  const fs::path kept = fs::path(folder.path()) / "kept";
  fs::create_directories(kept);
  fs::copy_file(restored.former, kept / "state.db");
  CHECK(good(open(kept)->chart({"p2"})).has_value());
}

TEST_CASE("restore: until all is read again each notice waits for a person, also what waited when the backup was made") {
  const TemporaryFolder folder;
  const fs::path state = fs::path(folder.path()) / "state", file = fs::path(folder.path()) / "backup.db";
  {
    const auto running = open(state);
    good(running->commit(step_of("p1")));
    Settlement settlement;
    for (const auto& notice : good(running->unsettled())) settlement.go.push_back(notice.id);
    good(running->commit(settlement, {6000}));
    good(store::back_up(state, file, kOptions, {}));
  }
  good(store::restore(state, file, kHere, {9500}, {}));
  const auto after = open(state);
  CHECK(good(after->due({99999}, {}, 10)).empty());
  const auto unsettled = good(after->unsettled());
  REQUIRE(unsettled.size() == 1);
  CHECK(unsettled.front().restored);
  PatientStep read = step_of("p1");
  read.changes.clear();
  good(after->commit(read));
  good(after->commit(Settlement{{unsettled.front().id}}, {6000}));
  CHECK(good(after->unsettled()).empty());
  good(after->commit(step_of("p3")));
  CHECK_FALSE(good(after->unsettled()).at(0).restored);  // everybody was seen: from here on they go by themselves
}

TEST_CASE("restore: what is no sound backup of this site changes nothing") {
  const TemporaryFolder folder;
  const fs::path state = fs::path(folder.path()) / "state", file = fs::path(folder.path()) / "backup.db";
  {
    const auto running = open(state);
    good(running->commit(step_of("p1")));
    good(store::back_up(state, file, kOptions, {}));
  }
  const std::string before = bytes_of(state / "state.db");
  ErrorCode wanted = ErrorCode::malformed_data;
  store::Identity identity = kHere;
  SECTION("none at all") {
    fs::remove(file);
    wanted = ErrorCode::not_found;
  }
  SECTION("another file") {
    std::ofstream(file) << std::string(20000, 'x');
  }
  SECTION("an empty file") {
    std::ofstream{file};
  }
  SECTION("cut short") {
    fs::resize_file(file, fs::file_size(file) - 8192);
  }
  SECTION("a changed byte") {
    std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
    stream.seekp(8192 * 3 + 5000);
    stream.put('\x5a');
  }
  SECTION("another site's") {
    identity = {"there", "https://other.example/fhir"};
    wanted = ErrorCode::invalid_config;
  }
  SECTION("a newer version's") {
    store::Database(file).execute("PRAGMA user_version = 999");
  }
  const auto refused = store::restore(state, file, identity, {9500}, {});
  REQUIRE_FALSE(refused);
  CAPTURE(refused.error().message);
  CHECK(refused.error().code == wanted);
  CHECK(bytes_of(state / "state.db") == before);
  CHECK_FALSE(fs::exists(state / "state.db.restoring"));
}

TEST_CASE("restore: who was forgotten since the backup stays forgotten") {
  const TemporaryFolder folder;
  const fs::path state = fs::path(folder.path()) / "state", file = fs::path(folder.path()) / "backup.db";
  {
    const auto running = open(state);
    for (const char* id : {"albatross", "pelican"}) good(running->commit(step_of(id)));
    good(store::back_up(state, file, kOptions, {}));
  }
  bool purged = false;
  good(good(store::Desk::open(state))->forget("albatross", "li", {9000}, purged));
  const auto restored = good(store::restore(state, file, kHere, {9500}, {}));
  fs::remove(restored.former);
  CHECK_FALSE(holds(state, "albatross"));
  CHECK(holds(state, "pelican"));
  const auto after = open(state);
  good(after->commit(step_of("albatross")));
  CHECK_FALSE(good(after->patient({"albatross"})).known);
}

TEST_CASE("restore: a damaged state gives way to the backup and is kept") {
  const TemporaryFolder folder;
  const fs::path state = fs::path(folder.path()) / "state", file = fs::path(folder.path()) / "backup.db";
  {
    const auto running = open(state);
    good(running->commit(step_of("p1")));
    good(store::back_up(state, file, kOptions, {}));
  }
  std::ofstream(state / "state.db") << "rubbish";
  const auto restored = good(store::restore(state, file, kHere, {9500}, {}));
  CHECK(bytes_of(restored.former) == "rubbish");
  CHECK(good(open(state)->chart({"p1"})).has_value());
}

TEST_CASE("W08 restore: killed between its last steps, it is ended by whoever opens the state next") {
  const TemporaryFolder folder;
  const fs::path state = fs::path(folder.path()) / "state", file = fs::path(folder.path()) / "backup.db";
  {
    const auto running = open(state);
    good(running->commit(step_of("p1")));
    good(store::back_up(state, file, kOptions, {}));
    good(running->commit(step_of("p2")));
  }
  fs::copy_file(file, state / "state.db.restored");
  std::ofstream(state / "state.db-wal") << "the former one's log";
  SECTION("before the former state was moved") {}
  SECTION("after it was, and before its log was") {
    fs::rename(state / "state.db", state / "state.db.before-restore-x");
  }
  SECTION("people look first") {
    CHECK(good(good(store::Desk::open(state))->flags({})).size() == 1);
  }
  const auto after = open(state);
  CHECK(good(after->chart({"p1"})).has_value());
  CHECK_FALSE(good(after->chart({"p2"})).has_value());
  CHECK_FALSE(store::restore_is_unfinished(state));
}

TEST_CASE("forget: nothing of the patient or of a merged record is left in the file, and the events stay") {
  const TemporaryFolder folder;
  const fs::path state = folder.path();
  {
    const auto running = open(state);
    for (const char* id : {"albatross-1", "albatross-2", "pelican-1"}) good(running->commit(step_of(id)));
    send_all(*running);
    PatientStep merged;
    merged.patient = {"albatross-2"};
    merged.gone = true;
    merged.merged_into = PatientId{"albatross-1"};
    merged.changes = {withdraw(context(), good(running->prior({"T1"}, {"albatross-2"})), Leaving::merged)};
    good(running->commit(merged));
    auto page = page_of(ResourceType::observation, {100});
    page.flawed = {{"o-x", {"albatross-1"}, "Observation.status: is missing", "raw of albatross-1", 1, false}};
    page.arrivals = {{{"albatross-1"}, "what arrived for albatross-1"}};
    good(running->commit(page));
    good(running->opt_outs(std::set<std::string>{"albatross-1"}));
    RosterStep roster;
    roster.name = "Group/1";
    roster.joined = {{"albatross-1"}, {"pelican-1"}};
    good(running->commit(roster));
  }
  REQUIRE(holds(state, "albatross"));
  bool purged = false;
  const auto desk = good(store::Desk::open(state));
  CHECK(good(desk->forget("nobody", "li", {9000}, purged)).records == 0);
  const auto forgotten = good(desk->forget("albatross-2", "li", {9000}, purged));
  CHECK(forgotten.records == 2);
  CHECK(forgotten.flags == 2);
  CHECK(forgotten.told == 1);  // of the record that was merged away those who were told have heard
  CHECK(purged);
  CHECK_FALSE(holds(state, "albatross"));
  CHECK(holds(state, "pelican"));
  const auto flags = good(desk->flags({}));
  REQUIRE(flags.size() == 3);
  const auto events = good(desk->events(flags.front().flag.id));
  REQUIRE(events.size() >= 2);
  CHECK(events.front().kind == "opened");
  CHECK(events.front().who.empty());
  CHECK(events.back().kind == "forgotten");
  CHECK(events.back().who == "li");
  CHECK(good(desk->forget("albatross-1", "li", {9000}, purged)).already);
}

TEST_CASE("forget: beside a running agent the patient does not come back by a step or a page that was under way, until that is lifted") {
  const TemporaryFolder folder;
  const auto running = open(folder.path());
  good(running->commit(step_of("p1")));
  send_all(*running);
  const auto told = good(running->prior({"T1"}, {"p1"}));
  good(running->put({"r1", told.flag->id, {"T1"}, 1, told.told.at(0), NoticeKind::reminder, false, {9000}}, {9000}, false, ""));
  REQUIRE(good(running->due({99999999}, {}, 10)).size() == 1);
  const auto desk = good(store::Desk::open(folder.path()));
  bool purged = true;
  CHECK(good(desk->forget("p1", "li", {9000}, purged)).flags == 1);
  CHECK_FALSE(purged);
  good(running->commit(step_of("p1")));
  auto page = page_of(ResourceType::condition, {100});
  page.patients = {{{"p1"}, Pending::read, std::nullopt}, {{"p2"}, Pending::nothing, std::nullopt}};
  page.flawed = {{"c", {"p1"}, "reason", "raw", 1, false}};
  good(running->commit(page));
  RosterStep roster;
  roster.name = "Group/1";
  roster.joined = {{"p1"}};
  good(running->commit(roster));
  CHECK_FALSE(good(running->patient({"p1"})).known);
  CHECK(good(running->patient({"p2"})).known);
  CHECK(good(desk->quarantined()).empty());
  CHECK(good(running->due({99999999}, {}, 10)).empty());  // a reminder that waited goes to nobody
  const auto notices = good(running->unsettled());
  REQUIRE(notices.size() == 1);  // the retraction
  CHECK(good(desk->remember("p1")));
  CHECK(good(running->patient({"p1"})).known);
  const auto prior = good(running->prior({"T1"}, {"p1"}));
  REQUIRE(prior.flag);
  CHECK(prior.flag->status == FlagStatus::withdrawn);
}

TEST_CASE("T14 quarantine: what cannot be read is kept with its reason and text until it can be read, or is gone") {
  const TemporaryFolder folder;
  const auto state = open(folder.path());
  const auto desk = good(store::Desk::open(folder.path()));
  auto page = page_of(ResourceType::condition, {100});
  page.flawed = {{"c1", {"p1"}, "Condition.onsetDateTime: is no date", "{raw 1}", 1, false},
                 {"", {}, "it cannot be read as JSON", "{x", 2, false},
                 {"", {}, "it cannot be read as JSON", "{y", 3, false}};
  good(state->commit(page));
  page.at = {200};
  page.flawed = {{"c1", {"p1"}, "Condition.code: is no object", "{raw 2}", 4, false}, {"", {}, "it cannot be read as JSON", "{x", 2, true}};
  good(state->commit(page));
  auto all = good(desk->quarantined());
  REQUIRE(all.size() == 3);
  const auto& first = *std::find_if(all.begin(), all.end(), [](const auto& one) { return one.id == "c1"; });
  CHECK(first.reason == "Condition.code: is no object");
  CHECK(first.raw == "{raw 2}");
  CHECK(first.first_at.ms == 100);
  CHECK(first.last_at.ms == 200);
  CHECK(first.times == 2);
  CHECK(good(desk->quarantine_counts()).at(0).count == 3);

  auto sound = page_of(ResourceType::condition, {300});
  sound.sound = {"c1"};
  good(state->commit(sound));
  CHECK(good(desk->quarantined()).size() == 2);
  auto swept = page_of(ResourceType::condition, {300});
  swept.forget_flawed_before = Instant{200};
  good(state->commit(swept));
  CHECK(good(desk->quarantined()).size() == 1);  // {y was not met again
}

TEST_CASE("quarantine: what can be read leaves it, whether few or many are kept beside a page") {
  const std::size_t kept = GENERATE(1, 2, 3, 4, 50);
  const TemporaryFolder folder;
  const auto state = open(folder.path());
  auto page = page_of(ResourceType::condition, {100});
  for (std::size_t i = 0; i < kept; ++i) page.flawed.push_back({"c" + std::to_string(i), {}, "reason", "raw", 0, false});
  page.flawed.push_back({"", {}, "reason", "{x", 7, false});
  good(state->commit(page));
  auto sound = page_of(ResourceType::condition, {200});
  sound.sound = {"other", "c0", ""};
  good(state->commit(sound));
  const auto left = good(good(store::Desk::open(folder.path()))->quarantined());
  CHECK(left.size() == kept);
  CHECK(std::none_of(left.begin(), left.end(), [](const auto& one) { return one.id == "c0"; }));
}

TEST_CASE("quarantine: is bounded, and tells how many it let go") {
  const TemporaryFolder folder;
  const auto state = open(folder.path());
  auto page = page_of(ResourceType::condition, {100});
  for (int i = 0; i < 10050; ++i) page.flawed.push_back({"c" + std::to_string(i), {}, "reason", "raw", i, false});
  good(state->commit(page));
  const auto desk = good(store::Desk::open(folder.path()));
  CHECK(good(desk->quarantined()).size() == 10000);
  CHECK(good(desk->quarantine_dropped()) == 50);
}

TEST_CASE("W05 clock: put back by a day, what was judged under the later one is judged again and nothing waits for it") {
  const TemporaryFolder folder;
  const auto state = open(folder.path());
  constexpr std::int64_t kNow = 30 * kDay;
  good(state->commit(step_of("p1")));
  Settlement settlement;
  for (const auto& notice : good(state->unsettled())) settlement.go.push_back(notice.id);
  good(state->commit(settlement, {kNow + kDay}));
  const std::string notice = settlement.go.at(0);
  good(state->finish(notice, {Attempt::State::waiting, false, {kNow + kDay}, Instant{kNow + kDay + 3600000}, "refused"}));
  auto page = page_of(ResourceType::condition, {kNow + kDay});
  page.state = TypeState{ResourceType::condition, true, Reading::whole, Instant{kNow + kDay}, Instant{kNow + kDay}, ""};
  good(state->commit(page));
  good(state->follow_clock({kNow + kDay}));
  good(state->mark_due({kNow + kDay}, {{{"T1"}, "v1"}}));
  CHECK(good(state->pending({}, 10)).empty());
  CHECK(good(state->due({kNow + kDay + 60000}, {}, 10)).empty());

  good(state->follow_clock({kNow}));
  good(state->mark_due({kNow}, {{{"T1"}, "v1"}}));
  CHECK(good(state->pending({}, 10)).at(0).pending == Pending::screen);
  const auto type = good(state->type_states()).at(0);
  CHECK_FALSE(type.watermark);
  CHECK(type.whole_at->ms == kNow);
  CHECK(good(state->due({kNow}, {}, 10)).size() == 1);
}

TEST_CASE("W05 clock: a step of some seconds moves nothing") {
  const TemporaryFolder folder;
  const auto state = open(folder.path());
  good(state->commit(step_of("p1")));
  good(state->follow_clock({900000}));
  good(state->mark_due({900000}, {{{"T1"}, "v1"}}));
  good(state->follow_clock({895000}));
  good(state->mark_due({895000}, {{{"T1"}, "v1"}}));
  CHECK(good(state->pending({}, 10)).empty());
}

TEST_CASE("forget: nobody comes back as the record that another is merged into, or was") {
  const TemporaryFolder folder;
  const auto running = open(folder.path());
  for (const char* id : {"p1", "p2"}) good(running->commit(step_of(id)));
  const auto desk = good(store::Desk::open(folder.path()));
  bool purged = false;
  good(desk->forget("p1", "li", {9000}, purged));
  PatientStep step = step_of("p2");
  SECTION("into") {
    step.gone = true;
    step.merged_into = PatientId{"p1"};
  }
  SECTION("out of") {
    step.unmerged_from = PatientId{"p1"};
  }
  step.changes.clear();
  good(running->commit(step));
  CHECK_FALSE(good(running->patient({"p1"})).known);
  CHECK(good(running->patient({"p2"})).merged_into.value.empty());
  CHECK(good(running->pending({}, 10)).empty());
}

TEST_CASE("forget: whoever stands in a list alone can be forgotten, and is no more named by it") {
  const TemporaryFolder folder;
  const fs::path state = folder.path();
  bool purged = false;
  const auto running = open(state);
  SECTION("of those who must not be approached") {
    good(running->opt_outs(std::set<std::string>{"albatross"}));
  }
  SECTION("of those who departed") {
    good(running->commit(step_of("albatross")));
    PatientStep step;
    step.patient = {"albatross"};
    step.gone = true;
    good(running->commit(step));
  }
  SECTION("of merged records") {
    PatientStep step;
    step.patient = {"pelican"};
    step.gone = true;
    step.merged_into = PatientId{"albatross"};
    good(running->commit(step));
  }
  CHECK(good(good(store::Desk::open(state))->forget("albatross", "li", {9000}, purged)).records > 0);
  CHECK(good(running->opt_outs(std::set<std::string>{"albatross", "heron"})) == std::set<std::string>{"heron"});
  store::Database database(state / "state.db");
  CHECK_FALSE(store::named_patients(database).contains("albatross"));
}

TEST_CASE("forget: lifted, the lines of the screening log are the patient's again") {
  const TemporaryFolder folder;
  const auto running = open(folder.path());
  PatientStep step = step_of("p1");
  step.verdicts.front().log = LogLine{true, {20000}, "1", "40-49", "female", "potentially_eligible", "", ""};
  good(running->commit(step));
  const auto desk = good(store::Desk::open(folder.path()));
  bool purged = false;
  good(desk->forget("p1", "li", {9000}, purged));
  REQUIRE(good(desk->remember("p1")));
  step.changes.clear();
  good(running->commit(step));
  int lines = 0;
  good(desk->each_logged("T1", [&](const store::LogView& view) { lines += view.here ? 1 : 10; }));
  CHECK(lines == 1);
}

TEST_CASE("state: whom the list must not approach is screened again as the last record of a chain of merges") {
  const TemporaryFolder folder;
  const auto running = open(folder.path());
  for (const char* id : {"p1", "p2", "p3"}) good(running->commit(step_of(id)));
  for (const auto& [from, to] : {std::pair("p1", "p2"), std::pair("p2", "p3")}) {
    PatientStep step;
    step.patient = {from};
    step.gone = true;
    step.merged_into = PatientId{to};
    good(running->commit(step));
  }
  PatientStep last = step_of("p3");
  last.changes.clear();
  good(running->commit(last));
  REQUIRE(good(running->pending({}, 10)).empty());
  good(running->opt_outs(std::set<std::string>{"p1"}));
  const auto todo = good(running->pending({}, 10));
  REQUIRE(todo.size() == 1);
  CHECK(todo.front().patient.value == "p3");
}

TEST_CASE("restore: an alarm that waited is held with the rest, nobody is reminded at once, and a release ends the holding") {
  const TemporaryFolder folder;
  const fs::path state = fs::path(folder.path()) / "state", file = fs::path(folder.path()) / "backup.db";
  {
    const auto running = open(state);
    good(running->commit(step_of("p1")));
    send_all(*running);
    good(running->put({"alarm", {}, {"T1"}, 0, {"li", "Dr Li", "li@h.example"}, NoticeKind::alarm, false, {7000}}, {7000}, false, ""));
    good(store::back_up(state, file, kOptions, {}));
  }
  good(store::restore(state, file, kHere, {9000}, {}));
  const auto running = open(state);
  CHECK(good(running->due({10000}, {}, 10)).empty());
  CHECK(good(running->unsettled()).empty());
  CHECK(good(running->unacknowledged({8000})).empty());
  CHECK(good(running->unacknowledged({9000})).size() == 1);
  const auto desk = good(store::Desk::open(state));
  CHECK(good(desk->release({10000})) == 1);
  CHECK(good(running->due({10000}, {}, 10)).size() == 1);
  good(running->commit(step_of("p2")));
  const auto unsettled = good(running->unsettled());
  REQUIRE(unsettled.size() == 1);
  CHECK_FALSE(unsettled.front().restored);
}
