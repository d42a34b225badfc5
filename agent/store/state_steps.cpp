// The steps of the cycle that touch one patient or the outbox, each one transaction.
#include <algorithm>

#include "agent/base/ids.h"
#include "agent/store/events.h"
#include "agent/store/forget.h"
#include "agent/store/rows.h"
#include "agent/store/state.h"

namespace trialflag::store {
namespace {

/// Thrown when a person changed a flag since the step read it; the step must be made again.
struct Stale {};

/// A code that no other flag has: four signs, more where four collide.
std::string free_code(Database& database, const std::string& flag) {
  for (std::size_t length = 4; length <= 12; ++length) {
    const std::string code = short_code(flag, length);
    const auto row = database.prepare("SELECT 1 FROM flags WHERE code = ?");
    if (!row->bind(code).step()) return code;
  }
  throw Failure{"no free code for a flag", Trouble::other};
}

std::optional<std::string_view> word(const std::optional<screening::FlagStatus>& status) {
  if (!status) return std::nullopt;
  return screening::name_of(*status);
}

/// `with_event`: the flag's number of events has just grown by one.
void keep_flag(Database& database, const screening::Flag& flag, bool with_event) {
  if (flag.events > 1 || !with_event) {
    database.run(
        "UPDATE flags SET trial_version = ?, status = ?, announced = ?, reason = ?, record = ?, passes = ?, opens = ?, changed_at = ?, "
        "events = ? "
        "WHERE id = ? AND events = ?",
        flag.trial_version, screening::name_of(flag.status), word(flag.announced), flag.reason, flag.record, flag.passes, flag.opens,
        flag.changed_at, flag.events, flag.id.value, flag.events - (with_event ? 1 : 0));
    if (database.changes() != 1) throw Stale{};
    return;
  }
  database.run(
      "INSERT INTO flags (id, code, trial, trial_version, patient, status, announced, reason, record, passes, opens, opened_at, "
      "changed_at, events) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      flag.id.value, free_code(database, flag.id.value), flag.trial.value, flag.trial_version, flag.patient.value,
      screening::name_of(flag.status), word(flag.announced), flag.reason, flag.record, flag.passes, flag.opens, flag.opened_at,
      flag.changed_at, flag.events);
}

void keep_event(Database& database, const screening::FlagEvent& event, const std::string& chart) {
  std::optional<std::string> snapshot;
  if (!chart.empty()) {
    snapshot = digest({"chart", chart});
    database.run("INSERT INTO snapshots (id, chart) VALUES (?, ?) ON CONFLICT DO NOTHING", *snapshot, Statement::Blob{chart});
  }
  append_event(database,
               {event.flag.value, event.number, event.at, event.kind, std::string(screening::name_of(event.status)), event.trial_version,
                event.tables_version, event.engine_version, event.trial_file, event.zone, event.blind, event.declined},
               {event.who, event.why, event.record, snapshot});
}

std::vector<std::string> filed_under(Database& database, const std::string& patient) {
  std::vector<std::string> aliases;
  const auto row = database.prepare("SELECT alias FROM aliases WHERE patient = ?");
  row->bind(patient);
  while (row->step()) aliases.push_back(row->text(0));
  return aliases;
}

}  // namespace

/// Unless the patient is forgotten, of whom no id is kept.
bool State::read_again(const std::string& patient) {
  if (is_forgotten(database_, patient)) return false;
  database_.run("INSERT INTO patients (id, pending) VALUES (?, 2) ON CONFLICT (id) DO UPDATE SET pending = 2", patient);
  return true;
}

void State::take_out(const std::string& patient) {
  holdings_.forget(patient);
  database_.run("DELETE FROM unread WHERE patient = ?", patient);
  database_.run("DELETE FROM awaited_medications WHERE patient = ?", patient);
  database_.run("DELETE FROM members WHERE patient = ?", patient);
  database_.run("DELETE FROM verdicts WHERE patient = ?", patient);
  database_.run("UPDATE patients SET pending = 0, revisit_at = NULL WHERE id = ?", patient);
}

/// Whoever is doubted is read again in the next cycle, and then after as long as it has lasted, but for a quarter of an hour at most.
void State::keep_doubt(const std::string& patient, bool doubted, Instant now) {
  constexpr std::int64_t kLongest = 15LL * 60 * 1000;
  if (!doubted) return database_.run("DELETE FROM doubted WHERE patient = ?", patient);
  database_.run(
      "INSERT INTO doubted (patient, since, again_at) VALUES (?1, ?2, ?2) ON CONFLICT (patient) DO UPDATE SET again_at = ?2 + max(0, "
      "min(?3, "
      "?2 - since))",
      patient, now, kLongest);
}

void State::keep_chart(const screening::PatientStep& step) {
  const std::string& id = step.patient.value;
  database_.run(
      "INSERT INTO patients (id, candidate, pending, revisit_at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET candidate = "
      "max(candidate, "
      "excluded.candidate), pending = excluded.pending, revisit_at = excluded.revisit_at, failed_at = 0",
      id, step.candidate, static_cast<int>(step.still_pending), step.revisit_at);
  database_.run("DELETE FROM departed WHERE id = ?", id);
  for (const auto& verdict : step.verdicts) keep_log(id, verdict);
  if (step.awaited) database_.run("DELETE FROM awaited_survivors WHERE patient = ?", id);
  if (step.awaited && !step.awaited->value.empty())
    database_.run("INSERT INTO awaited_survivors (patient, survivor) VALUES (?, ?)", id, step.awaited->value);
  if (step.doubted) keep_doubt(id, *step.doubted, step.at);
  // Whose reading was doubted and leaves no chart is to be compared with them once more.
  const bool settled = step.still_pending == screening::Pending::nothing && !step.doubted.value_or(false);
  if (step.drop_chart ? settled : step.chart.has_value()) database_.run("DELETE FROM arrivals WHERE patient = ?", id);
  if (step.drop_chart) {
    holdings_.forget(id);
    database_.run("DELETE FROM awaited_medications WHERE patient = ?", id);
    database_.run("DELETE FROM members WHERE patient = ?", id);
    database_.run("DELETE FROM charts WHERE patient = ?", id);
    database_.run("DELETE FROM verdicts WHERE patient = ?", id);
    return;
  }
  if (step.chart) {
    if (step.chart->read_at) {
      database_.run(
          "INSERT INTO charts (patient, read_at, chart) VALUES (?, ?, ?) ON CONFLICT (patient) DO UPDATE SET read_at = excluded.read_at, "
          "chart = excluded.chart",
          id, *step.chart->read_at, Statement::Blob{step.chart->blob});
    } else {
      database_.run("UPDATE charts SET chart = ? WHERE patient = ?", Statement::Blob{step.chart->blob}, id);
    }
    forget_facts(step);
    keep_index(id, *step.chart);
  }
  for (const auto& verdict : step.verdicts) keep_verdict(id, verdict);
}

/// What the former chart said to trials that this step does not tell anew, perhaps because they are not screened now.
void State::forget_facts(const screening::PatientStep& step) {
  const std::string& id = step.patient.value;
  std::vector<std::string> trials;
  {
    const auto row = database_.prepare("SELECT trial FROM facts WHERE patient = ?");
    row->bind(id);
    while (row->step()) trials.push_back(row->text(0));
  }
  for (const std::string& trial : trials) {
    const auto told = [&](const screening::VerdictRow& verdict) { return verdict.facts && verdict.trial.value == trial; };
    if (std::any_of(step.verdicts.begin(), step.verdicts.end(), told)) continue;
    database_.run("DELETE FROM facts WHERE trial = ? AND patient = ?", trial, id);
    database_.run("DELETE FROM facts_told WHERE trial = ? AND patient = ?", trial, id);
  }
}

/// What was asked for in vain, and has come by a poll since, is shown by searches.
void State::show_members(const std::string& patient, const screening::StoredChart& chart) {
  std::vector<std::string> vain;
  const auto row = database_.prepare("SELECT id FROM members WHERE patient = ? AND NOT held");
  row->bind(patient);
  while (row->step()) vain.push_back(row->text(0));
  for (const std::string& id : vain) {
    const auto is_it = [&](const screening::ResourceKey& key) { return key.type == fhir::ResourceType::observation && key.id == id; };
    if (std::any_of(chart.resources.begin(), chart.resources.end(), is_it))
      database_.run("DELETE FROM members WHERE patient = ? AND id = ?", patient, id);
  }
}

void State::keep_index(const std::string& patient, const screening::StoredChart& chart) {
  if (chart.read_at) {
    database_.run("DELETE FROM unread WHERE patient = ?", patient);
    for (const auto& unread : chart.unread)
      database_.run("INSERT INTO unread (patient, type, id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", patient, fhir::name_of(unread.type),
                    unread.id);
  }
  database_.run("DELETE FROM awaited_medications WHERE patient = ?", patient);
  for (const std::string& medication : chart.awaited)
    database_.run("INSERT INTO awaited_medications (patient, id) VALUES (?, ?)", patient, medication);
  if (chart.members) {
    database_.run("DELETE FROM members WHERE patient = ?", patient);
    for (const screening::Member& member : *chart.members)
      database_.run("INSERT INTO members (patient, id, held) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", patient, member.id, member.held);
  }
  if (!chart.members) show_members(patient, chart);
  std::vector<screening::ResourceKey> unread;
  const auto row = database_.prepare("SELECT type, id FROM unread WHERE patient = ? AND id <> ''");
  row->bind(patient);
  while (row->step()) unread.push_back({fhir::asked_type(row->text(0)), row->text(1)});
  holdings_.keep(patient, chart.resources, unread);
}

void State::keep_verdict(const std::string& patient, const screening::VerdictRow& verdict) {
  database_.run(
      "INSERT INTO verdicts (trial, patient, status, screened_under, revisit_at, record, suppressed) VALUES (?, ?, ?, ?, ?, ?, nullif(?, "
      "'')) ON CONFLICT (trial, patient) DO UPDATE SET status = excluded.status, screened_under = excluded.screened_under, revisit_at = "
      "excluded.revisit_at, record = excluded.record, suppressed = excluded.suppressed",
      verdict.trial.value, patient, verdict.status, verdict.screened_under, verdict.revisit_at, verdict.record, verdict.suppressed);
  if (!verdict.facts) return;
  database_.run(
      "INSERT INTO facts (trial, patient, mapped_under, judged) VALUES (?, ?, ?, ?) ON CONFLICT (trial, patient) DO UPDATE SET "
      "mapped_under = excluded.mapped_under, judged = excluded.judged",
      verdict.trial.value, patient, verdict.facts->mapped_under, Statement::Blob{verdict.facts->bytes.judged});
  database_.run(
      "INSERT INTO facts_told (trial, patient, told) VALUES (?, ?, ?) ON CONFLICT (patient, trial) DO UPDATE SET told = excluded.told",
      verdict.trial.value, patient, Statement::Blob{verdict.facts->bytes.told});
}

/// Writes nothing where nothing is new, for most screenings only find again what was found.
void State::keep_log(const std::string& patient, const screening::VerdictRow& verdict) {
  if (!verdict.log) return;
  const screening::LogLine& line = *verdict.log;
  database_.run(
      "INSERT INTO screenings (patient, trial, day, trial_version, age_band, sex, status, failed, open) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, "
      "?8, ?9 WHERE ?10 OR EXISTS (SELECT 1 FROM screenings WHERE patient = ?1 AND trial = ?2) ON CONFLICT (patient, trial) DO UPDATE SET "
      "day = iif((trial_version, status, failed, open) IS (excluded.trial_version, excluded.status, excluded.failed, excluded.open), day, "
      "excluded.day), trial_version = excluded.trial_version, age_band = excluded.age_band, sex = excluded.sex, status = excluded.status, "
      "failed = excluded.failed, open = excluded.open WHERE (trial_version, age_band, sex, status, failed, open) IS NOT "
      "(excluded.trial_version, excluded.age_band, excluded.sex, excluded.status, excluded.failed, excluded.open)",
      patient, verdict.trial.value, static_cast<std::int64_t>(line.day.number), line.trial_version, line.age_band, line.sex, line.status,
      line.failed, line.open, line.entered);
}

void State::log_leaving(const screening::PatientStep& step) {
  database_.run("UPDATE screenings SET status = 'withdrawn', day = ? WHERE patient = ? AND status <> 'withdrawn'",
                static_cast<std::int64_t>(step.left_on.number), step.patient.value);
}

void State::keep_change(const screening::PatientStep& step, const screening::LedgerChange& change) {
  if (!change.flag) return;
  keep_flag(database_, *change.flag, change.event.has_value());
  if (change.event) keep_event(database_, *change.event, step.snapshot);
  if (change.suppress_waiting) {
    // A digest that may have arrived is repeated as it was, with all that it told.
    database_.run(
        "UPDATE notices SET state = 'suppressed', next_at = NULL, at = ? WHERE flag = ? AND state IN ('waiting', 'stuck') AND kind IN "
        "('opened', 'changed', 'reminder') AND NOT (digest IS NOT NULL AND maybe_told)",
        change.flag->changed_at, change.flag->id.value);
    revive_led(database_, change.flag->id.value, change.flag->changed_at);
  }
  for (const auto& notice : change.notices) keep_notice(database_, notice, false, false);
  // What was given up on goes before what comes now, if it goes at all.
  for (const auto& notice : change.notices)
    database_.run(
        "UPDATE notices SET state = 'waiting', next_at = ?1, first_tried = NULL WHERE flag = ?2 AND (channel, recipient) = (?3, ?4) AND "
        "event "
        "< ?5 AND state = 'stuck' AND kind = 'retracted'",
        change.flag->changed_at, notice.flag.value, screening::name_of(notice.to.channel), notice.to.recipient, notice.event);
}

/// What was to be told of flags that have moved to the patient.
void State::keep_moved(const screening::PatientStep& step) {
  for (const auto& [notice, by] : step.led_on)
    database_.run(
        "UPDATE notices SET state = 'suppressed', next_at = NULL, at = ?, led_by = ? WHERE id = ? AND state = 'waiting' AND NOT maybe_told",
        step.at, by, notice);
  for (const std::string& notice : step.fallen)
    database_.run("UPDATE notices SET kind = 'retracted', urgent = ? WHERE id = ? AND state = 'waiting' AND NOT maybe_told", step.deceased,
                  notice);
}

/// A death is told at once, also where what it takes back was taken back before and that still waits.
void State::hasten(const screening::PatientStep& step) {
  database_.run(
      "UPDATE notices SET urgent = 1, held = 0, in_digest = 0, digest = NULL, next_at = iif(settled, ?1, next_at) WHERE flag IN (SELECT id "
      "FROM flags WHERE patient = ?2) AND kind = 'retracted' AND state = 'waiting' AND NOT urgent AND NOT maybe_told",
      step.at, step.patient.value);
}

/// Of a patient without an open flag nothing of the kind is kept.
void State::keep_visits(const screening::PatientStep& step) {
  const std::string& id = step.patient.value;
  const auto keep = [&](const std::optional<std::vector<screening::Visit>>& visits, std::string_view kind) {
    if (!visits) return;
    database_.run("DELETE FROM visits WHERE patient = ? AND kind = ?", id, kind);
    for (const screening::Visit& visit : *visits)
      database_.run("INSERT INTO visits (patient, kind, at, timed, place) VALUES (?, ?, ?, ?, ?)", id, kind, visit.at, visit.timed,
                    visit.where);
  };
  keep(step.appointments, "appointment");
  keep(step.encounters, "encounter");
  const bool moved = std::any_of(step.changes.begin(), step.changes.end(), [](const auto& change) { return change.event.has_value(); });
  if (moved) {
    database_.run(
        "DELETE FROM visits WHERE patient = ?1 AND NOT EXISTS (SELECT 1 FROM flags WHERE patient = ?1 AND status IN "
        "('potentially_eligible', 'needs_review'))",
        id);
  }
}

Result<void> State::commit(const screening::PatientStep& step) {
  try {
    return guarded("keeping a patient", [&] {
      Transaction transaction(database_);
      if (is_forgotten(database_, step.patient.value)) {  // while the step was made
        holdings_.forget(step.patient.value);
        database_.run("DELETE FROM patients WHERE id = ?", step.patient.value);
        transaction.commit();
        return;
      }
      if (step.gone) {
        holdings_.forget(step.patient.value);
        database_.run("INSERT INTO departed SELECT id FROM patients WHERE id = ? ON CONFLICT DO NOTHING", step.patient.value);
        database_.run("DELETE FROM patients WHERE id = ?", step.patient.value);
        if (!step.merged_into)
          for (const std::string& alias : filed_under(database_, step.patient.value)) read_again(alias);
        log_leaving(step);
      } else if (step.left_roster) {
        take_out(step.patient.value);
        log_leaving(step);
      } else {
        keep_chart(step);
      }
      if (step.unmerged_from) {
        database_.run("DELETE FROM aliases WHERE alias = ?", step.patient.value);
        read_again(step.unmerged_from->value);
      }
      if (step.merged_into && read_again(step.merged_into->value)) {
        database_.run("INSERT INTO aliases (alias, patient) VALUES (?, ?) ON CONFLICT (alias) DO UPDATE SET patient = excluded.patient",
                      step.patient.value, step.merged_into->value);
      }
      for (const auto& [flag, events] : step.heard) {
        const auto row = database_.prepare("SELECT 1 FROM flags WHERE id = ? AND events = ?");
        if (!row->bind(flag.value, events).step()) throw Stale{};
      }
      for (const auto& change : step.changes) keep_change(step, change);
      keep_moved(step);
      if (step.deceased) hasten(step);
      if (!step.gone) keep_visits(step);
      transaction.commit();
    });
  } catch (const Stale&) {
    return fail(ErrorCode::conflict, "a flag was changed meanwhile");
  }
}

Result<void> State::keep_trial_file(const std::string& sha256, const std::string& text) {
  return guarded("keeping a trial file", [&] {
    {
      const auto row = database_.prepare("SELECT 1 FROM trial_files WHERE sha256 = ?");
      if (row->bind(sha256).step()) return;
    }
    database_.run("INSERT INTO trial_files (sha256, text) VALUES (?, ?)", sha256, Statement::Blob{text});
  });
}

Result<void> State::together(const std::function<Result<void>()>& steps) {
  Result<void> done;
  const auto kept = guarded("keeping patients", [&] {
    Transaction transaction(database_);
    done = steps();
    // SQLite may have ended the transaction when it met the damage, and nothing that comes after it is to stand.
    if (done || !of_state(done.error())) transaction.commit();
  });
  return done ? kept : done;
}

Result<void> State::together_for_now(const std::function<Result<void>()>& steps) {
  return database_.in_transaction() ? together(steps) : database_.unsynced([&] { return together(steps); });
}

Result<std::vector<screening::UnsettledNotice>> State::unsettled() {
  return guarded("listing new notices", [&] {
    std::vector<screening::UnsettledNotice> notices;
    const auto row = database_.prepare(
        "SELECT id, flag, trial, recipient, recipient_name, address, urgent, channel FROM notices WHERE settled = 0 AND state = 'waiting' "
        "ORDER BY rowid");
    const bool restored = !meta(database_, "restored").empty();
    while (row->step()) {
      const auto channel = screening::channel_named(row->text(7)).value_or(screening::Channel::email);
      notices.push_back(
          {row->text(0), {row->text(1)}, {row->text(2)}, {row->text(3), row->text(4), row->text(5), channel}, row->flag(6), restored});
    }
    if (restored && notices.empty()) end_restore();
    return notices;
  });
}

/// From here on notices go by themselves again: everything was read and everybody screened since the backup was restored.
void State::end_restore() {
  database_.run(
      "DELETE FROM meta WHERE key = 'restored' AND NOT EXISTS (SELECT 1 FROM patients WHERE pending > 0) AND NOT EXISTS (SELECT 1 FROM "
      "types "
      "WHERE whole_at IS NULL AND reading NOT IN (?, ?))",
      static_cast<int>(screening::Reading::not_granted), static_cast<int>(screening::Reading::unsupported));
}

Result<void> State::commit(const screening::Settlement& settlement, Instant now) {
  return guarded("settling notices", [&] {
    Transaction transaction(database_);
    for (const auto& id : settlement.go) database_.run("UPDATE notices SET settled = 1, next_at = ? WHERE id = ?", now, id);
    for (const auto& later : settlement.in_digest)
      database_.run("UPDATE notices SET settled = 1, in_digest = 1, next_at = ?, error = ? WHERE id = ?", later.at, later.why,
                    later.notice);
    for (const auto& id : settlement.wait) database_.run("UPDATE notices SET settled = 1, held = 1 WHERE id = ?", id);
    for (const auto& held : settlement.held) {
      const std::string summary = keep_digest(database_, held.summary, true);
      for (const auto& id : held.notices) database_.run("UPDATE notices SET settled = 1, digest = ? WHERE id = ?", summary, id);
    }
    end_restore();
    transaction.commit();
  });
}

}  // namespace trialflag::store
