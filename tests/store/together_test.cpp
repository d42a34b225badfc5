// Many steps in one transaction of a real SQLite file: durable at once, none held back by another's failure; and what charts hold is found
// in either form in which an id may be kept.
#include <catch2/catch.hpp>

#include "agent/store/sqlite.h"
#include "tests/store/good.h"

using namespace trialflag;
using namespace trialflag::screening;
using fhir::ResourceType;
using testing::open;

namespace {

constexpr const char* kUuid = "0f8fad5b-d9cb-469f-a165-70867728950e";

PatientStep step_with(const std::string& patient, std::vector<ResourceKey> resources = {}) {
  PatientStep step;
  step.patient = {patient};
  step.candidate = true;
  step.chart = StoredChart{"chart of " + patient, std::move(resources), Instant{}};
  return step;
}

/// How many patients another process sees.
int seen_from_outside(const TemporaryFolder& folder) {
  store::Database other(folder.path() + "/state/state.db");
  const auto row = other.prepare("SELECT count(*) FROM patients");
  row->step();
  return static_cast<int>(row->integer(0));
}

bool holds(store::State& state, ResourceType type, const char* id, const char* patient) {
  const auto holders = state.patients_of({type, id});
  REQUIRE(holders);
  return holders->size() == 1 && holders->front().value == patient;
}

}  // namespace

TEST_CASE("store: steps together become durable when all are done, and are seen by each other before") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  const auto done = state->together([&]() -> Result<void> {
    REQUIRE(state->commit(step_with("p1")));
    CHECK(state->patient({"p1"})->charted);
    CHECK(seen_from_outside(folder) == 0);
    return state->commit(step_with("p2"));
  });
  CHECK(done);
  CHECK(seen_from_outside(folder) == 2);
}

TEST_CASE("store: what was done together before a failure stays, what failed is not half done") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  PatientStep stale = step_with("p2");
  Flag flag;
  flag.id = {"nobody's"};
  flag.trial = {"T1"};
  flag.patient = {"p2"};
  flag.events = 7;  // which the ledger does not have: somebody changed it meanwhile
  stale.changes.push_back({});
  stale.changes.back().flag = flag;
  const auto done = state->together([&]() -> Result<void> {
    REQUIRE(state->commit(step_with("p1")));
    return state->commit(stale);
  });
  REQUIRE_FALSE(done);
  CHECK(done.error().code == ErrorCode::conflict);
  CHECK(seen_from_outside(folder) == 1);
  CHECK(state->patient({"p1"})->known);
  CHECK_FALSE(state->patient({"p2"})->known);
  CHECK(state->commit(step_with("p3")));
}

TEST_CASE("store: what a chart holds is found by UUIDs and by other ids, and lost with the chart that held it") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  const std::string upper = "0F8FAD5B-D9CB-469F-A165-70867728950E";
  REQUIRE(state->commit(step_with("p1", {{ResourceType::condition, kUuid}, {ResourceType::observation, "o1"}})));
  REQUIRE(state->commit(step_with("p2", {{ResourceType::observation, kUuid}, {ResourceType::condition, upper}})));
  CHECK(holds(*state, ResourceType::condition, kUuid, "p1"));
  CHECK(holds(*state, ResourceType::observation, kUuid, "p2"));
  CHECK(holds(*state, ResourceType::condition, upper.c_str(), "p2"));
  CHECK(holds(*state, ResourceType::observation, "o1", "p1"));
  CHECK(state->patients_of({ResourceType::observation, "o2"})->empty());
  CHECK(*state->ids_of(ResourceType::condition) == std::vector<std::string>{upper, kUuid});

  // One added in the middle, one gone, the order changed.
  REQUIRE(state->commit(
      step_with("p1", {{ResourceType::observation, "o2"}, {ResourceType::condition, kUuid}, {ResourceType::procedure, kUuid}})));
  CHECK(holds(*state, ResourceType::observation, "o2", "p1"));
  CHECK(holds(*state, ResourceType::procedure, kUuid, "p1"));
  CHECK(holds(*state, ResourceType::condition, kUuid, "p1"));
  CHECK(state->patients_of({ResourceType::observation, "o1"})->empty());

  // Listed twice, then once: it is held still.
  const ResourceKey o3{ResourceType::observation, "o3"}, o4{ResourceType::observation, "o4"};
  REQUIRE(state->commit(step_with("p1", {o3, o4, o3})));
  CHECK(holds(*state, ResourceType::observation, "o3", "p1"));
  REQUIRE(state->commit(step_with("p1", {o3, o4})));
  CHECK(holds(*state, ResourceType::observation, "o3", "p1"));
  REQUIRE(state->commit(step_with("p1", {o4, o3, {ResourceType::condition, kUuid}})));
  CHECK(holds(*state, ResourceType::observation, "o4", "p1"));

  PatientStep drop;
  drop.patient = {"p1"};
  drop.drop_chart = true;
  REQUIRE(state->commit(drop));
  CHECK(state->patients_of({ResourceType::condition, kUuid})->empty());
}
