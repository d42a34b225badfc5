// Cycles over days: the real screening and the real store, a hospital and a post office that fail on demand, and a clock set by hand.
#include "agent/screening/cycle.h"

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "agent/store/desk.h"
#include "agent/store/sqlite.h"
#include "agent/store/state.h"
#include "tests/integration/paper_hospital.h"
#include "tests/integration/shipped_trial.h"

using namespace trialflag;
using namespace trialflag::screening;
using testing::PaperHospital;
using testing::PostOffice;

namespace {

namespace fs = std::filesystem;

/// A hospital, a state and a clock; cycle() is one cycle.
class CycleWorld {
 public:
  CycleWorld() : clock_(*parse_instant("2026-11-22T12:00:00Z", Zone::utc())) {
    std::string name = (fs::temp_directory_path() / "trialflag-cycle-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    state_ = std::move(*store::State::open(folder_ / "state", {"here", "https://ehr.example/fhir"}));
    desk_ = std::move(*store::Desk::open(folder_ / "state"));
  }
  ~CycleWorld() {
    desk_.reset();
    state_.reset();
    fs::remove_all(folder_);
  }
  CycleWorld(const CycleWorld&) = delete;
  CycleWorld& operator=(const CycleWorld&) = delete;

  CycleReport cycle(std::stop_token stop = {}) {
    auto report = try_cycle(std::move(stop));
    REQUIRE(report);
    return std::move(*report);
  }
  Result<CycleReport> try_cycle(std::stop_token stop = {}) {
    CycleSettings settings;
    settings.screeners = {testing::shipped_screener()};
    settings.site = "here";
    settings.recipients = {{"li", "Dr Li", "li@hospital.example", "en", {}, true, true}};
    settings.flood = flood;
    settings.write_record = [](const eligibility::PatientVerdict& verdict) { return std::string(name_of(verdict.status)); };
    return Cycle(settings, hospital, *state_, *state_, &post, clock_).run(false, std::move(stop));
  }
  /// From here on every statement on that table fails.
  void lose(const std::string& table) {
    store::Database(folder_ / "state" / "state.db", 100, store::Absent::refused)
        .execute(("PRAGMA foreign_keys = OFF; DROP TABLE " + table).c_str());
  }

  void pass(std::int64_t ms) { clock_.set({clock_.now().ms + ms}); }
  [[nodiscard]] Instant now() const { return clock_.now(); }
  void put(const std::string& json) { hospital.put(json, now()); }

  std::string status(const std::string& patient) {
    const auto views = desk_->flags({});
    REQUIRE(views);
    for (const auto& view : *views)
      if (view.flag.patient.value == patient) return std::string(name_of(view.flag.status));
    return "none";
  }
  std::vector<NoticeKind> letters() const {
    std::vector<NoticeKind> kinds;
    for (const Letter& letter : post.taken) kinds.push_back(letter.kind);
    return kinds;
  }
  store::Desk& desk() { return *desk_; }

  PaperHospital hospital;
  PostOffice post;
  int flood = 25;

 private:
  FixedClock clock_;
  fs::path folder_;
  std::unique_ptr<store::State> state_;
  std::unique_ptr<store::Desk> desk_;
};

std::string patient(const std::string& id, const std::string& birth_date, const std::string& more = "") {
  return R"({"resourceType":"Patient","id":")" + id + R"(","gender":"female","birthDate":")" + birth_date + "\"" + more + "}";
}
std::string fibromyalgia(const std::string& of, const std::string& verification = "confirmed") {
  return R"({"resourceType":"Condition","id":"fm-)" + of + R"(","subject":{"reference":"Patient/)" + of +
         R"("},"clinicalStatus":{"coding":[{"code":"active"}]},"verificationStatus":{"coding":[{"code":")" + verification +
         R"("}]},"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"M79.7"}]},"onsetDateTime":"2020-01-01"})";
}
std::string pregabalin(const std::string& of) {
  return R"({"resourceType":"MedicationRequest","id":"rx-)" + of +
         R"(","status":"active","intent":"order","subject":{"reference":"Patient/)" + of +
         R"("},"medicationCodeableConcept":{"coding":[{"system":"http://www.whocc.no/atc","code":"N03AX16"}]},"authoredOn":"2025-01-01"})";
}

