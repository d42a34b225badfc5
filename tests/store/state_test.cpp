// The local state in a real SQLite file: steps are kept whole, the ledger only grows, the outbox forgets nothing.
#include "agent/store/state.h"

#include <sqlite3.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "agent/store/desk.h"
#include "agent/store/schema.h"
#include "tests/store/good.h"

using namespace trialflag;
using namespace trialflag::screening;
using fhir::ResourceType;
using testing::context;
using testing::good;
using testing::open;
using testing::state_in;

namespace {

namespace fs = std::filesystem;

eligibility::PatientVerdict verdict(eligibility::Status status) {
  eligibility::PatientVerdict verdict;
  verdict.trial = "T1";
  verdict.trial_version = "1";
  verdict.status = status;
  eligibility::Verdict open;
  open.id = "E8.other_pain";
  open.effect = eligibility::Effect::open;
  open.reason = status == eligibility::Status::needs_review ? eligibility::Reason::weak_evidence : eligibility::Reason::no_data;
  verdict.criteria = {open};
  return verdict;
}

/// The step of a patient with a chart of one Condition, screened to that status.
PatientStep step_of(store::State& state, const std::string& patient, eligibility::Status status) {
  PatientStep step;
  step.patient = {patient};
  step.candidate = true;
  step.chart = StoredChart{"chart of " + patient, {{ResourceType::condition, "c-" + patient}}, Instant{4000}};
  step.snapshot = step.chart->blob;
  step.verdicts = {
      {{"T1"}, std::string(eligibility::name_of(status)), "v1", Instant{9000}, "{}", KeptFacts{"m1", {"facts of " + patient, "words"}}}};
  auto change = decide(context(), good(state.prior({"T1"}, step.patient)), verdict(status), step.patient, "{}", false);
  if (change.flag) step.changes = {change};
  return step;
}

void let_all_go(store::State& state) {
  Settlement settlement;
  for (const auto& notice : good(state.unsettled())) settlement.go.push_back(notice.id);
  good(state.commit(settlement, {6000}));
}

/// Runs SQL on the file as somebody else might.
int tamper(const TemporaryFolder& folder, const char* sql) {
  sqlite3* database = nullptr;
  sqlite3_open((state_in(folder) / "state.db").c_str(), &database);
  const int result = sqlite3_exec(database, sql, nullptr, nullptr, nullptr);
  sqlite3_close(database);
  return result;
}

}  // namespace

TEST_CASE("state: a patient's step keeps chart, index, verdict, flag, event and notice together") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  good(state->commit(step_of(*state, "p1", eligibility::Status::potentially_eligible)));
  CHECK(good(state->chart({"p1"})) == "chart of p1");
  CHECK(good(state->patients_of({ResourceType::condition, "c-p1"})).at(0).value == "p1");
  const auto prior = good(state->prior({"T1"}, {"p1"}));
  REQUIRE(prior.flag);
  CHECK(prior.flag->code.size() == 4);
  CHECK(good(state->unsettled()).size() == 1);
  CHECK(prior.told.empty());
}

TEST_CASE("state: a chart that is kept anew is found by what it holds now alone") {
  const TemporaryFolder folder;
  auto state = open(folder);
  PatientStep step = step_of(*state, "p1", eligibility::Status::potentially_eligible);
  step.chart->resources = {{ResourceType::condition, "stays"}, {ResourceType::observation, "goes"}, {ResourceType::condition, "goes"}};
  good(state->commit(step));
  PatientStep later;
  later.patient = {"p1"};
  later.chart = StoredChart{"later", {{ResourceType::condition, "stays"}, {ResourceType::observation, "comes"}}, Instant{5000}};
  good(state->commit(later));
  CHECK(good(state->patients_of({ResourceType::condition, "stays"})).size() == 1);
  CHECK(good(state->patients_of({ResourceType::observation, "comes"})).size() == 1);
  CHECK(good(state->patients_of({ResourceType::observation, "goes"})).empty());
  CHECK(good(state->patients_of({ResourceType::condition, "goes"})).empty());
  CHECK(good(state->patient({"p1"})).candidate);
}

TEST_CASE("state: a step that fails half way leaves nothing behind") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  auto step = step_of(*state, "p1", eligibility::Status::potentially_eligible);
  step.changes.push_back(step.changes.front());  // the same flag twice cannot be kept
  const auto kept = state->commit(step);
  REQUIRE_FALSE(kept);
  CHECK(kept.error().message.find("p1") == std::string::npos);
  CHECK_FALSE(good(state->chart({"p1"})));
  CHECK_FALSE(good(state->prior({"T1"}, {"p1"})).flag);
  CHECK(good(state->unsettled()).empty());
}

