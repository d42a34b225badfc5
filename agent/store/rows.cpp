#include "agent/store/rows.h"

#include <set>

#include "agent/base/ids.h"
#include "agent/store/forget.h"

namespace trialflag::store {
namespace {

template <typename T>
T known(const std::optional<T>& value) {
  if (!value) throw Failure{"a flag holds a word that is not known"};
  return *value;
}

}  // namespace

screening::Flag read_flag(const Statement& row, int first) {
  screening::Flag flag;
  flag.id = {row.text(first)};
  flag.code = row.text(first + 1);
  flag.trial = {row.text(first + 2)};
  flag.trial_version = row.text(first + 3);
  flag.patient = {row.text(first + 4)};
  flag.status = known(screening::flag_status(row.text(first + 5)));
  if (!row.is_null(first + 6)) flag.announced = known(screening::flag_status(row.text(first + 6)));
  flag.reason = row.text(first + 7);
  flag.record = row.text(first + 8);
  flag.passes = static_cast<int>(row.integer(first + 9));
  flag.opens = static_cast<int>(row.integer(first + 10));
  flag.opened_at = row.instant(first + 11);
  flag.changed_at = row.instant(first + 12);
  flag.events = static_cast<int>(row.integer(first + 13));
  flag.state = known(screening::flag_state(row.text(first + 14)));
  return flag;
}

std::string meta(Database& database, std::string_view key) {
  const auto statement = database.prepare("SELECT value FROM meta WHERE key = ?");
  return statement->bind(key).step() ? statement->text(0) : std::string();
}

void set_meta(Database& database, std::string_view key, const std::string& value) {
  database.run("INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value);
}

std::vector<screening::Visit> visits_of(Database& database, const std::string& patient) {
  std::vector<screening::Visit> visits;
  const auto row = database.prepare("SELECT at, timed, place FROM visits WHERE patient = ? ORDER BY at, kind");
  row->bind(patient);
  while (row->step()) visits.push_back({row->instant(0), row->flag(1), row->text(2)});
  return visits;
}

// A fall is still to be heard of where what was to tell it has not left, but for a retraction, which goes whatever comes: so where it was
// suppressed and nothing went in its place, and where it is the change that a merge is told by, for what comes next suppresses that.
std::vector<screening::Told> told_of(Database& database, const std::string& flag, int before) {
  std::vector<screening::Told> told;
  const auto row = database.prepare(
      "SELECT recipient, recipient_name, address, channel FROM notices n WHERE flag = ?1 AND event < ?2 AND kind IN ('opened', 'changed', "
      "'reminder') AND (state = 'sent' OR maybe_told) AND event > coalesce((SELECT max(number) FROM flag_events e WHERE e.flag = ?1 AND "
      "e.number < ?2 AND " +
      std::string(kFall) +
      " AND NOT EXISTS (SELECT 1 FROM notices u WHERE u.flag = ?1 AND u.event = e.number AND (u.channel, u.recipient) = (n.channel, "
      "n.recipient) AND NOT u.maybe_told AND (u.state = 'suppressed' OR "
      "(u.kind = 'changed' AND u.state IN ('waiting', 'stuck'))) AND NOT EXISTS (SELECT 1 FROM notices b WHERE b.id = u.led_by AND "
      "(b.state = 'sent' OR b.maybe_told)))), 0) GROUP BY channel, recipient HAVING event = max(event) ORDER BY channel, recipient");
  row->bind(flag, before);
  while (row->step()) {
    const auto channel = screening::channel_named(row->text(3)).value_or(screening::Channel::email);
    told.push_back({row->text(0), row->text(1), row->text(2), channel});
  }
  return told;
}

void keep_notice(Database& database, const screening::Notice& notice, bool settled, bool held) {
  const std::optional<std::string> flag = notice.flag.value.empty() ? std::nullopt : std::optional(notice.flag.value);
  database.run(
      "INSERT INTO notices (id, flag, trial, event, recipient, recipient_name, address, channel, kind, state, urgent, settled, held, "
      "created_at, at) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
      notice.id, flag, notice.trial.value, notice.event, notice.to.recipient, notice.to.name, notice.to.address,
      screening::name_of(notice.to.channel), screening::name_of(notice.kind), notice.urgent, settled, held, notice.created_at,
      notice.created_at);
}

std::string keep_digest(Database& database, screening::Notice digest, bool held) {
  const auto is_used = [&] { return database.prepare("SELECT 1 FROM notices WHERE id = ?")->bind(digest.id).step(); };
  while (is_used()) digest.id = trialflag::digest({"another", digest.id}).substr(0, digest.id.size());
  keep_notice(database, digest, true, held);
  return digest.id;
}

void still_notices(Database& database, const std::string& flag, screening::FlagState state, Instant now) {
  if (state == screening::FlagState::fresh) return;
  database.run(
      "UPDATE notices SET state = 'suppressed', next_at = NULL, at = ?1 WHERE flag = ?2 AND state IN ('waiting', 'stuck') AND NOT "
      "maybe_told AND channel <> 'fhir' AND (kind = 'reminder' OR (?3 AND kind IN ('opened', 'changed')))",
      now, flag, screening::ended(state));
  revive_led(database, flag, now);
}

void drop_overtaken(Database& database, Instant now) {
  database.run(
      "UPDATE notices SET state = 'suppressed', next_at = NULL, at = ? WHERE state = 'stuck' AND NOT maybe_told AND EXISTS (SELECT 1 FROM "
      "notices l WHERE l.flag = notices.flag AND (l.channel, l.recipient) = (notices.channel, notices.recipient) AND l.event > "
      "notices.event "
      "AND l.state = 'sent')",
      now);
}

void revive_led(Database& database, const std::string& flag, Instant now) {
  database.run(
      "UPDATE notices SET state = 'waiting', next_at = iif(settled, ?1, NULL), at = ?1, led_by = NULL WHERE state = 'suppressed' AND "
      "led_by IN (SELECT id FROM notices WHERE flag = ?2 AND state = 'suppressed' AND NOT maybe_told) AND event = (SELECT events FROM "
      "flags WHERE id = notices.flag)",  // a flag that has come back since has said so itself
      now, flag);
}

void wake_rivals(Database& database, const std::string& flag) {
  std::string patient;
  {
    const auto row = database.prepare("SELECT patient FROM flags WHERE id = ?");
    if (!row->bind(flag).step()) return;
    patient = row->text(0);
  }
  const std::set<std::string> ids = one_human(database, patient);
  std::int64_t flags = 0;
  for (const std::string& id : ids) {
    const auto row = database.prepare("SELECT count(*) FROM flags WHERE patient = ?");
    if (row->bind(id).step()) flags += row->integer(0);
  }
  if (flags < 2) return;
  for (const std::string& id : ids)
    database.run("UPDATE patients SET pending = max(pending, 1) WHERE id = ? AND id IN (SELECT patient FROM charts)", id);
}

std::vector<screening::TypeState> read_types(Database& database) {
  std::vector<screening::TypeState> states;
  const auto row = database.prepare(
      "SELECT name, reading, watermark, whole_at, error, how, rows, held_since, held_at, warned_since, held_missing FROM types ORDER BY "
      "name");
  while (row->step()) {
    screening::TypeState& state = states.emplace_back();
    state.type = fhir::asked_type(row->text(0));
    state.ever_read = true;
    state.reading = static_cast<screening::Reading>(row->integer(1));
    state.watermark = row->maybe_instant(2);
    state.whole_at = row->maybe_instant(3);
    state.error = row->text(4);
    state.how = row->text(5);
    if (!row->is_null(6)) state.rows = row->integer(6);
    if (!row->is_null(7)) state.hold = screening::Hold{Instant{row->integer(7)}, Instant{row->integer(8)}, row->integer(10)};
    state.warned_since = row->maybe_instant(9);
  }
  return states;
}

void purge(Database& database) {
  if (meta(database, "purge_due").empty()) return;
  database.execute("VACUUM; DELETE FROM meta WHERE key = 'purge_due'; PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace trialflag::store
