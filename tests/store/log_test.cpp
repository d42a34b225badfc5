// The screening log in a real SQLite file: who has a line, under which code, and the sample of those who are not listed.
#include <catch2/catch.hpp>
#include <set>

#include "agent/store/desk.h"
#include "agent/store/rows.h"
#include "agent/store/state.h"
#include "tests/store/good.h"
#include "tests/support/temporary_folder.h"

using namespace trialflag;
using namespace trialflag::screening;
using testing::good;

namespace {

std::unique_ptr<store::State> open_log(const TemporaryFolder& folder) {
  return good(store::State::open(folder.path(), {"here", "https://ehr.example/fhir"}));
}

/// A screening of `patient` for trial T1 that came to that.
PatientStep screened(const std::string& patient, const std::string& status, bool entered, int day, const std::string& failed = "") {
  PatientStep step;
  step.patient = {patient};
  step.candidate = entered;
  step.drop_chart = status == "not_a_candidate";
  LogLine line;
  line.entered = entered;
  line.day = {day};
  line.trial_version = "1";
  line.age_band = "40-49";
  line.sex = "female";
  line.status = status;
  line.failed = failed;
  VerdictRow row{{"T1"}, status, "u", std::nullopt, "{}"};
  row.log = line;
  if (!step.drop_chart) step.chart = StoredChart{"chart", {}, Instant{1}};
  step.verdicts = {row};
  return step;
}

std::vector<store::LogView> log_of(const TemporaryFolder& folder) {
  std::vector<store::LogView> lines;
  good(good(store::Desk::open(folder.path()))->each_logged("", [&](const store::LogView& line) { lines.push_back(line); }));
  return lines;
}

}  // namespace

TEST_CASE("log: whoever once was a candidate keeps a line, whoever never was has none") {
  const TemporaryFolder folder;
  const auto state = open_log(folder);
  good(state->commit(screened("p1", "ineligible", true, 10, "E6.x")));
  good(state->commit(screened("p2", "not_a_candidate", false, 10)));
  good(state->commit(screened("p1", "not_a_candidate", false, 12, "I2.y")));
  const auto lines = log_of(folder);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].line.status == "not_a_candidate");
  CHECK(lines[0].line.failed == "I2.y");
  CHECK(lines[0].line.day.number == 12);
  CHECK(good(good(store::Desk::open(folder.path()))->unlogged("T1")).looked_at == 1);
}

TEST_CASE("log: the day is that since which the outcome stands") {
  const TemporaryFolder folder;
  const auto state = open_log(folder);
  good(state->commit(screened("p1", "ineligible", true, 10, "E6.x")));
  good(state->commit(screened("p1", "ineligible", true, 20, "E6.x")));
  CHECK(log_of(folder).at(0).line.day.number == 10);
  good(state->commit(screened("p1", "needs_review", true, 30)));
  CHECK(log_of(folder).at(0).line.day.number == 30);
}

TEST_CASE("log: a patient who is gone or forgotten keeps the line and its code, under no id") {
  const TemporaryFolder folder;
  {
    const auto state = open_log(folder);
    good(state->commit(screened("p1", "ineligible", true, 10, "E6.x")));
    good(state->commit(screened("p2", "ineligible", true, 10, "E6.x")));
    PatientStep gone;
    gone.patient = {"p2"};
    gone.gone = true;
    good(state->commit(gone));
  }
  const auto before = log_of(folder);
  REQUIRE(before.size() == 2);
  CHECK((before[0].here != before[1].here));
  CHECK((before[0].here ? before[1] : before[0]).line.status == "withdrawn");
  const auto desk = good(store::Desk::open(folder.path()));
  bool purged = false;
  CHECK(good(desk->forget("p1", "li", {9}, purged)).records == 1);
  CHECK(good(desk->forget("p2", "li", {9}, purged)).records == 1);
  const auto after = log_of(folder);
  REQUIRE(after.size() == 2);
  CHECK(after[0].code == before[0].code);
  CHECK(after[1].code == before[1].code);
  store::Database database(std::string(folder.path()) + "/state.db");
  const auto row = database.prepare("SELECT count(*) FROM screenings WHERE patient IN ('p1', 'p2')");
  REQUIRE(row->step());
  CHECK(row->integer(0) == 0);
}

TEST_CASE("log: the codes are the same each time, differ from state to state, and the order tells nothing of the ids") {
  std::set<std::string> codes;
  for (int i = 0; i < 2; ++i) {
    const TemporaryFolder folder;
    {
      const auto state = open_log(folder);
      for (const char* patient : {"p1", "p2", "p3", "p4"}) good(state->commit(screened(patient, "ineligible", true, 10)));
    }
    const auto lines = log_of(folder), again = log_of(folder);
    REQUIRE(lines.size() == 4);
    for (std::size_t k = 0; k < lines.size(); ++k) {
      CHECK(lines[k].code == again[k].code);
      CHECK(lines[k].code.size() == 10);
      if (k > 0) CHECK(lines[k - 1].code < lines[k].code);
      codes.insert(lines[k].code);
    }
  }
  CHECK(codes.size() == 8);
}

TEST_CASE("sample: only patients who are not listed are drawn, each once, and the same by the same seed") {
  std::vector<std::string> first;
  for (int i = 0; i < 2; ++i) {
    const TemporaryFolder folder;
    {
      const auto state = open_log(folder);
      for (int k = 0; k < 20; ++k) good(state->commit(screened("no" + std::to_string(k), "not_a_candidate", false, 10)));
      good(state->commit(screened("out", "ineligible", true, 10, "E6.x")));
      good(state->commit(screened("in", "potentially_eligible", true, 10)));
      good(state->commit(screened("review", "needs_review", true, 10)));
      PageStep page;
      page.type = fhir::ResourceType::condition;
      page.patients = {{{"unread"}, Pending::read, std::nullopt}};
      good(state->commit(page));
    }
    const auto desk = good(store::Desk::open(folder.path()));
    std::vector<std::string> drawn;
    for (const std::size_t count : {5U, 100U})
      for (const auto& one : good(desk->draw("T1", count, "seed", "li", {77}))) drawn.push_back(one.patient);
    CHECK(drawn.size() == 21);
    CHECK(std::set<std::string>(drawn.begin(), drawn.end()).size() == 21);
    for (const char* listed : {"in", "review", "unread"}) CHECK(std::find(drawn.begin(), drawn.end(), listed) == drawn.end());
    if (i == 0) first = drawn;
    CHECK(drawn == first);
  }
}

TEST_CASE("sample: what a person found stays with who and when") {
  const TemporaryFolder folder;
  good(open_log(folder)->commit(screened("p1", "not_a_candidate", false, 10)));
  const auto desk = good(store::Desk::open(folder.path()));
  const auto drawn = good(desk->draw("T1", 1, "s", "li", {77})).at(0);
  CHECK(drawn.result.empty());
  std::string lower = drawn.code;
  for (char& sign : lower) sign = static_cast<char>(std::tolower(sign));
  good(desk->note_result(lower, "miss", "wang", {99}));
  const auto now = good(desk->drawn("T1")).at(0);
  CHECK(now.drawn_by == "li");
  CHECK(now.result == "miss");
  CHECK(now.result_by == "wang");
  CHECK(now.result_at->ms == 99);
  CHECK(desk->note_result("NOSUCHCODE", "hit", "li", {1}).error().code == ErrorCode::not_found);
}
