// The chain of events: whatever is changed, taken out, put in or moved is found; what is forgotten is not.
#include "agent/store/chain.h"

#include <catch2/catch.hpp>
#include <random>

#include "agent/base/ids.h"
#include "agent/store/schema.h"
#include "tests/support/temporary_folder.h"

using namespace trialflag;
using namespace trialflag::store;

namespace {

constexpr int kFlags = 3, kEvents = 4;

std::string name_of_flag(int at) {
  return "f" + std::to_string(at);
}

/// Twelve events of three flags, each with a chart, written in turn.
class Ledger {
 public:
  Ledger() : database_(std::filesystem::path(folder_.path()) / "state.db") {
    migrate(database_);
    for (int flag = 0; flag < kFlags; ++flag)
      database_.run(
          "INSERT INTO flags (id, code, trial, trial_version, patient, status, reason, record, passes, opens, opened_at, changed_at, "
          "events) "
          "VALUES (?1, upper(?1), 'T1', '1', 'p' || ?1, 'needs_review', '', '', 0, 0, 1, 1, ?2)",
          name_of_flag(flag), kEvents);
    database_.run("INSERT INTO snapshots VALUES (?, ?)", digest({"chart", "chart"}), Statement::Blob{"chart"});
    for (int number = 1; number <= kEvents; ++number)
      for (int flag = 0; flag < kFlags; ++flag) {
        EventRow event{name_of_flag(flag), number, {1000 + number}, "changed", "needs_review", "1", "t1", "e1"};
        event.trial_file = "aa";
        event.zone = "UTC";
        append_event(database_, event, {"engine", "E1.age", "{}", digest({"chart", "chart"})});
      }
    for (const char* trigger : {"flag_events_stay", "flag_events_last", "event_payloads_stay"})
      database_.execute(("DROP TRIGGER " + std::string(trigger)).c_str());
    database_.execute("PRAGMA foreign_keys = OFF");
  }

  Database& database() { return database_; }
  ChainReport verify(const std::optional<ToldHead>& known = std::nullopt) { return verify_chain(database_, known); }

  /// What is found when that was done to it; it is undone again.
  std::string after(const std::string& sql) {
    database_.execute("SAVEPOINT tampering");
    database_.execute(sql.c_str());
    const std::string broken = verify().broken;
    database_.execute("ROLLBACK TO tampering; RELEASE tampering");
    return broken;
  }

  std::string one(const std::string& sql) {
    const auto row = database_.prepare(sql);
    REQUIRE(row->step());
    return row->text(0);
  }

 private:
  TemporaryFolder folder_;
  Database database_;
};

std::vector<std::string> columns_of(Database& database, const std::string& table) {
  std::vector<std::string> columns;
  const auto row = database.prepare("SELECT name FROM pragma_table_info('" + table + "')");
  while (row->step()) columns.push_back(row->text(0));
  return columns;
}

/// SQL that gives the column another value of its kind.
std::string other(const std::string& column) {
  return "CASE typeof(" + column + ") WHEN 'integer' THEN " + column + " + 1000 WHEN 'text' THEN " + column +
         " || 'x' WHEN 'blob' THEN CAST(" + column + " || x'00' AS BLOB) ELSE 'x' END";
}

}  // namespace

TEST_CASE("chain: what was written is whole, and its head is what the events come to") {
  Ledger ledger;
  const auto report = ledger.verify();
  CHECK(report.broken == "");
  CHECK(report.head.count == kFlags * kEvents);
  CHECK(report.erased == 0);
  const auto head = read_head(told(report.head));
  REQUIRE(head);
  CHECK(head->count == kFlags * kEvents);
  CHECK(ledger.verify(head).broken == "");
}