void admit(CycleWorld& world, const std::string& id) {
  world.put(patient(id, "1980-01-01"));
  world.put(fibromyalgia(id));
}

using Kinds = std::vector<NoticeKind>;

}  // namespace

TEST_CASE("cycle: a candidate is flagged and told, and a cycle in which nothing moved does nothing") {
  CycleWorld world;
  admit(world, "p1");
  world.put(patient("p2", "1980-01-01"));
  const auto first = world.cycle();
  CHECK(first.whole());
  CHECK(first.read == 1);  // of p2 nothing but the id was ever needed
  CHECK(world.status("p1") == "potentially_eligible");
  CHECK(world.letters() == Kinds{NoticeKind::opened});
  world.pass(kHour);
  const auto second = world.cycle();
  CHECK(second.read + second.screened + second.sent == 0);
}

TEST_CASE("cycle: a verdict changes by the clock alone: a birthday opens a flag") {
  CycleWorld world;
  world.put(patient("p1", "2008-11-25"));
  world.put(fibromyalgia("p1"));
  world.cycle();
  CHECK(world.status("p1") == "none");
  world.pass(48 * kHour);
  world.cycle();
  CHECK(world.status("p1") == "none");
  world.pass(24 * kHour);
  world.cycle();
  CHECK(world.status("p1") == "potentially_eligible");
}

TEST_CASE("cycle: what was deleted and who was is followed") {
  CycleWorld world;
  admit(world, "p1");
  admit(world, "p2");
  world.cycle();
  world.pass(kHour);
  world.hospital.remove(fhir::ResourceType::condition, "fm-p1", world.now());
  world.hospital.remove(fhir::ResourceType::patient, "p2", world.now());
  world.cycle();
  CHECK(world.status("p1") == "ineligible");
  CHECK(world.status("p2") == "withdrawn");
}

TEST_CASE("cycle: a record that moves to another patient moves both") {
  CycleWorld world;
  admit(world, "p1");
  world.put(patient("p2", "1980-01-01"));
  world.cycle();
  world.pass(kHour);
  std::string moved = fibromyalgia("p1");
  moved.replace(moved.find("Patient/p1"), 10, "Patient/p2");
  world.put(moved);
  world.cycle();
  CHECK(world.status("p1") == "ineligible");
  CHECK(world.status("p2") == "potentially_eligible");
}

TEST_CASE("cycle: a type that breaks off keeps its watermark, and what was missed is caught up with") {
  CycleWorld world;
  world.put(patient("p1", "1980-01-01"));
  world.put(patient("p2", "1980-01-01"));
  world.put(fibromyalgia("p1"));
  world.put(fibromyalgia("p2"));
  world.hospital.failing = {fhir::ResourceType::condition};
  CHECK_FALSE(world.cycle().whole());
  CHECK(world.status("p2") == "none");
  world.hospital.failing.clear();
  CHECK(world.cycle().whole());
  CHECK(world.status("p2") == "potentially_eligible");
}

TEST_CASE("cycle: a type that fails counts as complete for a day, then demotes in silence, and comes back in silence") {
  CycleWorld world;
  admit(world, "p1");
  world.cycle();
  world.hospital.failing = {fhir::ResourceType::medication_request};
  world.pass(23 * kHour);
  world.cycle();
  CHECK(world.status("p1") == "potentially_eligible");
  world.pass(2 * kHour);
  world.cycle();
  CHECK(world.status("p1") == "needs_review");
  world.hospital.failing.clear();
  world.pass(kHour);
  world.cycle();
  CHECK(world.status("p1") == "potentially_eligible");
  CHECK(world.letters() == Kinds{NoticeKind::opened});
}

