#include "agent/store/written_back.h"

#include <algorithm>

#include "agent/store/events.h"
#include "agent/store/rows.h"
#include "agent/store/state.h"

namespace trialflag::store {
namespace {

using screening::FlagState;

/// Whether the flag's state is what the EHR said.
bool set_by_ehr(Database& database, const std::string& flag) {
  const auto row = database.prepare(
      "SELECT p.who FROM flag_events e JOIN event_payloads p ON p.flag = e.flag AND p.number = e.number WHERE e.flag = ? AND e.kind IN "
      "('set', 'acknowledged') ORDER BY e.number DESC LIMIT 1");
  return row->bind(flag).step() && row->text(0) == screening::kByEhr;
}

void take(Database& database, const screening::Flag& flag, const EhrMove& move, Instant now) {
  const std::string state(screening::name_of(*move.means));
  const std::string why = state + " (" + move.type + " " + move.status + (move.why.empty() ? "" : ": " + move.why) + ")";
  append_event(database,
               {flag.id.value, flag.events + 1, now, "set", std::string(screening::name_of(flag.status)), flag.trial_version, {}, {}},
               {std::string(screening::kByEhr), why, {}, std::nullopt});
  database.run("UPDATE flags SET state = ?, state_criterion = NULL, events = events + 1, changed_at = ? WHERE id = ?", state, now,
               flag.id.value);
  still_notices(database, flag.id.value, *move.means, now);
  wake_rivals(database, flag.id.value);
  tell_ehr(database, flag.id.value, flag.events + 1, now);
}

}  // namespace

void tell_ehr(Database& database, const std::string& flag, int event, Instant now) {
  auto told = told_of(database, flag);
  auto ehr = std::find_if(told.begin(), told.end(), [](const auto& one) { return one.channel == screening::Channel::fhir; });
  if (ehr == told.end()) {
    // Of a flag that fell before, the EHR is told how people have ended it all the same.
    const auto row = database.prepare(
        "SELECT 1 FROM flags f JOIN written_back w ON w.flag = f.id WHERE f.id = ? AND f.state IN ('enrolled', 'screen_failed', "
        "'declined')");
    if (!row->bind(flag).step()) return;
    told = {{std::string(screening::kEhr), {}, {}, screening::Channel::fhir}};
    ehr = told.begin();
  }
  screening::Notice notice;
  notice.flag = {flag};
  {
    const auto row = database.prepare("SELECT trial FROM flags WHERE id = ?");
    if (row->bind(flag).step()) notice.trial = {row->text(0)};
  }
  notice.id = screening::notice_id(notice.flag, event, *ehr);
  notice.event = event;
  notice.to = *ehr;
  notice.kind = screening::NoticeKind::changed;
  notice.urgent = true;  // a person did it: the flood brake has nothing to say
  notice.created_at = now;
  keep_notice(database, notice, false, false);
}

std::vector<Conflict> conflicts_of(Database& database, const std::string& flag) {
  std::vector<Conflict> conflicts;
  const auto row = database.prepare(
      "SELECT type, seen, conflict FROM written_back w JOIN flags f ON f.id = w.flag WHERE w.flag = ? AND conflict <> f.state ORDER BY "
      "type");
  row->bind(flag);
  while (row->step()) conflicts.push_back({row->text(0), row->text(1), row->text(2)});
  return conflicts;
}

int count_conflicts(Database& database) {
  const auto row =
      database.prepare("SELECT count(DISTINCT w.flag) FROM written_back w JOIN flags f ON f.id = w.flag WHERE conflict <> f.state");
  return row->step() ? static_cast<int>(row->integer(0)) : 0;
}

Result<std::optional<WrittenBack>> State::written_back(const std::string& flag, const std::string& type) {
  return guarded("looking up what the EHR was given", [&] {
    std::optional<WrittenBack> written;
    const auto row = database_.prepare("SELECT id, seen, seen_event FROM written_back WHERE flag = ? AND type = ?");
    if (row->bind(flag, type).step()) written = {row->text(0), row->text(1), static_cast<int>(row->integer(2))};
    return written;
  });
}

Result<void> State::keep_written_back(const std::string& flag, const std::string& type, const std::string& id) {
  return guarded("keeping what the EHR was given", [&] {
    // What stood there is ours again, and with it whatever it contradicted is settled.
    database_.run(
        "INSERT INTO written_back (flag, type, id) VALUES (?, ?, ?) ON CONFLICT (flag, type) DO UPDATE SET id = excluded.id, seen = '', "
        "conflict = NULL",
        flag, type, id);
  });
}

Result<bool> State::wrote_back() {
  return guarded("looking for what the EHR was given", [&] { return database_.prepare("SELECT 1 FROM written_back LIMIT 1")->step(); });
}

Result<void> State::take_move(const EhrMove& move, Instant now) {
  return guarded("taking what the EHR says", [&] {
    Transaction transaction(database_);
    std::optional<screening::Flag> flag;
    std::string seen;
    {
      const auto row =
          database_.prepare("SELECT " + std::string(kFlagColumns) +
                            ", w.seen FROM flags f JOIN written_back w ON w.flag = f.id AND w.type = ? AND w.seen <> ? WHERE f.id = ?");
      if (row->bind(move.type, move.status, move.flag).step()) {
        flag = read_flag(*row);
        seen = row->text(kFlagColumnCount);
      }
    }
    // Of somebody who was forgotten nothing is taken in.
    if (!flag || flag->reason == "forgotten") return;
    const bool of_task = move.type == "Task", by_ehr = set_by_ehr(database_, move.flag);
    auto verdict = screening::Move::none;
    if (move.means && !move.undone) verdict = screening::judge_move(flag->state, by_ehr, *move.means, of_task);
    // What is taken back there is taken back here, as long as it is still what holds.
    const auto meant = of_task ? screening::state_of_task(seen) : screening::state_of_subject(seen);
    if (move.undone && by_ehr && move.means && meant == flag->state && move.means != meant) verdict = screening::Move::take;
    const bool contradicts = verdict == screening::Move::conflict;
    const std::optional<std::string> conflict = contradicts ? std::optional(std::string(screening::name_of(*move.means))) : std::nullopt;
    // What says less than the flag does is written over by the event that made it say more, if that is still to be written.
    const bool says_less = verdict == screening::Move::none && move.means && move.means != flag->state;
    database_.run("UPDATE written_back SET seen = ?, seen_event = ?, conflict = ? WHERE flag = ? AND type = ?",
                  move.undone ? std::string() : move.status, flag->events - (says_less ? 1 : 0), conflict, move.flag, move.type);
    if (verdict == screening::Move::take) take(database_, *flag, move, now);
    transaction.commit();
  });
}

Result<std::vector<OnList>> State::on_list(const screening::TrialId& trial) {
  const auto restored = guarded("looking for a restored state", [&] { return !meta(database_, "restored").empty(); });
  if (!restored) return tl::unexpected(restored.error());
  // It knows less than the list in the EHR.
  if (*restored) return fail(ErrorCode::conflict, "a restored state writes no list before it has caught up");
  return guarded("listing the candidates for the EHR", [&] {
    std::vector<OnList> list;
    const auto row = database_.prepare(
        "SELECT f.id, coalesce(w.id, ''), f.patient FROM flags f LEFT JOIN written_back w ON w.flag = f.id AND w.type = 'ResearchSubject' "
        "WHERE "
        "f.trial = ? AND f.announced IS NOT NULL AND f.status IN ('potentially_eligible', 'needs_review') AND f.state NOT IN ('enrolled', "
        "'screen_failed', 'declined') AND EXISTS (SELECT 1 FROM notices n WHERE n.flag = f.id AND n.channel = 'fhir' AND n.state = 'sent' "
        "AND n.kind IN ('opened', 'changed')) ORDER BY f.opened_at, f.id");
    row->bind(trial.value);
    while (row->step()) list.push_back({row->text(0), row->text(1), row->text(2)});
    return list;
  });
}

}  // namespace trialflag::store