TEST_CASE("chain: any column of any event, of what it says, of its chart and of the head is covered") {
  Ledger ledger;
  for (const std::string table : {"flag_events", "event_payloads", "chain_head", "snapshots"}) {
    const std::string rows = ledger.one("SELECT max(rowid) FROM " + table);
    for (const std::string& column : columns_of(ledger.database(), table)) {
      if (column == "one") continue;  // can hold nothing else
      for (int row = 1; row <= std::stoi(rows); ++row) {
        CAPTURE(table, column, row);
        const std::string broken =
            ledger.after("UPDATE " + table + " SET " + column + " = " + other(column) + " WHERE rowid = " + std::to_string(row));
        CHECK(broken != "");
        CHECK(broken.find("pf") == std::string::npos);  // no patient's id
      }
    }
  }
}

TEST_CASE("chain: the first event that does not fit is named") {
  Ledger ledger;
  const std::string broken = ledger.after("UPDATE flag_events SET at = 1 WHERE sequence = 5");
  CHECK(broken == "event 5 (flag F1, its event 2): it is not as it was written");
  CHECK(ledger.after("UPDATE event_payloads SET who = 'x' WHERE flag = 'f2' AND number = 3") ==
        "event 9 (flag F2, its event 3): what it says was changed");
}

TEST_CASE("chain: events that are taken out, put in, moved or cut off are found") {
  Ledger ledger;
  for (int at = 1; at <= kFlags * kEvents; ++at) {
    const std::string one = std::to_string(at), event = "(SELECT flag FROM flag_events WHERE sequence = " + one + ")";
    CAPTURE(at);
    CHECK(ledger.after("DELETE FROM flag_events WHERE sequence = " + one) != "");
    CHECK(ledger.after("DELETE FROM flag_events WHERE sequence >= " + one) != "");
    CHECK(ledger.after("DELETE FROM event_payloads WHERE flag = " + event) != "");
    CHECK(ledger.after("UPDATE flag_events SET sequence = sequence + 100 WHERE sequence >= " + one) != "");
    if (at == kFlags * kEvents) continue;
    CHECK(ledger.after("UPDATE flag_events SET sequence = -1 WHERE sequence = " + one + "; UPDATE flag_events SET sequence = " + one +
                       " WHERE sequence = " + one + " + 1; UPDATE flag_events SET sequence = " + one + " + 1 WHERE sequence = -1") != "");
  }
  CHECK(ledger.after(
            "INSERT INTO flag_events SELECT 13, flag, 9, at, kind, status, trial_version, tables_version, engine_version, trial_file, "
            "zone, blind, declined, digest, chain FROM flag_events WHERE sequence = 12") != "");
  CHECK(ledger.after("INSERT INTO event_payloads SELECT flag, 99, salt, who, why, record, snapshot FROM event_payloads LIMIT 1") != "");
  CHECK(ledger.after("DELETE FROM chain_head") != "");
}

TEST_CASE("chain: an end that was cut off, and the head with it, is found by the head that was written down") {
  Ledger ledger;
  const auto before = read_head(told(ledger.verify().head));
  auto& database = ledger.database();
  database.execute(
      "DELETE FROM flag_events WHERE sequence > 9; DELETE FROM event_payloads WHERE number = 4; UPDATE flags SET events = 3;"
      "UPDATE chain_head SET count = 9, link = (SELECT chain FROM flag_events WHERE sequence = 9)");
  CHECK(ledger.verify().broken == "");  // this is what the chain alone cannot show
  CHECK(ledger.verify(before).broken.find("but there are only 9") != std::string::npos);
  for (int flag = 0; flag < kFlags; ++flag) {
    append_event(database, {name_of_flag(flag), 4, {1}, "changed", "needs_review", "1", "t1", "e1"}, {"mallory", "", "", std::nullopt});
    database.run("UPDATE flags SET events = 4 WHERE id = ?", name_of_flag(flag));
  }
  CHECK(ledger.verify().broken == "");
  CHECK(ledger.verify(before).broken.find("are others than") != std::string::npos);
}