TEST_CASE("state: of a patient who is no candidate only the id is kept") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  auto step = step_of(*state, "p1", eligibility::Status::ineligible);
  good(state->commit(step));
  PatientStep out;
  out.patient = {"p1"};
  out.drop_chart = true;
  good(state->commit(out));
  CHECK_FALSE(good(state->chart({"p1"})));
  CHECK(good(state->patients_of({ResourceType::condition, "c-p1"})).empty());
  const auto known = good(state->patient({"p1"}));
  CHECK(known.known);
  CHECK(known.candidate);
}

TEST_CASE("state: a resource is found in every chart that holds it, and only there, however often charts are read again") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  const auto keep = [&](const std::string& patient, std::vector<ResourceKey> resources) {
    PatientStep step;
    step.patient = {patient};
    step.chart = StoredChart{"chart", std::move(resources), Instant{4000}};
    good(state->commit(step));
  };
  const auto holders = [&](ResourceType type, const std::string& id) {
    std::string names;
    for (const PatientId& patient : good(state->patients_of({type, id}))) names += patient.value + " ";
    return names;
  };
  keep("p2", {{ResourceType::medication, "m"}, {ResourceType::condition, "a"}, {ResourceType::condition, "a"}});
  keep("p1", {{ResourceType::medication, "m"}, {ResourceType::condition, "b"}});
  CHECK(holders(ResourceType::medication, "m") == "p1 p2 ");
  CHECK(holders(ResourceType::condition, "a") == "p2 ");
  CHECK(holders(ResourceType::observation, "a").empty());
  keep("p2", {{ResourceType::condition, "c"}, {ResourceType::medication, "m"}});  // read again after the index was asked
  keep("p3", {{ResourceType::condition, "d"}});
  keep("p3", {{ResourceType::condition, "e"}});  // … and before
  CHECK(holders(ResourceType::condition, "a").empty());
  CHECK(holders(ResourceType::condition, "c") == "p2 ");
  CHECK(holders(ResourceType::medication, "m") == "p1 p2 ");
  CHECK(holders(ResourceType::condition, "d").empty());
  CHECK(holders(ResourceType::condition, "e") == "p3 ");
  CHECK(good(state->ids_of(ResourceType::condition)) == std::vector<std::string>{"b", "c", "e"});
  CHECK(good(state->ids_of(ResourceType::medication)) == std::vector<std::string>{"m"});
  PatientStep gone;
  gone.patient = {"p2"};
  gone.gone = true;
  good(state->commit(gone));
  CHECK(holders(ResourceType::medication, "m") == "p1 ");
}

TEST_CASE("item 25: what no search shows is kept beside the chart, and no sweep misses it") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  auto step = step_of(*state, "p1", eligibility::Status::potentially_eligible);
  const auto with_members = [&](std::optional<std::vector<Member>> members, std::optional<Instant> read_at) {
    step = step_of(*state, "p1", eligibility::Status::potentially_eligible);
    step.chart = StoredChart{"chart", {{ResourceType::observation, "shown"}, {ResourceType::observation, "m"}}, read_at};
    step.chart->members = std::move(members);
    good(state->commit(step));
    std::string told;
    for (const Member& member : good(state->members({"p1"}))) told += member.id + (member.held ? "+ " : "- ");
    return told;
  };
  CHECK(with_members(std::vector<Member>{{"m", true}, {"gone", false}}, Instant{4000}) == "gone- m+ ");
  CHECK(good(state->ids_of(ResourceType::observation)) == std::vector<std::string>{"shown"});
  CHECK(good(state->patients_of({ResourceType::observation, "m"})).size() == 1);
  CHECK(with_members(std::nullopt, std::nullopt) == "gone- m+ ");
  CHECK(with_members(std::vector<Member>(), Instant{5000}).empty());
  CHECK(good(state->ids_of(ResourceType::observation)) == std::vector<std::string>{"m", "shown"});
  CHECK(with_members(std::vector<Member>{{"m", true}}, Instant{6000}) == "m+ ");
  step = step_of(*state, "p1", eligibility::Status::not_a_candidate);
  step.drop_chart = true;
  good(state->commit(step));
  CHECK(good(state->members({"p1"})).empty());
}

