// What a poll brings into the local state, in a real SQLite file: who is to be read, and in which order, what was seen, how far each type
// came.
#include <catch2/catch.hpp>

#include "tests/store/good.h"

using namespace trialflag;
using namespace trialflag::screening;
using fhir::ResourceType;
using testing::good;
using testing::open;

TEST_CASE("state: a page marks patients, remembers what was seen and moves the watermark with its end alone") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  PageStep page;
  page.type = ResourceType::condition;
  page.seen = {{11, Instant{100}}, {12, Instant{900}}};
  page.patients = {{{"p1"}, Pending::read, std::nullopt}, {{"p2"}, Pending::nothing, Instant{7000}}};
  good(state->commit(page));
  CHECK(good(state->was_seen(ResourceType::condition, 11)));
  CHECK_FALSE(good(state->was_seen(ResourceType::observation, 11)));
  CHECK(good(state->type_states()).empty());
  PageStep last;
  last.type = ResourceType::condition;
  last.state = TypeState{ResourceType::condition, true, Reading::whole, Instant{900}, Instant{1000}, ""};
  last.forget_seen_before = Instant{500};
  good(state->commit(last));
  CHECK_FALSE(good(state->was_seen(ResourceType::condition, 11)));
  CHECK(good(state->was_seen(ResourceType::condition, 12)));
  CHECK(good(state->type_states()).front().watermark == Instant{900});
  const auto todo = good(state->pending({}, 10));
  REQUIRE(todo.size() == 1);
  CHECK(todo[0].patient.value == "p1");
}

TEST_CASE("state: of a resource without times the last content counts as seen, and none once it is gone") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  const auto see = [&](std::int64_t fingerprint, std::optional<Instant> updated) {
    PageStep page;
    page.type = ResourceType::condition;
    page.seen = {{fingerprint, updated, "c1"}, {99, std::nullopt, "c2"}};
    good(state->commit(page));
  };
  const auto seen = [&](std::int64_t fingerprint) { return good(state->was_seen(ResourceType::condition, fingerprint)); };
  see(11, std::nullopt);
  see(12, std::nullopt);
  CHECK_FALSE(seen(11));
  CHECK(seen(12));
  see(21, Instant{100});
  see(22, Instant{200});
  CHECK(seen(21));
  CHECK(seen(22));
  PageStep last;
  last.type = ResourceType::condition;
  last.gone = {"c1"};
  good(state->commit(last));
  CHECK_FALSE(seen(12));
  CHECK(seen(99));
}

TEST_CASE("state: who is put last comes after the others, whoever waits longest first, until done") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  PageStep page;
  page.type = ResourceType::condition;
  for (const char* id : {"p1", "p2", "p3", "p4"}) page.patients.push_back({{id}, Pending::read, std::nullopt});
  good(state->commit(page));
  good(state->put_last({"p1"}, Instant{200}));
  good(state->put_last({"p3"}, Instant{100}));
  const auto order = [&] {
    std::string ids;
    ScreeningStore::Todo after;
    for (auto todo = good(state->pending(after, 1)); !todo.empty(); todo = good(state->pending(after, 1))) {
      after = todo.front();
      ids += after.patient.value + " ";
    }
    return ids;
  };
  CHECK(order() == "p2 p4 p3 p1 ");
  PatientStep step;
  step.patient = {"p1"};
  step.candidate = true;
  step.still_pending = Pending::read;
  good(state->commit(step));
  CHECK(order() == "p1 p2 p4 p3 ");
}

TEST_CASE("state: a mark never lessens what is pending") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  PageStep page;
  page.type = ResourceType::condition;
  page.patients = {{{"p1"}, Pending::read, std::nullopt}, {{"p1"}, Pending::nothing, std::nullopt}};
  good(state->commit(page));
  CHECK(good(state->pending({}, 10)).at(0).pending == Pending::read);
}

TEST_CASE("state: a type that failed keeps its watermark") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  PageStep last;
  last.type = ResourceType::condition;
  last.state = TypeState{ResourceType::condition, true, Reading::whole, Instant{900}, Instant{1000}, ""};
  good(state->commit(last));
  good(state->note_failure(ResourceType::condition, {Reading::incomplete, "500", false, false}, {}));
  const auto known = good(state->type_states()).front();
  CHECK(known.reading == Reading::incomplete);
  CHECK(known.watermark == Instant{900});
  CHECK(known.whole_at == Instant{1000});
}

TEST_CASE("state: other trials, tables or engine make every type be read from its beginning, once") {
  const TemporaryFolder folder;
  const auto state = open(folder);
  good(state->rewind_unless("a"));
  PageStep last;
  last.type = ResourceType::condition;
  last.state = TypeState{ResourceType::condition, true, Reading::whole, Instant{900}, Instant{1000}, ""};
  good(state->commit(last));
  good(state->rewind_unless("a"));
  CHECK(good(state->type_states()).front().watermark);
  good(state->rewind_unless("b"));
  CHECK_FALSE(good(state->type_states()).front().watermark);
}
