#include "agent/store/forget.h"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "agent/base/ids.h"
#include "agent/store/events.h"
#include "agent/store/holdings.h"
#include "agent/store/rows.h"
#include "agent/store/study_code.h"

namespace trialflag::store {
namespace {

std::string hash_of(Database& database, const std::string& patient) {
  return salted_digest(meta(database, "forgotten_key"), {patient});
}

std::vector<std::string> column(Database& database, std::string_view sql, const std::string& value) {
  std::vector<std::string> found;
  const auto row = database.prepare(sql);
  row->bind(value);
  while (row->step()) found.push_back(row->text(0));
  return found;
}

/// Where the state names patients. What hangs on the table patients goes with its row.
struct Place {
  const char* table;
  const char* column;
  bool with_row;  ///< the row says nothing that may stay without the id
};
constexpr std::array kPlaces = {
    Place{"patients", "id", true},         Place{"aliases", "alias", true},          Place{"aliases", "patient", true},
    Place{"departed", "id", true},         Place{"opt_outs", "patient", true},       Place{"roster", "patient", true},
    Place{"quarantine", "patient", true},  Place{"report_results", "patient", true}, Place{"flags", "patient", false},
    Place{"screenings", "patient", false}, Place{"samples", "patient", false},       Place{"awaited_survivors", "survivor", true}};

bool is_known(Database& database, const std::string& patient) {
  return std::any_of(kPlaces.begin(), kPlaces.end(), [&](const Place& place) {
    const auto row = database.prepare("SELECT 1 FROM " + std::string(place.table) + " WHERE " + place.column + " = ?");
    return row->bind(patient).step();
  });
}

/// Erases what the flag and its events say. Who was told of it is told that it fell.
int empty_flag(Database& database, const std::string& id, const std::string& who, Instant now) {
  screening::Prior prior;
  {
    const auto row = database.prepare("SELECT " + std::string(kFlagColumns) + " FROM flags f WHERE f.id = ?");
    if (!row->bind(id).step()) return 0;
    prior.flag = read_flag(*row);
  }
  prior.told = told_of(database, id);
  screening::Flag flag = *prior.flag;
  ++flag.events;
  screening::LedgerContext context;
  context.now = now;
  const auto fall = screening::withdraw(context, prior, screening::Leaving::gone);
  const std::vector<std::string> snapshots =
      column(database, "SELECT DISTINCT snapshot FROM event_payloads WHERE flag = ? AND snapshot IS NOT NULL", id);
  database.run("DELETE FROM event_payloads WHERE flag = ?", id);
  // What was read back goes; the ids at the EHR stay, for what stands there is to be taken back.
  database.run("UPDATE written_back SET seen = '', conflict = NULL WHERE flag = ?", id);
  for (const std::string& snapshot : snapshots)
    database.run("DELETE FROM snapshots WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM event_payloads WHERE snapshot = ?1)", snapshot);
  append_event(database, {id, flag.events, now, "forgotten", "withdrawn", flag.trial_version, {}, {}}, {who, {}, {}, std::nullopt});
  database.run(
      "UPDATE flags SET patient = 'forgotten-' || code, status = 'withdrawn', announced = NULL, reason = 'forgotten', record = '', events "
      "= "
      "?, changed_at = ? WHERE id = ?",
      flag.events, now, id);
  // That a record is under another one now is told as a fall, for there is none to lead to.
  if (flag.reason == screening::kMoved)
    database.run(
        "UPDATE notices SET kind = 'retracted' WHERE flag = ? AND event = ? AND kind = 'changed' AND state IN ('waiting', 'stuck')", id,
        prior.flag->events);
  database.run(
      "UPDATE notices SET state = 'suppressed', next_at = NULL, at = ? WHERE flag = ? AND state IN ('waiting', 'stuck') AND kind IN "
      "('opened', 'changed', 'reminder')",
      now, id);
  database.run(
      "UPDATE notices SET kind = 'retracted', state = 'waiting', next_at = iif(settled, ?1, NULL), led_by = NULL WHERE state = "
      "'suppressed' "
      "AND led_by IN (SELECT id FROM notices WHERE flag = ?2 AND state = 'suppressed' AND NOT maybe_told)",
      now, id);
  for (const auto& notice : fall.notices) keep_notice(database, notice, false, false);
  return static_cast<int>(fall.notices.size());
}

void erase_records(Database& database, const std::string& patient) {
  database.run("DELETE FROM quarantine WHERE (type, id) IN (SELECT type, id FROM unread WHERE patient = ? AND id <> '')", patient);
  Holdings(database).forget(patient);
  database.run("DELETE FROM quarantine WHERE type = 'Patient' AND id = ?", patient);
  for (const Place& place : kPlaces)
    if (place.with_row) database.run("DELETE FROM " + std::string(place.table) + " WHERE " + place.column + " = ?", patient);
  forget_in_log(database, patient);
}

}  // namespace

std::set<std::string> one_human(Database& database, const std::string& patient) {
  std::set<std::string> ids;
  std::vector<std::string> open = {patient};
  while (!open.empty()) {
    const std::string id = open.back();
    open.pop_back();
    if (!ids.insert(id).second) continue;
    for (const char* sql : {"SELECT patient FROM aliases WHERE alias = ?", "SELECT alias FROM aliases WHERE patient = ?"})
      for (std::string& other : column(database, sql, id)) open.push_back(std::move(other));
  }
  return ids;
}

Forgotten forget(Database& database, const std::string& patient, const std::string& who, Instant now) {
  Forgotten done;
  if (!is_known(database, patient)) {
    done.already = is_forgotten(database, patient);
    return done;
  }
  if (meta(database, "forgotten_key").empty()) set_meta(database, "forgotten_key", digest({random_bytes(32)}));
  for (const std::string& id : one_human(database, patient)) {
    for (const std::string& flag : column(database, "SELECT id FROM flags WHERE patient = ?", id)) {
      done.told += empty_flag(database, flag, who, now);
      ++done.flags;
    }
    erase_records(database, id);
    database.run("INSERT INTO forgotten (hash, at) VALUES (?, ?) ON CONFLICT DO NOTHING", Statement::Blob{hash_of(database, id)}, now);
    ++done.records;
  }
  return done;
}

bool remember(Database& database, const std::string& patient) {
  database.run("DELETE FROM forgotten WHERE hash = ?", Statement::Blob{hash_of(database, patient)});
  if (database.changes() == 0) return false;
  // Their flags go on under the ids that they had.
  for (const std::string& trial : column(database, "SELECT DISTINCT trial FROM flags WHERE '' = ?", ""))
    database.run("UPDATE flags SET patient = ? WHERE id = ? AND reason = 'forgotten'", patient,
                 screening::flag_id({trial}, meta(database, "site"), {patient}).value);
  remember_in_log(database, patient);
  database.run("INSERT INTO patients (id, pending) VALUES (?, 2) ON CONFLICT (id) DO UPDATE SET pending = 2", patient);
  return true;
}

std::set<std::string> named_patients(Database& database) {
  std::set<std::string> ids;
  for (const Place& place : kPlaces) {
    const auto row = database.prepare("SELECT " + std::string(place.column) + " FROM " + place.table);
    while (row->step()) ids.insert(row->text(0));
  }
  return ids;
}

bool is_any_forgotten(Database& database) {
  return database.prepare("SELECT 1 FROM forgotten LIMIT 1")->step();
}

bool is_forgotten(Database& database, const std::string& patient) {
  if (!is_any_forgotten(database)) return false;
  const auto row = database.prepare("SELECT 1 FROM forgotten WHERE hash = ?");
  const std::string hash = hash_of(database, patient);
  return row->bind(Statement::Blob{hash}).step();
}

}  // namespace trialflag::store