TEST_CASE(
    "item 25: whose the results are that a report names is kept until the report says so itself, or is gone, or the patient forgotten") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  const auto keep = [&](const std::vector<std::string>& sound, const std::vector<std::string>& gone,
                        const std::map<std::string, std::vector<ReportResult>>& results) {
    PageStep step;
    step.type = ResourceType::diagnostic_report;
    step.sound = sound;
    step.gone = gone;
    step.results = results;
    good(state->commit(step));
  };
  using Ids = std::set<std::string>;
  const auto of = [&](const std::string& patient) {
    const auto ids = good(state->results_for(patient));
    return Ids(ids.begin(), ids.end());
  };
  keep({"r1", "r2", "r3"}, {}, {{"r1", {{"a", {"p1"}}, {"b", {"p2"}}}}, {"r2", {{"a", {"p1"}}, {"c", {"p1"}}}}, {"r3", {{"d", {"p3"}}}}});
  CHECK(of("p1") == Ids{"a", "c"});
  CHECK(of("p2") == Ids{"b"});
  CHECK(good(state->results_of("r1")).size() == 2);
  keep({"r1"}, {}, {{"r1", {{"b", {"p1"}}}}});
  CHECK(of("p1") == Ids{"a", "b", "c"});
  CHECK(of("p2").empty());
  keep({"r1"}, {"r2"}, {});
  CHECK(of("p1").empty());
  bool purged = false;
  CHECK(good(good(store::Desk::open(state_in(folder)))->forget("p3", "li", {9000}, purged)).records == 1);
  CHECK(of("p3").empty());
  keep({"r3"}, {}, {{"r3", {{"d", {"p3"}}}}});
  CHECK(of("p3").empty());
}

TEST_CASE("state: more new charts than wait for the index at a time are all found") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  for (int i = 0; i < 520; ++i) {
    PatientStep step;
    step.patient = {std::to_string(i)};
    step.chart = StoredChart{"chart", {{ResourceType::condition, "c" + step.patient.value}}, Instant{4000}};
    good(state->commit(step));
  }
  for (const char* number : {"0", "511", "512", "519"})
    CHECK(good(state->patients_of({ResourceType::condition, std::string("c") + number})).size() == 1);
}

TEST_CASE("state: what the charts of a former version hold is found after the migration") {
  const TemporaryFolder folder;
  fs::create_directories(state_in(folder));
  {
    store::Database database(state_in(folder) / "state.db");
    store::migrate(database, 2);
    database.execute(
        "INSERT INTO patients (id) VALUES ('p1'); INSERT INTO charts VALUES ('p1', 4000, x'00');"
        "INSERT INTO resources VALUES ('Observation', 'o', 'p1'), ('Condition', 'c2', 'p1'), ('Condition', 'c10', 'p1')");
  }
  const auto state = open(folder);
  CHECK(good(state->ids_of(ResourceType::condition)) == std::vector<std::string>{"c10", "c2"});
  CHECK(good(state->patients_of({ResourceType::observation, "o"})).at(0).value == "p1");
  CHECK(good(state->patients_of({ResourceType::condition, "c10"})).at(0).value == "p1");
}

TEST_CASE("state: a patient who is gone leaves the ledger alone") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  good(state->commit(step_of(*state, "p1", eligibility::Status::potentially_eligible)));
  PatientStep gone;
  gone.patient = {"p1"};
  gone.gone = true;
  gone.merged_into = PatientId{"p2"};
  gone.changes = {withdraw(context(), good(state->prior({"T1"}, {"p1"})), Leaving::merged)};
  good(state->commit(gone));
  CHECK_FALSE(good(state->patient({"p1"})).known);
  CHECK(good(state->patient({"p1"})).merged_into.value == "p2");
  CHECK(good(state->aliases({"p2"})).at(0).value == "p1");
  CHECK(good(state->pending({}, 10)).at(0).patient.value == "p2");
  CHECK(good(state->prior({"T1"}, {"p1"})).flag->status == FlagStatus::withdrawn);
}

TEST_CASE("state: events can be neither changed nor deleted") {
  const TemporaryFolder folder;
  {
    const auto state = open(folder);
    good(state->commit(step_of(*state, "p1", eligibility::Status::potentially_eligible)));
  }
  CHECK(tamper(folder, "UPDATE flag_events SET kind = 'x'") != SQLITE_OK);
  CHECK(tamper(folder, "DELETE FROM flag_events") != SQLITE_OK);
  CHECK(tamper(folder, "UPDATE event_payloads SET why = 'x'") != SQLITE_OK);
}

