// The events of flags lie apart from what they say, bound to it by a salted digest.
#include "agent/store/events.h"

#include <catch2/catch.hpp>

#include "agent/store/schema.h"
#include "tests/support/temporary_folder.h"

using namespace trialflag;
using namespace trialflag::store;

namespace {

std::string column(Database& database, const std::string& sql) {
  const auto row = database.prepare(sql);
  REQUIRE(row->step());
  return row->text(0);
}

constexpr const char* kFlag =
    "INSERT INTO flags (id, code, trial, trial_version, patient, status, reason, record, passes, opens, opened_at, changed_at, events) "
    "VALUES ('f', 'K7Q2', 'T1', '1', 'p1', 'needs_review', '', '', 0, 0, 1, 1, 2)";

}  // namespace

TEST_CASE("events: what an event says lies apart, under the digest that the event keeps") {
  const TemporaryFolder folder;
  Database database(folder.path() + "/state.db");
  migrate(database);
  database.execute(kFlag);
  const EventPayload payload{"engine", "E1.age", "{\"patient\":\"Patient/p1\"}", std::nullopt};
  append_event(database, {"f", 1, {5}, "opened", "needs_review", "1", "t", "e"}, payload);
  append_event(database, {"f", 2, {5}, "opened", "needs_review", "1", "t", "e"}, payload);
  const std::string salt = column(database, "SELECT salt FROM event_payloads WHERE number = 1");
  CHECK(salt.size() == 16);
  CHECK(column(database, "SELECT digest FROM flag_events WHERE number = 1") == payload_digest(salt, payload));
  CHECK(column(database, "SELECT count(DISTINCT digest) FROM flag_events") == "2");  // the same words under another salt
}

TEST_CASE("events: the digest tells every field from its neighbour") {
  const EventPayload payload{"ab", "c", "d", "e"};
  const auto differs = [&](const EventPayload& other) { return payload_digest("salt", other) != payload_digest("salt", payload); };
  CHECK_FALSE(differs(payload));
  CHECK(differs({"a", "bc", "d", "e"}));
  CHECK(differs({"ab", "c", "de", std::nullopt}));
  CHECK(differs({"ab", "c", "", "de"}));
  CHECK(payload_digest("tlas", payload) != payload_digest("salt", payload));
}

TEST_CASE("events: the history of a former version is kept, word for word and in its order") {
  const TemporaryFolder folder;
  Database database(folder.path() + "/state.db");
  migrate(database, 7);
  database.execute(kFlag);
  database.execute(
      "INSERT INTO snapshots VALUES ('s', x'00ff');"
      "INSERT INTO flag_events VALUES ('f', 2, 6, 'note', 'li', 'called', 'needs_review', '', NULL, '1', '', '');"
      "INSERT INTO flag_events VALUES ('f', 1, 5, 'opened', 'engine', 'E1.age', 'needs_review', '{}', 's', '1', 't', 'e')");
  migrate(database);
  CHECK(column(database, "SELECT group_concat(number) FROM (SELECT number FROM flag_events ORDER BY rowid)") == "2,1");
  const std::string salt = column(database, "SELECT salt FROM event_payloads WHERE number = 1");
  CHECK(column(database, "SELECT digest FROM flag_events WHERE number = 1") == payload_digest(salt, {"engine", "E1.age", "{}", "s"}));
  CHECK(column(database, "SELECT who || why FROM event_payloads WHERE number = 2") == "licalled");
  CHECK(column(database, "SELECT length(digest) FROM flag_events WHERE number = 2") == "32");
  CHECK(column(database, "SELECT count(*) FROM pragma_foreign_key_check") == "0");
  CHECK_THROWS_AS(database.execute("DELETE FROM flag_events"), Failure);
}
