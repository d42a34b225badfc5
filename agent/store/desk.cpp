#include "agent/store/desk.h"

#include <set>

#include "agent/store/backup.h"
#include "agent/store/events.h"
#include "agent/store/place.h"
#include "agent/store/rows.h"
#include "agent/store/schema.h"
#include "agent/store/written_back.h"

namespace trialflag::store {
namespace {

namespace fs = std::filesystem;

std::string upper(std::string text) {
  for (char& sign : text)
    if (sign >= 'a' && sign <= 'z') sign = static_cast<char>(sign - 'a' + 'A');
  return text;
}

/// As read_view() reads them, of a table or alias named f.
const std::string kViewColumns = std::string(kFlagColumns) +
                                 ", coalesce((SELECT v.suppressed FROM verdicts v WHERE v.trial = f.trial AND v.patient = f.patient AND "
                                 "f.status IN ('potentially_eligible', 'needs_review')), '')";

FlagView read_view(Database& database, const Statement& row) {
  FlagView view;
  view.flag = read_flag(row);
  view.state_criterion = row.text(kFlagColumnCount - 1);
  view.suppressed = row.text(kFlagColumnCount);
  if (screening::listed(view.flag.status)) view.visits = visits_of(database, view.flag.patient.value);
  return view;
}

}  // namespace

Result<std::unique_ptr<Desk>> Desk::open(const fs::path& folder) {
  if (auto ended = end_restore(folder); !ended) return tl::unexpected(ended.error());
  const auto any = has_state(folder);
  if (!any) return tl::unexpected(any.error());
  if (!*any) return fail(ErrorCode::not_found, "there is no state in " + folder.string() + " yet; start `trialflag run` first");
  return guarded("opening the state", [&] {
    std::unique_ptr<Desk> desk(new Desk(folder));
    bring_up(desk->database_);
    return desk;
  });
}

Result<std::string> Desk::foreign_to(const Identity& identity) {
  return guarded("reading whose the state is", [&] {
    const std::string site = meta(database_, "site");
    return site.empty() ? std::string() : store::foreign_to(site, meta(database_, "base_url"), identity);
  });
}

std::vector<NoticeView> Desk::notices_where(std::string_view condition, const std::string& value) {
  std::vector<NoticeView> notices;
  const auto row = database_.prepare(
      "SELECT id, coalesce(flag, ''), trial, recipient, channel, kind, state, coalesce(error, ''), attempts, at, next_at, held OR "
      "coalesce((SELECT "
      "d.held FROM notices d WHERE d.id = n.digest), 0) FROM notices n WHERE " +
      std::string(condition) + " ORDER BY rowid");
  row->bind(value);
  while (row->step()) {
    NoticeView& notice = notices.emplace_back();
    notice = {row->text(0), row->text(1), row->text(2), row->text(3), row->text(4), row->text(5), row->text(6), row->text(7), 0,
              {},           {},           false};
    notice.attempts = static_cast<int>(row->integer(8));
    notice.at = row->instant(9);
    notice.next_at = row->maybe_instant(10);
    notice.held = row->flag(11) && notice.state == "waiting";
  }
  return notices;
}

Result<std::vector<FlagView>> Desk::flags(const FlagFilter& filter) {
  return guarded("listing flags", [&] {
    std::vector<FlagView> views;
    const auto row =
        database_.prepare("SELECT " + kViewColumns +
                          " FROM flags f WHERE (?1 = '' OR status = ?1) AND (?2 = '' OR state = ?2) AND (?3 = '' OR trial = ?3) "
                          "ORDER BY opened_at, rowid");
    row->bind(filter.status, filter.state, filter.trial);
    while (row->step()) {
      FlagView& view = views.emplace_back(read_view(database_, *row));
      view.notices = notices_where("flag = ?", view.flag.id.value);
      view.conflicts = conflicts_of(database_, view.flag.id.value);
    }
    return views;
  });
}

Result<FlagView> Desk::flag(const std::string& id_or_code) {
  auto found = guarded("looking up a flag", [&] {
    std::optional<FlagView> view;
    const auto row = database_.prepare("SELECT " + kViewColumns + " FROM flags f WHERE id = ? OR code = ?");
    if (!row->bind(id_or_code, upper(id_or_code)).step()) return view;
    view = read_view(database_, *row);
    view->notices = notices_where("flag = ?", view->flag.id.value);
    view->conflicts = conflicts_of(database_, view->flag.id.value);
    return view;
  });
  if (!found) return tl::unexpected(found.error());
  if (!*found)
    return fail(ErrorCode::not_found, "no flag has the id or code \"" + id_or_code + "\"; `trialflag flags list` shows them all");
  return std::move(**found);
}

Result<std::vector<EventView>> Desk::events(const screening::FlagId& flag) {
  return guarded("reading a flag's history", [&] {
    std::vector<EventView> events;
    const auto row = database_.prepare(
        "SELECT number, at, kind, coalesce(who, ''), coalesce(why, ''), status FROM flag_events LEFT JOIN event_payloads USING (flag, "
        "number) "
        "WHERE flag = ? ORDER BY number");
    row->bind(flag.value);
    while (row->step()) {
      events.push_back({static_cast<int>(row->integer(0)), row->instant(1), row->text(2), row->text(3), row->text(4), row->text(5)});
    }
    return events;
  });
}

Result<EventBasis> Desk::basis(const screening::FlagId& flag, int number) {
  auto found = guarded("reading an event", [&] {
    std::optional<EventBasis> basis;
    const auto row = database_.prepare(
        "SELECT e.at, e.kind, e.status, e.trial_version, e.tables_version, e.engine_version, e.trial_file, e.zone, e.blind, e.declined, "
        "p.flag IS NULL, coalesce(p.record, ''), s.chart, t.text FROM flag_events e LEFT JOIN event_payloads p ON p.flag = e.flag AND "
        "p.number = e.number LEFT JOIN snapshots s ON s.id = p.snapshot LEFT JOIN trial_files t ON t.sha256 = e.trial_file WHERE e.flag = "
        "? AND e.number = ?");
    if (!row->bind(flag.value, number).step()) return basis;
    basis.emplace();
    basis->event = {flag.value,   number,       row->instant(0), row->text(1), row->text(2),    row->text(3),
                    row->text(4), row->text(5), row->text(6),    row->text(7), row->integer(8), row->flag(9)};
    basis->erased = row->flag(10);
    basis->record = row->text(11);
    basis->chart = row->text(12);
    basis->trial_text = row->text(13);
    return basis;
  });
  if (!found) return tl::unexpected(found.error());
  if (!*found) {
    return fail(ErrorCode::not_found,
                "the flag has no event " + std::to_string(number) + "; `trialflag flags show ID` numbers them in its history");
  }
  return std::move(**found);
}

Result<bool> Desk::act(const screening::FlagId& flag, const Act& act, Instant now) {
  return guarded("changing a flag", [&] {
    Transaction transaction(database_);
    const auto row = database_.prepare("SELECT events, status, trial_version, state FROM flags WHERE id = ?");
    if (!row->bind(flag.value).step()) throw Failure{"the flag is gone", Trouble::other};
    // Who has seen a flag takes nothing back of what somebody set, a refusal least of all.
    if (act.kind == "acknowledged" && row->text(3) != screening::name_of(screening::FlagState::fresh)) return false;
    append_event(
        database_,
        {flag.value, static_cast<int>(row->integer(0)) + 1, now, act.kind, row->text(1), row->text(2), std::string(), std::string()},
        {act.who, act.text, std::string(), std::nullopt});
    database_.run("UPDATE flags SET events = events + 1, changed_at = ? WHERE id = ?", now, flag.value);
    // What was agreed to is told by the next cycle.
    if (act.kind == "agreed")
      database_.run("UPDATE patients SET pending = max(pending, 1) WHERE id = (SELECT patient FROM flags WHERE id = ?)", flag.value);
    if (act.state) {
      wake_rivals(database_, flag.value);
      const std::optional<std::string> criterion = act.criterion.empty() ? std::nullopt : std::optional(act.criterion);
      database_.run("UPDATE flags SET state = ?, state_criterion = ? WHERE id = ?", screening::name_of(*act.state), criterion, flag.value);
      still_notices(database_, flag.value, *act.state, now);
      tell_ehr(database_, flag.value, static_cast<int>(row->integer(0)) + 1, now);
    }
    transaction.commit();
    return true;
  });
}

Result<std::vector<NoticeView>> Desk::notices() {
  return guarded("listing notices", [&] { return notices_where("'' = ?", ""); });
}

Result<int> Desk::retry(const std::vector<std::string>& ids, Instant now) {
  std::string unknown;
  auto made_due = guarded("retrying notices", [&] {
    Transaction transaction(database_);
    int count = 0;
    for (const std::string& id : ids) {
      const auto row = database_.prepare("SELECT 1 FROM notices WHERE id = ?");
      if (!row->bind(id).step()) {
        unknown = id;
        return 0;
      }
      database_.run(
          "UPDATE notices SET state = 'waiting', next_at = ?, first_tried = NULL WHERE id = ? AND state IN ('waiting', 'stuck') AND "
          "settled AND NOT held AND digest IS NULL",
          now, id);
      count += static_cast<int>(database_.changes());
      database_.run("DELETE FROM closed_outlets WHERE (channel, recipient) = (SELECT channel, recipient FROM notices WHERE id = ?)", id);
    }
    transaction.commit();
    return count;
  });
  if (!unknown.empty())
    return fail(ErrorCode::not_found, "no notice has the id \"" + unknown + "\"; `trialflag notices list` shows them all");
  return made_due;
}

Result<int> Desk::retry_all(Instant now) {
  return guarded("retrying notices", [&] {
    Transaction transaction(database_);
    drop_overtaken(database_, now);
    database_.run(
        "UPDATE notices SET state = 'waiting', next_at = ?, first_tried = NULL WHERE state IN ('waiting', 'stuck') AND settled AND "
        "NOT held AND digest IS NULL",
        now);
    const int count = static_cast<int>(database_.changes());
    database_.execute("DELETE FROM closed_outlets");
    transaction.commit();
    return count;
  });
}

Result<int> Desk::release(Instant now) {
  return guarded("releasing notices", [&] {
    Transaction transaction(database_);
    database_.run("UPDATE notices SET held = 0, next_at = ? WHERE held AND state = 'waiting'", now);
    const auto released = static_cast<int>(database_.changes());
    // Whoever lets go what a restored state held back has judged it; a source that never becomes whole must not hold back what follows.
    if (released > 0) database_.run("DELETE FROM meta WHERE key = 'restored'");
    transaction.commit();
    return released;
  });
}

Result<void> Desk::each_patient(const screening::TrialId& trial, const std::function<Result<void>(const screening::StoredPatient&)>& use) {
  Result<void> used;
  const auto done = guarded("reading stored patients", [&] {
    const std::set<std::string, std::less<>> declined = declined_of(trial);
    const auto chart = database_.prepare("SELECT chart FROM charts WHERE patient = ?");
    const auto give = [&](std::string_view id, std::string_view mapped_under, std::string_view judged) {
      screening::StoredPatient patient{id, mapped_under, judged, declined.contains(id), {}};
      patient.chart = [&]() -> Result<std::string> {
        if (!chart->bind(id).step()) return fail(ErrorCode::not_found, "a chart went while it was read");
        return chart->text(0);
      };
      used = use(patient);
    };
    // As they lie in the file (hence the plus): by the index of trials each row would be looked for.
    const auto mapped = database_.prepare("SELECT patient, mapped_under, judged FROM facts WHERE +trial = ?");
    mapped->bind(trial.value);
    std::int64_t given = 0;
    for (; used && mapped->step(); ++given) give(mapped->view(0), mapped->view(1), mapped->view(2));
    const auto charts = database_.prepare("SELECT count(*) FROM charts");
    if (!used || !charts->step() || charts->integer(0) == given) return;  // facts stand beside charts alone
    const auto others = database_.prepare(
        "SELECT patient FROM charts c WHERE NOT EXISTS (SELECT 1 FROM facts f WHERE f.trial = ? AND f.patient = c.patient)");
    others->bind(trial.value);
    while (used && others->step()) give(others->view(0), {}, {});
  });
  if (!done) return done;
  return used;
}

std::set<std::string, std::less<>> Desk::declined_of(const screening::TrialId& trial) {
  std::set<std::string, std::less<>> patients;
  const auto row = database_.prepare("SELECT patient FROM flags WHERE trial = ? AND state = 'declined'");
  row->bind(trial.value);
  while (row->step()) patients.insert(row->text(0));
  return patients;
}

Result<void> Desk::check() {
  return guarded("checking the state", [&] { database_.look_for_damage(); });
}

Result<void> Desk::check_small() {
  return guarded("checking the state", [&] { store::check_small(database_); });
}

Result<std::string> Desk::note(const std::string& key) {
  return guarded("reading a note", [&] {
    const auto row = database_.prepare("SELECT value FROM meta WHERE key = ?");
    return row->bind("note:" + key).step() ? row->text(0) : std::string();
  });
}

Result<std::vector<screening::TypeState>> Desk::types() {
  return guarded("reading the types", [&] { return read_types(database_); });
}

Result<std::map<fhir::ResourceType, int>> Desk::unread() {
  return guarded("counting unread records", [&] {
    std::map<fhir::ResourceType, int> counts;
    const auto row = database_.prepare("SELECT type, count(*) FROM unread GROUP BY type");
    while (row->step()) counts[fhir::asked_type(row->text(0))] = static_cast<int>(row->integer(1));
    return counts;
  });
}

Result<std::vector<ClosedOutlet>> Desk::closed_outlets() {
  return guarded("listing closed outlets", [&] {
    std::vector<ClosedOutlet> outlets;
    const auto row = database_.prepare("SELECT channel, recipient, why FROM closed_outlets ORDER BY channel, recipient");
    while (row->step()) outlets.push_back({row->text(0), row->text(1), row->text(2)});
    return outlets;
  });
}

Result<QueueView> Desk::queue() {
  return guarded("counting the queues", [&] {
    QueueView queue;
    const auto row = database_.prepare(
        "SELECT count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE state = 'stuck'), count(*) FILTER (WHERE held AND state "
        "= 'waiting'), "
        "(SELECT count(*) FROM patients WHERE pending > 0) FROM notices");
    if (row->step()) {
      queue.waiting = static_cast<int>(row->integer(0));
      queue.stuck = static_cast<int>(row->integer(1));
      queue.held = static_cast<int>(row->integer(2));
      queue.pending_patients = static_cast<int>(row->integer(3));
    }
    queue.conflicts = count_conflicts(database_);
    return queue;
  });
}

Result<std::vector<SuppressedCount>> Desk::suppressed() {
  return guarded("counting who is suppressed", [&] {
    std::vector<SuppressedCount> counts;
    const auto row = database_.prepare(
        "SELECT substr(suppressed, 1, instr(suppressed || ':', ':') - 1) AS reason, count(*) FROM verdicts WHERE suppressed IS NOT NULL "
        "AND "
        "status IN ('potentially_eligible', 'needs_review') GROUP BY reason ORDER BY reason");
    while (row->step()) counts.push_back({row->text(0), row->integer(1)});
    return counts;
  });
}

Result<std::vector<QuarantineCount>> Desk::quarantine_counts() {
  return guarded("counting what is quarantined", [&] { return store::quarantine_counts(database_); });
}

Result<std::vector<Quarantined>> Desk::quarantined() {
  return guarded("listing what is quarantined", [&] { return store::quarantined(database_); });
}

Result<int> Desk::quarantine_dropped() {
  return guarded("counting what was quarantined", [&] { return store::quarantine_dropped(database_); });
}

Result<Forgotten> Desk::forget(const std::string& patient, const std::string& who, Instant now, bool& purged) {
  return guarded("forgetting a patient", [&] {
    database_.execute("PRAGMA secure_delete = ON");  // what is deleted is overwritten
    Transaction transaction(database_);
    const Forgotten done = store::forget(database_, patient, who, now);
    if (done.records > 0) set_meta(database_, "purge_due", "1");
    transaction.commit();
    // An agent that runs must not wait so long.
    if (const auto lock = StateLock::take(folder_); lock) purge(database_);
    purged = meta(database_, "purge_due").empty();
    return done;
  });
}

Result<bool> Desk::remember(const std::string& patient) {
  return guarded("taking a forgetting back", [&] {
    Transaction transaction(database_);
    const bool done = store::remember(database_, patient);
    transaction.commit();
    return done;
  });
}

Result<std::vector<TroubleView>> Desk::troubles() {
  return guarded("reading the troubles", [&] {
    std::vector<TroubleView> troubles;
    const auto row = database_.prepare("SELECT subject, since, state, error FROM troubles ORDER BY subject");
    while (row->step()) troubles.push_back({row->text(0), row->instant(1), row->text(2), row->text(3)});
    return troubles;
  });
}

Result<std::vector<KeptFile>> Desk::kept_files() {
  return guarded("reading the kept tables", [&] { return read_kept_files(database_); });
}

}  // namespace trialflag::store