TEST_CASE("state: the clock and other circumstances make patients due") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  good(state->commit(step_of(*state, "p1", eligibility::Status::potentially_eligible)));
  good(state->mark_due({8999}, {{{"T1"}, "v1"}}));
  CHECK(good(state->pending({}, 10)).empty());
  good(state->mark_due({9000}, {{{"T1"}, "v1"}}));
  CHECK(good(state->pending({}, 10)).at(0).pending == Pending::screen);
  good(state->commit(step_of(*state, "p1", eligibility::Status::potentially_eligible)));
  good(state->mark_due({8000}, {{{"T1"}, "v2"}}));
  CHECK(good(state->pending({}, 10)).size() == 1);
}

TEST_CASE("state: another verdict's circumstances make due whichever way they differ") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  for (const char* under : {"v0", "v1x", "v1+declined0", "v2"}) {
    INFO(under);
    PatientStep step = step_of(*state, "p1", eligibility::Status::potentially_eligible);
    step.verdicts.front().screened_under = "v1";
    good(state->commit(step));
    good(state->mark_due({1}, {{{"T1"}, "v1"}}));
    CHECK(good(state->pending({}, 10)).empty());
    good(state->mark_due({1}, {{{"T1"}, under}}));
    CHECK(good(state->pending({}, 10)).size() == 1);
  }
}

TEST_CASE("state: a flag that a person declined, or no longer does, is due until it was screened so") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  PatientStep step = step_of(*state, "p1", eligibility::Status::potentially_eligible);
  good(state->commit(step));
  auto desk = good(store::Desk::open(state_in(folder)));
  const std::string flag = good(desk->flags({})).at(0).flag.id.value;
  const auto due_after = [&](FlagState now) {
    good(desk->act({flag}, {"set", "ann", std::string(name_of(now)), now, ""}, {8000}));
    good(state->mark_due({1}, {{{"T1"}, "v1"}}));
    return good(state->pending({}, 10)).size();
  };
  const auto screened = [&](const char* under) {
    PatientStep again;
    again.patient = {"p1"};
    again.verdicts = {{{"T1"}, "potentially_eligible", under, std::nullopt, "{}"}};
    good(state->commit(again));
    good(state->mark_due({1}, {{{"T1"}, "v1"}}));
    return good(state->pending({}, 10)).size();
  };
  CHECK(due_after(FlagState::declined) == 1);
  CHECK(screened("v1+declined") == 0);
  CHECK(due_after(FlagState::acknowledged) == 1);
  CHECK(screened("v1") == 0);
}

TEST_CASE("state: a new trial makes every chart due, once") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  good(state->commit(step_of(*state, "p1", eligibility::Status::potentially_eligible)));
  const std::map<TrialId, std::string> both{{{"T1"}, "v1"}, {{"T2"}, "v1"}};
  good(state->mark_due({1}, {{{"T1"}, "v1"}}));
  CHECK(good(state->pending({}, 10)).empty());
  good(state->mark_due({1}, both));
  CHECK(good(state->pending({}, 10)).size() == 1);
  PatientStep step = step_of(*state, "p1", eligibility::Status::potentially_eligible);
  step.verdicts.push_back(step.verdicts.front());
  step.verdicts.back().trial = {"T2"};
  good(state->commit(step));
  good(state->mark_due({1}, both));
  CHECK(good(state->pending({}, 10)).empty());
}

TEST_CASE("outbox: a notice goes when it is settled, once, and its reader counts as told") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  good(state->commit(step_of(*state, "p1", eligibility::Status::potentially_eligible)));
  CHECK(good(state->due({9999}, {}, 10)).empty());
  let_all_go(*state);
  const auto due = good(state->due({9999}, {}, 10));
  REQUIRE(due.size() == 1);
  CHECK(due[0].flag->patient.value == "p1");
  CHECK(due[0].chart_read_at == Instant{4000});
  const TrialId muted{"T1"};
  CHECK(good(state->due({9999}, {&muted, 1}, 10)).empty());
  good(state->begin(due[0].notice.id));
  CHECK(good(state->prior({"T1"}, {"p1"})).told.size() == 1);
  good(state->finish(due[0].notice.id, {Attempt::State::sent, true, {7000}, {}, ""}));
  CHECK(good(state->due({9999}, {}, 10)).empty());
  CHECK(good(state->prior({"T1"}, {"p1"})).told.at(0).recipient == "li");
}