TEST_CASE("chain: an event is linked to what the head tells, so that a cut is not closed over") {
  Ledger ledger;
  ledger.database().execute("DELETE FROM flag_events WHERE sequence = 12");
  append_event(ledger.database(), {"f0", 5, {1}, "note", "needs_review", "1", "", ""}, {"li", "hello", "", std::nullopt});
  CHECK(ledger.verify().broken.find("event 12 of all") != std::string::npos);
}

TEST_CASE("chain: what was erased with a person is told and breaks nothing") {
  Ledger ledger;
  ledger.database().execute("DELETE FROM event_payloads WHERE flag = 'f1'");
  append_event(ledger.database(), {"f1", 5, {1}, "forgotten", "withdrawn", "1", "", ""}, {"li", "", "", std::nullopt});
  ledger.database().execute("UPDATE flags SET events = 5, status = 'withdrawn' WHERE id = 'f1'");
  const auto report = ledger.verify();
  CHECK(report.broken == "");
  CHECK(report.erased == kEvents);
}

TEST_CASE("chain: random changes of random bytes are all found") {
  Ledger ledger;
  std::mt19937 chance(3);
  const std::vector<std::string> columns = columns_of(ledger.database(), "flag_events");
  for (int round = 0; round < 400; ++round) {
    const std::string column = columns[chance() % columns.size()];
    const std::string row = std::to_string(1 + chance() % (kFlags * kEvents));
    const std::string from = std::to_string(1 + chance() % (kFlags * kEvents));
    CAPTURE(round, column, row, from);
    // Either something random, or what another event says there.
    const std::string value = chance() % 2 == 0 ? "CASE typeof(" + column + ") WHEN 'integer' THEN " + std::to_string(chance() % 5000) +
                                                      " WHEN 'text' THEN hex(randomblob(3)) ELSE randomblob(32) END"
                                                : "(SELECT " + column + " FROM flag_events WHERE sequence = " + from + ")";
    ledger.database().execute("SAVEPOINT tampering");
    const std::string sql = "UPDATE OR IGNORE flag_events SET " + column + " = " + value + " WHERE sequence = " + row;
    const std::string same = ledger.one("SELECT CAST(" + column + " AS BLOB) FROM flag_events WHERE sequence = " + row);
    ledger.database().execute(sql.c_str());
    const auto now = ledger.database().prepare("SELECT CAST(" + column + " AS BLOB) FROM flag_events WHERE sequence = " + row);
    const bool changed = !now->step() || now->text(0) != same;
    CHECK((ledger.verify().broken != "") == changed);
    ledger.database().execute("ROLLBACK TO tampering; RELEASE tampering");
  }
}

TEST_CASE("chain: the events of a former version are linked in the order in which they were written") {
  const TemporaryFolder folder;
  Database database(std::filesystem::path(folder.path()) / "state.db");
  migrate(database, 16);
  database.execute(
      "INSERT INTO flags (id, code, trial, trial_version, patient, status, reason, record, passes, opens, opened_at, changed_at, events) "
      "VALUES ('f', 'K7Q2', 'T1', '1', 'p1', 'needs_review', '', '', 0, 0, 1, 1, 2)");
  for (int number = 1; number <= 2; ++number) {
    const EventPayload payload{"engine", "E1.age", "{}", std::nullopt};
    database.run("INSERT INTO event_payloads VALUES ('f', ?, x'0102', ?, ?, ?, NULL)", number, payload.who, payload.why, payload.record);
    database.run("INSERT INTO flag_events VALUES ('f', ?, 5, 'opened', 'needs_review', '1', 't', 'e', ?)", number,
                 Statement::Blob{payload_digest("\x01\x02", payload)});
  }
  migrate(database);
  const auto report = verify_chain(database, std::nullopt);
  CHECK(report.broken == "");
  CHECK(report.head.count == 2);
  append_event(database, {"f", 3, {6}, "note", "needs_review", "1", "", ""}, {"li", "x", "", std::nullopt});
  database.execute("UPDATE flags SET events = 3");
  CHECK(verify_chain(database, std::nullopt).broken == "");
}