TEST_CASE("cycle: a patient who could not be read stays pending until read") {
  CycleWorld world;
  admit(world, "p1");
  world.hospital.reads_fail = true;
  const auto failed = world.cycle();
  CHECK(failed.unread == 1);
  CHECK_FALSE(failed.whole());
  world.hospital.reads_fail = false;
  world.cycle();
  CHECK(world.status("p1") == "potentially_eligible");
}

TEST_CASE("cycle: patients who are refused or ill hold up nobody, whatever their ids") {
  CycleWorld world;
  const auto code = GENERATE(ErrorCode::unauthorized, ErrorCode::unavailable, ErrorCode::timeout, ErrorCode::malformed_data);
  for (int i = 1; i <= 9; ++i) admit(world, "p" + std::to_string(i));
  for (int i = 1; i <= 7; ++i) world.hospital.ill["p" + std::to_string(i)] = code;
  const auto first = world.cycle();
  CHECK(first.unread == 9);  // so many in a row, and the source is taken to be ill
  world.pass(60000);
  const auto second = world.cycle();
  CHECK(second.unread == 7);
  CHECK_FALSE(second.whole());
  CHECK(world.status("p8") == "potentially_eligible");
  CHECK(world.status("p9") == "potentially_eligible");
  CHECK(world.letters() == Kinds{NoticeKind::opened, NoticeKind::opened});
  SECTION("each is tried again, in turn") {
    world.hospital.ill.clear();
    CHECK(world.cycle().unread == 0);
    CHECK(world.status("p1") == "potentially_eligible");
  }
  SECTION("nor does one whose record is on file hold up a correction of another's") {
    world.hospital.ill = {{"p8", code}};
    world.put(fibromyalgia("p8", "confirmed"));
    world.put(fibromyalgia("p9", "entered-in-error"));
    world.pass(60000);
    world.cycle();
    CHECK(world.status("p8") == "potentially_eligible");
    CHECK(world.status("p9") == "ineligible");
  }
}

TEST_CASE("cycle: the record is read once more before an opening leaves; where it has changed, nobody is told") {
  CycleWorld world;
  admit(world, "p1");
  world.post.answer = Delivery::refused_for_now;
  world.cycle();
  world.post.answer = Delivery::accepted;
  world.pass(kHour);
  int reads = 0;
  world.hospital.before_read = [&] {
    // the correction arrives after this cycle's poll, right before the letter
    if (reads++ == 0) world.put(fibromyalgia("p1", "entered-in-error"));
  };
  world.cycle();
  CHECK(reads == 1);
  CHECK(world.status("p1") == "ineligible");
  CHECK(world.letters().empty());
}

TEST_CASE("cycle: when the record cannot be read again an opening waits and a retraction goes") {
  CycleWorld world;
  admit(world, "p1");
  admit(world, "p2");
  world.cycle();
  world.post.answer = Delivery::refused_for_now;
  world.pass(kHour);
  world.put(pregabalin("p1"));
  admit(world, "p3");
  world.cycle();
  CHECK(world.letters() == Kinds{NoticeKind::opened, NoticeKind::opened});
  world.post.answer = Delivery::accepted;
  world.hospital.away = true;
  world.pass(kHour);
  const auto blind = world.cycle();
  CHECK(blind.unreachable);
  CHECK(world.letters() == Kinds{NoticeKind::opened, NoticeKind::opened, NoticeKind::retracted});
  world.hospital.away = false;
  world.pass(kHour);
  world.cycle();
  CHECK(world.letters() == Kinds{NoticeKind::opened, NoticeKind::opened, NoticeKind::retracted, NoticeKind::opened});
}