TEST_CASE("outbox: a refusal untells, a fall before the telling suppresses") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  good(state->commit(step_of(*state, "p1", eligibility::Status::potentially_eligible)));
  let_all_go(*state);
  const std::string id = good(state->due({9999}, {}, 10)).at(0).notice.id;
  good(state->begin(id));
  good(state->finish(id, {Attempt::State::waiting, false, {7000}, Instant{8000}, "refused"}));
  CHECK(good(state->prior({"T1"}, {"p1"})).told.empty());
  CHECK(good(state->due({7999}, {}, 10)).empty());
  CHECK(good(state->due({8000}, {}, 10)).size() == 1);
  good(state->commit(step_of(*state, "p1", eligibility::Status::ineligible)));
  CHECK(good(state->due({9999}, {}, 10)).empty());
  CHECK(good(state->unsettled()).empty());
}

TEST_CASE("outbox: who was told is told of the fall and is then no longer told") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  good(state->commit(step_of(*state, "p1", eligibility::Status::potentially_eligible)));
  let_all_go(*state);
  const std::string id = good(state->due({9999}, {}, 10)).at(0).notice.id;
  good(state->begin(id));
  good(state->finish(id, {Attempt::State::sent, true, {7000}, {}, ""}));
  good(state->commit(step_of(*state, "p1", eligibility::Status::ineligible)));
  const auto fall = good(state->unsettled());
  REQUIRE(fall.size() == 1);
  CHECK(good(state->prior({"T1"}, {"p1"})).told.empty());
}

TEST_CASE("outbox: a held summary waits for its release and settles what it speaks for") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  Settlement settlement;
  Settlement::Held held;
  for (const char* patient : {"p1", "p2", "p3"}) good(state->commit(step_of(*state, patient, eligibility::Status::potentially_eligible)));
  for (const auto& notice : good(state->unsettled())) held.notices.push_back(notice.id);
  held.summary.id = "summary";
  held.summary.trial = {"T1"};
  held.summary.to = {"li", "Dr Li", "li@h.example"};
  held.summary.kind = NoticeKind::digest;
  settlement.held = {held};
  good(state->commit(settlement, {6000}));
  CHECK(good(state->due({9999}, {}, 10)).empty());

  const auto desk = good(store::Desk::open(state_in(folder)));
  CHECK(good(desk->queue()).held == 1);
  CHECK(good(desk->release({6500})) == 1);
  // one of the three falls before the summary leaves: it is not told of
  good(state->commit(step_of(*state, "p2", eligibility::Status::ineligible)));
  const auto due = good(state->due({9999}, {}, 10));
  REQUIRE(due.size() == 1);
  CHECK(due[0].children.size() == 2);
  SECTION("it was sent") {
    good(state->begin("summary"));
    good(state->finish("summary", {Attempt::State::sent, true, {7000}, {}, ""}));
    CHECK(good(state->prior({"T1"}, {"p1"})).told.size() == 1);
  }
  SECTION("it is not to be sent any more, and nothing waits behind it") {
    good(state->finish("summary", {Attempt::State::suppressed, false, {7000}, {}, ""}));
    CHECK(good(state->behind("summary")).empty());
    CHECK(good(state->prior({"T1"}, {"p1"})).told.empty());
  }
  CHECK(good(state->prior({"T1"}, {"p2"})).told.empty());
}

TEST_CASE("desk: people's acts are events, found by code in any case, and beat a step that did not see them") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  good(state->commit(step_of(*state, "p1", eligibility::Status::potentially_eligible)));
  const auto stale = step_of(*state, "p1", eligibility::Status::ineligible);
  const auto desk = good(store::Desk::open(state_in(folder)));
  const auto view = good(desk->flags({})).at(0);
  std::string code = view.flag.code;
  for (char& sign : code) sign = static_cast<char>(std::tolower(sign));
  CHECK(good(desk->flag(code)).flag.id == view.flag.id);
  CHECK(desk->flag("nothing").error().code == ErrorCode::not_found);
  good(desk->act(view.flag.id, {"set", "ann", "declined", FlagState::declined, ""}, {8000}));
  CHECK(good(desk->events(view.flag.id)).size() == 2);
  CHECK(good(desk->flag(code)).flag.state == FlagState::declined);

  const auto kept = state->commit(stale);
  REQUIRE_FALSE(kept);
  CHECK(kept.error().code == ErrorCode::conflict);
  good(state->mark_due({8000}, {{{"T1"}, "v1"}}));
  CHECK(good(state->pending({}, 10)).size() == 1);
}

