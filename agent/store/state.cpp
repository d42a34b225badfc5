#include "agent/store/state.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <set>

#include "agent/base/ids.h"
#include "agent/store/backup.h"
#include "agent/store/forget.h"
#include "agent/store/place.h"
#include "agent/store/quarantine.h"
#include "agent/store/rows.h"
#include "agent/store/schema.h"

namespace trialflag::store {
namespace {

namespace fs = std::filesystem;

/// Device and inode; nullopt: there is none.
std::optional<std::pair<std::uint64_t, std::uint64_t>> place_of(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return std::nullopt;
  return std::pair<std::uint64_t, std::uint64_t>(status.st_dev, status.st_ino);
}

/// Thrown when the state is another's; becomes invalid_config.
struct Foreign {
  std::string what;
};

Result<void> make_folder(const fs::path& folder) {
  std::error_code error;
  const bool created = fs::create_directories(folder, error);
  if (error) {
    return fail(ErrorCode::storage, "state.dir " + folder.string() + " cannot be made: " + error.message() +
                                        "; make it and give it to the user that runs trialflag");
  }
  if (created) fs::permissions(folder, fs::perms::owner_all, error);
  return {};
}

}  // namespace

State::State(const fs::path& file, StateLock lock)
    : lock_(std::move(lock)), database_(file, kCacheKib, Absent::refused), holdings_(database_) {}

Result<std::unique_ptr<State>> State::open(const fs::path& folder, const Identity& identity) {
  if (auto made = make_folder(folder); !made) return tl::unexpected(made.error());
  if (::access(folder.c_str(), W_OK) != 0) {
    return fail(ErrorCode::storage, "state.dir " + folder.string() + " is not writable; give it to the user that runs trialflag");
  }
  auto lock = StateLock::take(folder);
  if (!lock) return tl::unexpected(lock.error());
  if (auto finished = finish_restore(folder, *lock); !finished) return tl::unexpected(finished.error());
  const auto any = has_state(folder);
  if (!any) return tl::unexpected(any.error());
  const mode_t mask = ::umask(0077);
  try {
    if (!*any) begin_state(folder);
    std::unique_ptr<State> state(new State(folder / "state.db", std::move(*lock)));
    ::umask(mask);
    state->place_ = place_of(state->database_.file());
    check_small(state->database_);
    bring_up(state->database_);
    state->settle_identity(identity);
    purge(state->database_);
    return state;
  } catch (const Foreign& foreign) {
    ::umask(mask);
    return fail(ErrorCode::invalid_config, "state.dir " + folder.string() + " " + foreign.what);
  } catch (const Failure& failure) {
    ::umask(mask);
    return tl::unexpected(told(failure));
  }
}

std::string foreign_to(const std::string& site, const std::string& base_url, const Identity& identity) {
  if (site != identity.site && base_url != identity.base_url) return "the server " + base_url;
  if (!identity.site.empty() && site != identity.site && site != base_url) return "the site \"" + site + "\"";
  return {};
}

Result<void> State::is_in_place() const {
  if (place_of(database_.file()) == place_) return {};
  return fail(ErrorCode::damage, "the state " + database_.file() +
                                     " was removed or replaced while trialflag ran; put it back if it was moved, else run `trialflag "
                                     "restore FILE` with the latest backup, then start trialflag again");
}

void State::settle_identity(const Identity& identity) {
  Transaction transaction(database_);
  site_ = meta(database_, "site");
  const std::string base_url = meta(database_, "base_url");
  if (site_.empty()) {
    site_ = identity.site.empty() ? identity.base_url : identity.site;
    set_meta(database_, "site", site_);
    set_meta(database_, "base_url", identity.base_url);
  } else if (const std::string whose = foreign_to(site_, base_url, identity); !whose.empty()) {
    throw Foreign{"belongs to " + whose + "; " + kForeignRemedy};
  } else if (base_url != identity.base_url) {
    set_meta(database_, "base_url", identity.base_url);  // the same site has moved its server
  }
  transaction.commit();
}

Result<std::vector<screening::TypeState>> State::type_states() {
  return guarded("reading the types", [&] { return read_types(database_); });
}

Result<bool> State::was_seen(fhir::ResourceType type, std::int64_t fingerprint) {
  return guarded("looking up what was seen", [&] {
    const auto any = any_seen_.find(type);
    const bool some = any != any_seen_.end()
                          ? any->second
                          : database_.prepare("SELECT 1 FROM seen WHERE type = ? LIMIT 1")->bind(fhir::name_of(type)).step();
    any_seen_[type] = some;
    if (!some) return false;  // a first load asks for each of its records
    const auto row = database_.prepare("SELECT 1 FROM seen WHERE type = ? AND fingerprint = ?");
    return row->bind(fhir::name_of(type), fingerprint).step();
  });
}

Result<screening::PatientState> State::patient(const screening::PatientId& patient) {
  return guarded("looking up a patient", [&] {
    screening::PatientState state;
    bool filed = false;
    {
      const auto row = database_.prepare(
          "SELECT EXISTS (SELECT 1 FROM aliases WHERE alias = ?1), EXISTS (SELECT 1 FROM departed WHERE id = ?1), id IS NOT NULL, "
          "candidate, id IS NOT NULL AND EXISTS (SELECT 1 FROM charts WHERE patient = ?1), pending = 2 FROM (SELECT 1) LEFT JOIN patients "
          "ON id = ?1");
      row->bind(patient.value).step();
      filed = row->flag(0);
      state.departed = row->flag(1);
      state.known = row->flag(2);
      state.candidate = row->flag(3);
      state.charted = row->flag(4);
      state.unread = row->flag(5);
    }
    if (filed) state.merged_into = {survivor_of(patient.value)};
    return state;
  });
}

/// The last one of the chain of records that this one is filed under; empty when it is filed under none.
std::string State::survivor_of(std::string patient) {
  constexpr int kLongestChain = 64;
  std::string last;
  for (int steps = 0; steps < kLongestChain; ++steps) {
    const auto row = database_.prepare("SELECT patient FROM aliases WHERE alias = ?");
    if (!row->bind(patient).step()) break;
    last = patient = row->text(0);
  }
  return last;
}

Result<std::vector<screening::PatientId>> State::patients_of(const screening::ResourceKey& resource) {
  return guarded("looking up a resource", [&] {
    if (holdings_.any_fresh()) {
      Transaction transaction(database_);
      holdings_.enter_fresh();
      transaction.commit();
    }
    return holdings_.holders_of(resource);
  });
}

Result<std::vector<screening::PatientId>> State::awaiting(const std::string& medication) {
  return guarded("looking up a Medication", [&] {
    std::vector<screening::PatientId> patients;
    const auto row = database_.prepare("SELECT patient FROM awaited_medications WHERE id = ?");
    row->bind(medication);
    while (row->step()) patients.push_back({row->text(0)});
    return patients;
  });
}

Result<std::vector<screening::PatientId>> State::awaiting_survivor(const screening::PatientId& survivor) {
  return guarded("looking up who is led to a record", [&] {
    std::vector<screening::PatientId> patients;
    const auto row = database_.prepare("SELECT patient FROM awaited_survivors WHERE survivor = ?");
    row->bind(survivor.value);
    while (row->step()) patients.push_back({row->text(0)});
    return patients;
  });
}

Result<bool> State::is_doubted(const screening::PatientId& patient) {
  return guarded("looking up a doubt",
                 [&] { return database_.prepare("SELECT 1 FROM doubted WHERE patient = ?")->bind(patient.value).step(); });
}

Result<void> State::doubt(const screening::PatientId& patient, Instant at) {
  return guarded("keeping a doubt", [&] { keep_doubt(patient.value, true, at); });
}

Result<std::vector<screening::Member>> State::members(const screening::PatientId& patient) {
  return guarded("looking up members", [&] {
    std::vector<screening::Member> members;
    const auto row = database_.prepare("SELECT id, held FROM members WHERE patient = ?");
    row->bind(patient.value);
    while (row->step()) members.push_back({row->text(0), row->flag(1)});
    return members;
  });
}

Result<std::vector<screening::ReportResult>> State::results_of(const std::string& report) {
  return guarded("looking up a report's results", [&] {
    std::vector<screening::ReportResult> results;
    const auto row = database_.prepare("SELECT id, patient FROM report_results WHERE report = ?");
    row->bind(report);
    while (row->step()) results.push_back({row->text(0), {row->text(1)}});
    return results;
  });
}

Result<std::vector<std::string>> State::results_for(const std::string& patient) {
  return guarded("looking up results", [&] {
    std::vector<std::string> ids;
    const auto row = database_.prepare("SELECT DISTINCT id FROM report_results WHERE patient = ?");
    row->bind(patient);
    while (row->step()) ids.push_back(row->text(0));
    return ids;
  });
}

/// A report that says itself whose it is now, or is gone, is no longer one of these.
void State::keep_results(const screening::PageStep& step) {
  const bool any = database_.prepare("SELECT 1 FROM report_results LIMIT 1")->step();
  for (const auto* reports : {&step.sound, &step.gone})
    for (const std::string& report : *reports)
      if (any) database_.run("DELETE FROM report_results WHERE report = ?", report);
  for (const auto& [report, results] : step.results)
    for (const screening::ReportResult& result : results)
      if (!is_forgotten(database_, result.patient.value))
        database_.run("INSERT INTO report_results (report, id, patient) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", report, result.id,
                      result.patient.value);
}

Result<std::vector<std::string>> State::ids_of(fhir::ResourceType type) {
  return guarded("listing the resources", [&] {
    std::vector<std::string> ids;
    if (type != fhir::ResourceType::patient) {
      ids = holdings_.ids_of(type);
      std::set<std::string> unseen;
      const auto row = database_.prepare("SELECT id FROM members");
      while (type == fhir::ResourceType::observation && row->step()) unseen.insert(row->text(0));
      std::erase_if(ids, [&](const std::string& id) { return unseen.contains(id); });
      return ids;
    }
    const auto row = database_.prepare("SELECT id FROM patients UNION SELECT id FROM departed");
    while (row->step()) ids.push_back(row->text(0));
    return ids;
  });
}

Result<void> State::commit(const screening::PageStep& step) {
  return guarded("keeping a page", [&] {
    Transaction transaction(database_);
    const std::string_view type = fhir::name_of(step.type);
    const auto mark = database_.prepare(
        "INSERT INTO patients (id, pending, revisit_at) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET pending = max(pending, "
        "excluded.pending), "
        "revisit_at = coalesce(min(revisit_at, excluded.revisit_at), revisit_at, excluded.revisit_at)");
    const bool any_forgotten = is_any_forgotten(database_);
    for (const auto& patient : step.patients)
      if (!any_forgotten || !is_forgotten(database_, patient.patient.value))
        mark->bind(patient.patient.value, static_cast<int>(patient.pending), patient.revisit_at).run();
    const auto see =
        database_.prepare("INSERT INTO seen (type, fingerprint, updated, resource) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING");
    const auto unsee = database_.prepare("DELETE FROM seen WHERE type = ? AND resource = ?");
    if (!step.seen.empty()) any_seen_[step.type] = true;
    for (const std::string& id : step.gone) unsee->bind(type, short_hash(id)).run();
    for (const auto& seen : step.seen) {
      const bool undated = !seen.updated && !seen.id.empty();
      const auto resource = undated ? std::optional(short_hash(seen.id)) : std::nullopt;
      if (undated) unsee->bind(type, resource).run();
      see->bind(type, seen.fingerprint, seen.updated, resource).run();
    }
    // Who is forgotten is not entered again.
    const auto arrive = database_.prepare("INSERT INTO arrivals (patient, chart) SELECT id, ?2 FROM patients WHERE id = ?1");
    for (const auto& arrival : step.arrivals) arrive->bind(arrival.patient.value, Statement::Blob{arrival.chart}).run();
    if (step.state) {
      database_.run(
          "INSERT INTO types (name, reading, watermark, whole_at, error, how, rows) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO "
          "UPDATE SET reading = excluded.reading, watermark = excluded.watermark, whole_at = excluded.whole_at, error = excluded.error, "
          "how = excluded.how, rows = excluded.rows, warned_since = ?",
          type, static_cast<int>(step.state->reading), step.state->watermark, step.state->whole_at, step.state->error, step.state->how,
          step.state->rows, step.state->warned_since);
    }
    if (step.state || step.hold) {
      const auto& hold = step.state ? step.state->hold : step.hold;
      database_.run("UPDATE types SET held_since = ?, held_at = ?, held_missing = ? WHERE name = ?",
                    hold ? std::optional(hold->since) : std::nullopt, hold ? std::optional(hold->looked_at) : std::nullopt,
                    hold ? hold->missing : 0, type);
    }
    if (step.read_all) database_.execute("UPDATE patients SET pending = 2 WHERE id IN (SELECT patient FROM charts)");
    if (step.read_since)
      database_.run("UPDATE patients SET pending = 2 WHERE id IN (SELECT patient FROM charts WHERE read_at >= ?)", *step.read_since);
    keep_quarantine(database_, step);
    if (step.type == fhir::ResourceType::diagnostic_report) keep_results(step);
    if (step.forget_seen_before) database_.run("DELETE FROM seen WHERE type = ? AND updated < ?", type, *step.forget_seen_before);
    transaction.commit();
  });
}

Result<void> State::note_failure(fhir::ResourceType type, const screening::TypeOutcome& outcome, Instant at) {
  return guarded("keeping a type's outcome", [&] {
    database_.run(
        "INSERT INTO types (name, reading, error, warned_since) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET reading = "
        "excluded.reading, error = excluded.error, warned_since = coalesce(warned_since, excluded.warned_since)",
        fhir::name_of(type), static_cast<int>(outcome.reading), outcome.error, outcome.warned ? std::optional(at) : std::nullopt);
  });
}

Result<std::string> State::note(const std::string& key) {
  return guarded("reading a note", [&] { return meta(database_, ("note:" + key).c_str()); });
}

Result<void> State::keep_note(const std::string& key, const std::string& text) {
  return guarded("keeping a note", [&] { set_meta(database_, ("note:" + key).c_str(), text); });
}

Result<std::vector<std::string>> State::charted() {
  return guarded("listing the charts", [&] {
    std::vector<std::string> ids;
    const auto row = database_.prepare(
        "SELECT patient FROM charts c WHERE EXISTS (SELECT 1 FROM verdicts v WHERE v.patient = c.patient) ORDER BY patient");
    while (row->step()) ids.push_back(row->text(0));
    return ids;
  });
}

// What was judged, read and put off under a clock that was ahead is judged again, and is due, when that comes out: a window that had run
// out may be open still. After more than a step, what was judged of patients without a chart, of whom nothing is kept, is read again.
Result<void> State::follow_clock(Instant now) {
  return guarded("looking at the clock", [&] {
    constexpr std::int64_t kStep = 60000, kJump = 60 * kStep;  // a clock that is kept in step is moved by less
    const std::string text = meta(database_, "clock");
    const std::int64_t last = text.empty() ? now.ms : std::strtoll(text.c_str(), nullptr, 10);
    if (!text.empty() && now.ms + kStep >= last && now.ms < last + kStep) return;
    Transaction transaction(database_);
    if (now.ms + kStep < last) {
      const bool jumped = now.ms + kJump < last;
      database_.execute("UPDATE patients SET pending = max(pending, 1) WHERE id IN (SELECT patient FROM charts)");
      database_.run("UPDATE charts SET read_at = ?1 - 1 WHERE read_at >= ?1", now);
      database_.run(
          "UPDATE types SET whole_at = min(whole_at, ?1), warned_since = min(warned_since, ?1 - 1), watermark = iif(?2, NULL, watermark)",
          now, jumped);
      database_.run("UPDATE notices SET next_at = ?1 WHERE state = 'waiting' AND at > ?1 AND next_at > ?1", now);
      if (jumped) database_.execute("DELETE FROM seen");
    }
    set_meta(database_, "clock", std::to_string(now.ms));
    transaction.commit();
  });
}

Result<void> State::mark_due(Instant now, const std::map<screening::TrialId, std::string>& screened_under) {
  return guarded("marking who is due", [&] {
    Transaction transaction(database_);
    database_.run("UPDATE patients SET pending = 2, revisit_at = NULL WHERE revisit_at <= ?", now);
    database_.run("UPDATE patients SET pending = 2 WHERE id IN (SELECT patient FROM doubted WHERE again_at <= ?)", now);
    std::string trials;
    for (const auto& [trial, under] : screened_under) {
      // The plus keeps SQLite from looking at all verdicts of the trial in place of the few whose time has come.
      database_.run(
          "UPDATE patients SET pending = max(pending, 1) WHERE id IN (SELECT patient FROM verdicts WHERE revisit_at <= ? AND +trial = ?)",
          now, trial.value);
      mark_outdated(trial.value, under);
      trials += trial.value + "\n";
    }
    // A chart lacks the verdict of a trial only when the trial is new.
    if (meta(database_, "trials") != trials) {
      for (const auto& [trial, under] : screened_under) {
        database_.run(
            "UPDATE patients SET pending = max(pending, 1) WHERE id IN (SELECT patient FROM charts EXCEPT SELECT patient FROM verdicts "
            "WHERE "
            "trial = ?)",
            trial.value);
      }
      set_meta(database_, "trials", trials);
    }
    transaction.commit();
  });
}

// Each part is a range of an index, so that a cycle in which nothing is outdated costs the same however many patients there are. CROSS JOIN
// keeps SQLite from beginning with all verdicts of the trial in place of the few flags.
void State::mark_outdated(const std::string& trial, const std::string& under) {
  constexpr std::array kWhose = {
      "SELECT patient FROM verdicts WHERE trial = ?1 AND screened_under < ?2",
      "SELECT patient FROM verdicts WHERE trial = ?1 AND screened_under > ?2 AND screened_under < ?2 || '+declined'",
      "SELECT patient FROM verdicts WHERE trial = ?1 AND screened_under > ?2 || '+declined'",
      "SELECT v.patient FROM flags f CROSS JOIN verdicts v ON v.trial = f.trial AND v.patient = f.patient "
      "WHERE f.trial = ?1 AND f.state = 'declined' AND v.screened_under = ?2",
      "SELECT v.patient FROM verdicts v WHERE v.trial = ?1 AND v.screened_under = ?2 || '+declined' "
      "AND NOT EXISTS (SELECT 1 FROM flags f WHERE f.trial = v.trial AND f.patient = v.patient AND f.state = 'declined')"};
  for (const char* whose : kWhose)
    database_.run("UPDATE patients SET pending = max(pending, 1) WHERE id IN (" + std::string(whose) + ")", trial, under);
}

Result<void> State::mark_rivals(const std::string& ranking) {
  return guarded("comparing the trials' priorities", [&] {
    if (meta(database_, "ranking") == ranking) return;
    Transaction transaction(database_);
    database_.execute(
        "UPDATE patients SET pending = max(pending, 1) WHERE id IN (SELECT patient FROM flags GROUP BY patient HAVING count(*) > 1 UNION "
        "SELECT patient FROM aliases) AND id IN (SELECT patient FROM charts)");
    set_meta(database_, "ranking", ranking);
    transaction.commit();
  });
}

Result<void> State::rewind_unless(const std::string& basis) {
  return guarded("comparing versions", [&] {
    Transaction transaction(database_);
    if (meta(database_, "basis") == basis) return;
    database_.execute("UPDATE types SET watermark = NULL");
    database_.execute("DELETE FROM seen");
    set_meta(database_, "basis", basis);
    transaction.commit();
  });
}

Result<std::vector<screening::ScreeningStore::Todo>> State::pending(const Todo& after, std::size_t limit) {
  return guarded("listing pending patients", [&] {
    std::vector<Todo> todo;
    const auto row = database_.prepare(
        "SELECT id, pending, failed_at FROM patients WHERE pending > 0 AND (failed_at, id) > (?, ?) ORDER BY failed_at, id LIMIT ?");
    row->bind(after.failed_at, after.patient.value, static_cast<std::int64_t>(limit));
    while (row->step()) todo.push_back({{row->text(0)}, static_cast<screening::Pending>(row->integer(1)), Instant{row->integer(2)}});
    return todo;
  });
}

Result<void> State::put_last(const screening::PatientId& patient, Instant at) {
  return guarded("putting off a patient", [&] { database_.run("UPDATE patients SET failed_at = ? WHERE id = ?", at, patient.value); });
}

Result<std::size_t> State::pending_count() {
  return guarded("counting pending patients", [&] {
    const auto row = database_.prepare("SELECT count(*) FROM patients WHERE pending > 0");
    return row->step() ? static_cast<std::size_t>(row->integer(0)) : std::size_t{0};
  });
}

Result<std::optional<std::string>> State::chart(const screening::PatientId& patient) {
  return guarded("reading a chart", [&] {
    std::optional<std::string> bytes;
    const auto row = database_.prepare("SELECT chart FROM charts WHERE patient = ?");
    if (row->bind(patient.value).step()) bytes = row->text(0);
    return bytes;
  });
}

Result<std::vector<std::string>> State::arrivals(const screening::PatientId& patient) {
  return guarded("reading what has arrived", [&] {
    std::vector<std::string> charts;
    const auto row = database_.prepare("SELECT chart FROM arrivals WHERE patient = ? ORDER BY number");
    row->bind(patient.value);
    while (row->step()) charts.push_back(row->text(0));
    return charts;
  });
}

Result<std::optional<screening::KeptFacts>> State::facts(const screening::TrialId& trial, const screening::PatientId& patient) {
  return guarded("reading facts", [&] {
    std::optional<screening::KeptFacts> facts;
    const auto row = database_.prepare(
        "SELECT mapped_under, judged, told FROM facts JOIN facts_told USING (trial, patient) WHERE trial = ? AND patient = ?");
    if (row->bind(trial.value, patient.value).step()) facts = {row->text(0), {row->text(1), row->text(2)}};
    return facts;
  });
}

Result<std::vector<screening::PatientId>> State::aliases(const screening::PatientId& patient) {
  return guarded("reading aliases", [&] {
    std::vector<screening::PatientId> aliases;
    if (!database_.prepare("SELECT 1 FROM aliases WHERE patient = ?")->bind(patient.value).step()) return aliases;
    const auto row = database_.prepare(
        "WITH RECURSIVE filed (id) AS (SELECT alias FROM aliases WHERE patient = ?1 UNION SELECT alias FROM aliases JOIN filed ON patient "
        "= "
        "id) SELECT id FROM filed WHERE id <> ?1 ORDER BY id");
    row->bind(patient.value);
    while (row->step()) aliases.push_back({row->text(0)});
    return aliases;
  });
}

std::vector<screening::Moving> State::moving_to(const screening::TrialId& trial, const screening::PatientId& patient) {
  std::vector<screening::Moving> moving;
  const auto row = database_.prepare(
      "WITH RECURSIVE filed (id) AS (SELECT alias FROM aliases WHERE patient = ?1 UNION SELECT alias FROM aliases JOIN filed ON patient = "
      "id) SELECT n.id, n.recipient, n.recipient_name, n.address, n.state = 'suppressed' FROM filed JOIN flags f ON f.patient = filed.id "
      "JOIN notices n ON n.flag = f.id AND n.event = f.events WHERE filed.id <> ?1 AND f.trial = ?2 AND f.status = 'withdrawn' AND "
      "f.reason = ?3 AND n.kind = 'changed' AND n.channel = 'email' AND NOT n.maybe_told AND n.digest IS NULL AND (n.state = 'waiting' OR "
      "(n.state = 'suppressed' AND EXISTS (SELECT 1 FROM notices b WHERE b.id = n.led_by AND b.state IN ('waiting', 'stuck') AND NOT "
      "b.maybe_told))) ORDER BY n.rowid");
  row->bind(patient.value, trial.value, screening::kMoved);
  while (row->step()) moving.push_back({row->text(0), {row->text(1), row->text(2), row->text(3), screening::Channel::email}, row->flag(4)});
  return moving;
}

Result<screening::Prior> State::prior(const screening::TrialId& trial, const screening::PatientId& patient) {
  return guarded("reading a flag", [&] {
    screening::Prior prior;
    prior.moving = moving_to(trial, patient);
    const auto row = database_.prepare("SELECT " + std::string(kFlagColumns) + " FROM flags f WHERE f.trial = ? AND f.patient = ?");
    if (!row->bind(trial.value, patient.value).step()) return prior;
    prior.flag = read_flag(*row);
    prior.told = told_of(database_, prior.flag->id.value);
    const auto agreed = database_.prepare("SELECT 1 FROM flag_events WHERE flag = ? AND kind = 'agreed' LIMIT 1");
    prior.agreed = agreed->bind(prior.flag->id.value).step();
    return prior;
  });
}

Result<std::vector<screening::Prior>> State::priors(const screening::PatientId& patient) {
  return guarded("reading flags", [&] {
    std::vector<screening::Prior> priors;
    const auto row = database_.prepare("SELECT " + std::string(kFlagColumns) + " FROM flags f WHERE f.patient = ? ORDER BY f.trial");
    row->bind(patient.value);
    while (row->step()) {
      screening::Prior& prior = priors.emplace_back();
      prior.flag = read_flag(*row);
      prior.told = told_of(database_, prior.flag->id.value);
      prior.moving = moving_to(prior.flag->trial, patient);
    }
    return priors;
  });
}

}  // namespace trialflag::store