TEST_CASE("cycle: an opening that a failing source makes doubtful waits for the source, and then says what it was to say") {
  CycleWorld world;
  world.post.answer = Delivery::refused_for_now;
  admit(world, "p1");
  world.cycle();
  world.hospital.failing = {fhir::ResourceType::medication_request};
  world.pass(25 * kHour);
  world.post.answer = Delivery::accepted;
  world.cycle();
  CHECK(world.status("p1") == "needs_review");
  CHECK(world.letters().empty());
  CHECK(world.desk().notices()->at(0).error.find("a part of the record cannot be read") != std::string::npos);
  world.hospital.failing.clear();
  world.pass(kHour);
  world.cycle();
  world.cycle();
  CHECK(world.letters() == Kinds{NoticeKind::opened});
  CHECK(world.post.taken.at(0).subject.find("review") == std::string::npos);
}

TEST_CASE("cycle: a notice that nobody takes is tried with growing pauses and stuck after days") {
  CycleWorld world;
  admit(world, "p1");
  world.post.answer = Delivery::refused_for_now;
  world.cycle();
  world.pass(30000);
  world.cycle();
  CHECK(world.desk().notices()->at(0).attempts == 1);
  for (int hour = 0; hour < 80; ++hour) {
    world.pass(kHour);
    world.cycle();
  }
  CHECK(world.desk().notices()->at(0).state == "stuck");
  CHECK(world.desk().notices()->at(0).attempts > 20);
}

TEST_CASE("cycle: the flood brake holds openings and retractions, but not that of somebody who died") {
  CycleWorld world;
  world.flood = 2;
  for (const char* id : {"p1", "p2"}) admit(world, id);
  world.cycle();
  CHECK(world.letters().size() == 2);
  world.pass(kHour);
  for (const char* id : {"p3", "p4", "p5"}) admit(world, id);
  world.put(patient("p1", "1980-01-01", R"(,"deceasedBoolean":true)"));
  world.cycle();
  CHECK(world.letters() == Kinds{NoticeKind::opened, NoticeKind::opened, NoticeKind::retracted});
  CHECK(world.desk().queue()->held == 1);
  REQUIRE(world.desk().release(world.now()));
  world.cycle();
  CHECK(world.letters().back() == NoticeKind::digest);
  CHECK(world.letters().size() == 4);
}

TEST_CASE("cycle: one that is stopped tells nobody, and the next one tells all") {
  CycleWorld world;
  admit(world, "p1");
  admit(world, "p2");
  std::stop_source stop;
  world.hospital.before_read = [&] { stop.request_stop(); };
  world.cycle(stop.get_token());
  CHECK(world.letters().empty());
  world.hospital.before_read = nullptr;
  world.cycle();
  CHECK(world.letters().size() == 2);
}

TEST_CASE("cycle: a source whose records claim to come from the future does not blind the polls to come") {
  CycleWorld world;
  admit(world, "p1");
  world.hospital.put(patient("p9", "1980-01-01"), {world.now().ms + 1000 * kHour});
  world.hospital.put(fibromyalgia("p9"), {world.now().ms + 1000 * kHour});
  world.cycle();
  world.pass(kHour);
  admit(world, "p2");
  world.cycle();
  CHECK(world.status("p2") == "potentially_eligible");
}

TEST_CASE("cycle: a state that fails ends the cycle with that, wherever it does, and is not taken for an EHR that is away") {
  CycleWorld world;
  admit(world, "p1");
  world.cycle();
  world.pass(kHour);
  admit(world, "p2");
  world.lose(GENERATE("seen", "awaited_survivors", "arrivals", "charts", "facts", "verdicts", "flags", "notices", "types"));
  const auto report = world.try_cycle();
  REQUIRE_FALSE(report);
  CHECK(of_state(report.error()));
}

TEST_CASE("report: what the source warns of nobody can mend, what our sign-in grants somebody can") {
  CycleReport report;
  TypeOutcome& outcome = report.types[fhir::ResourceType::observation];
  outcome.reading = Reading::incomplete;
  CHECK_FALSE(report.whole());
  outcome.warned = true;
  CHECK(report.whole());
  outcome.granted_in_part = true;
  CHECK_FALSE(report.whole());
}