TEST_CASE("desk: lists filter; retry makes due what waits or is stuck and names what it does not know") {
  const TemporaryFolder folder;
  CHECK(store::Desk::open(state_in(folder)).error().code == ErrorCode::not_found);
  const auto state = open(folder);
  good(state->commit(step_of(*state, "p1", eligibility::Status::potentially_eligible)));
  good(state->commit(step_of(*state, "p2", eligibility::Status::needs_review)));
  let_all_go(*state);
  const auto desk = good(store::Desk::open(state_in(folder)));
  CHECK(good(desk->flags({"needs_review", "", ""})).size() == 1);
  CHECK(good(desk->flags({"", "declined", ""})).empty());
  CHECK(good(desk->flags({"", "", "T2"})).empty());
  const auto notices = good(desk->notices());
  REQUIRE(notices.size() == 2);
  good(state->finish(notices[0].id, {Attempt::State::stuck, false, {7000}, {}, "refused"}));
  CHECK(good(desk->queue()).stuck == 1);
  CHECK(desk->retry({notices[0].id, "unknown"}, {7500}).error().code == ErrorCode::not_found);
  CHECK(good(desk->queue()).stuck == 1);
  CHECK(good(desk->retry({notices[0].id}, {7500})) == 1);
  CHECK(good(state->due({7500}, {}, 10)).size() == 2);
}

TEST_CASE("store: kept facts go with the chart that they were taken from, for every trial") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  PatientStep step = step_of(*state, "p1", eligibility::Status::potentially_eligible);
  step.verdicts.push_back({{"T2"}, "ineligible", "v1", std::nullopt, "{}", KeptFacts{"m2", {"more facts", "words"}}});
  good(state->commit(step));
  CHECK(good(state->facts({"T1"}, {"p1"}))->bytes.judged == "facts of p1");
  CHECK(good(state->facts({"T2"}, {"p1"}))->mapped_under == "m2");

  step.verdicts.pop_back();
  step.changes.clear();
  good(state->commit(step));
  CHECK(good(state->facts({"T1"}, {"p1"})));
  CHECK_FALSE(good(state->facts({"T2"}, {"p1"})));

  step.chart.reset();
  step.verdicts.front().facts.reset();
  good(state->commit(step));
  CHECK(good(state->facts({"T1"}, {"p1"}))->bytes.judged == "facts of p1");

  step.drop_chart = true;
  good(state->commit(step));
  CHECK_FALSE(good(state->facts({"T1"}, {"p1"})));
}

TEST_CASE("store: the index of a chart follows what came and what went") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  PatientStep step = step_of(*state, "p1", eligibility::Status::potentially_eligible);
  step.chart->resources = {{ResourceType::condition, "c1"}, {ResourceType::condition, "c1"}, {ResourceType::observation, "c1"}};
  good(state->commit(step));
  CHECK(good(state->patients_of({ResourceType::condition, "c1"})).size() == 1);
  step.changes.clear();
  step.chart->resources = {{ResourceType::observation, "c1"}, {ResourceType::observation, "o2"}};
  good(state->commit(step));
  CHECK(good(state->patients_of({ResourceType::condition, "c1"})).empty());
  CHECK(good(state->patients_of({ResourceType::observation, "c1"})).size() == 1);
  CHECK(good(state->patients_of({ResourceType::observation, "o2"})).size() == 1);
}

TEST_CASE("store: a record that could not be read is found when it changes, is counted, and is no id when it tells none") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  PatientStep step = step_of(*state, "p1", eligibility::Status::potentially_eligible);
  step.chart->resources = {{ResourceType::condition, "c1"}};
  step.chart->unread = {{ResourceType::condition, "c2"}, {ResourceType::condition, ""}};
  good(state->commit(step));
  CHECK(good(state->patients_of({ResourceType::condition, "c2"})).size() == 1);
  CHECK(good(state->ids_of(ResourceType::condition)) == std::vector<std::string>{"c1", "c2"});
  const auto desk = good(store::Desk::open(state_in(folder)));
  CHECK(good(desk->unread()) == std::map<ResourceType, int>{{ResourceType::condition, 2}});

  step.changes.clear();
  step.chart->resources = {{ResourceType::condition, "c2"}};
  step.chart->unread = {{ResourceType::condition, "c1"}};
  good(state->commit(step));
  CHECK(good(desk->unread()) == std::map<ResourceType, int>{{ResourceType::condition, 1}});
  step.chart->unread.clear();
  good(state->commit(step));
  CHECK(good(desk->unread()).empty());
}
