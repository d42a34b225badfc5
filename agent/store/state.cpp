#include "agent/store/state.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "agent/base/ids.h"
#include "agent/store/rows.h"
#include "agent/store/schema.h"

namespace trialflag::store {
namespace {

namespace fs = std::filesystem;

std::string meta(Database& database, const char* key) {
  const auto statement = database.prepare("SELECT value FROM meta WHERE key = ?");
  return statement->bind(key).step() ? statement->text(0) : std::string();
}

void set_meta(Database& database, const char* key, const std::string& value) {
  database.run("INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value);
}

/// Thrown when the state is another's; becomes invalid_config.
struct Foreign {
  std::string what;
};

/// Takes the lock that one running process holds on the state; -1 when another has it.
int take_lock(const fs::path& folder) {
  const int file = ::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return -1;
  if (::flock(file, LOCK_EX | LOCK_NB) == 0) return file;
  ::close(file);
  return -1;
}

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

State::State(const fs::path& file, int lock) : database_(file), holdings_(database_), lock_(lock) {}

State::~State() {
  if (lock_ >= 0) ::close(lock_);
}

Result<std::unique_ptr<State>> State::open(const fs::path& folder, const Identity& identity) {
  if (auto made = make_folder(folder); !made) return tl::unexpected(made.error());
  if (::access(folder.c_str(), W_OK) != 0) {
    return fail(ErrorCode::storage, "state.dir " + folder.string() + " is not writable; give it to the user that runs trialflag");
  }
  const int lock = take_lock(folder);
  if (lock < 0) {
    return fail(ErrorCode::unavailable,
                "state.dir " + folder.string() + " is in use by another trialflag run; stop that one, or name another folder");
  }
  const mode_t mask = ::umask(0077);
  try {
    std::unique_ptr<State> state(new State(folder / "state.db", lock));
    ::umask(mask);
    migrate(state->database_);
    state->settle_identity(identity);
    return state;
  } catch (const Foreign& foreign) {
    ::umask(mask);
    return fail(ErrorCode::invalid_config, "state.dir " + folder.string() + " " + foreign.what);
  } catch (const Failure& failure) {
    ::umask(mask);
    return fail(ErrorCode::storage, "state.dir " + folder.string() + " cannot be opened: " + failure.what);
  }
}

void State::settle_identity(const Identity& identity) {
  Transaction transaction(database_);
  site_ = meta(database_, "site");
  const std::string base_url = meta(database_, "base_url");
  if (site_.empty()) {
    site_ = identity.site.empty() ? identity.base_url : identity.site;
    set_meta(database_, "site", site_);
    set_meta(database_, "base_url", identity.base_url);
  } else if (site_ != identity.site && base_url != identity.base_url) {
    throw Foreign{"belongs to the server " + base_url + "; name another folder for this one"};
  } else if (!identity.site.empty() && site_ != identity.site && site_ != base_url) {
    throw Foreign{"belongs to the site \"" + site_ + "\"; name another folder for this one"};
  } else if (base_url != identity.base_url) {
    set_meta(database_, "base_url", identity.base_url);  // the same site has moved its server
  }
  transaction.commit();
}

Result<std::vector<screening::TypeState>> State::type_states() {
  return guarded("reading the types", [&] {
    std::vector<screening::TypeState> states;
    const auto row = database_.prepare("SELECT name, reading, watermark, whole_at, error FROM types ORDER BY name");
    while (row->step()) states.push_back(read_type(*row));
    return states;
  });
}

Result<bool> State::was_seen(fhir::ResourceType type, std::int64_t fingerprint) {
  return guarded("looking up what was seen", [&] {
    const auto row = database_.prepare("SELECT 1 FROM seen WHERE type = ? AND fingerprint = ?");
    return row->bind(fhir::name_of(type), fingerprint).step();
  });
}

Result<screening::PatientState> State::patient(const screening::PatientId& patient) {
  return guarded("looking up a patient", [&] {
    screening::PatientState state;
    const auto alias = database_.prepare("SELECT patient FROM aliases WHERE alias = ?");
    if (alias->bind(patient.value).step()) state.merged_into = {alias->text(0)};
    const auto row = database_.prepare("SELECT candidate, EXISTS (SELECT 1 FROM charts WHERE patient = id) FROM patients WHERE id = ?");
    if (!row->bind(patient.value).step()) return state;
    state.known = true;
    state.candidate = row->flag(0);
    state.charted = row->flag(1);
    return state;
  });
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

Result<std::vector<std::string>> State::ids_of(fhir::ResourceType type) {
  return guarded("listing the resources", [&] {
    if (type != fhir::ResourceType::patient) return holdings_.ids_of(type);
    std::vector<std::string> ids;
    const auto row = database_.prepare("SELECT id FROM patients");
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
    for (const auto& patient : step.patients)
      mark->bind(patient.patient.value, static_cast<int>(patient.pending), patient.revisit_at).run();
    const auto see = database_.prepare("INSERT INTO seen (type, fingerprint, updated) VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
    for (const auto& seen : step.seen) see->bind(type, seen.fingerprint, seen.updated).run();
    if (step.state) {
      database_.run(
          "INSERT INTO types (name, reading, watermark, whole_at, error) VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET reading = "
          "excluded.reading, watermark = excluded.watermark, whole_at = excluded.whole_at, error = excluded.error",
          type, static_cast<int>(step.state->reading), step.state->watermark, step.state->whole_at, step.state->error);
    }
    if (step.forget_seen_before) database_.run("DELETE FROM seen WHERE type = ? AND updated < ?", type, *step.forget_seen_before);
    transaction.commit();
  });
}

Result<void> State::note_failure(fhir::ResourceType type, const screening::TypeOutcome& outcome) {
  return guarded("keeping a type's outcome", [&] {
    database_.run(
        "INSERT INTO types (name, reading, error) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET reading = excluded.reading, error = "
        "excluded.error",
        fhir::name_of(type), static_cast<int>(outcome.reading), outcome.error);
  });
}

Result<void> State::mark_due(Instant now, const std::map<screening::TrialId, std::string>& screened_under) {
  return guarded("marking who is due", [&] {
    Transaction transaction(database_);
    database_.run("UPDATE patients SET pending = 2, revisit_at = NULL WHERE revisit_at <= ?", now);
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

Result<std::vector<screening::ScreeningStore::Todo>> State::pending(const screening::PatientId& after, std::size_t limit) {
  return guarded("listing pending patients", [&] {
    std::vector<Todo> todo;
    const auto row = database_.prepare("SELECT id, pending FROM patients WHERE pending > 0 AND id > ? ORDER BY id LIMIT ?");
    row->bind(after.value, static_cast<std::int64_t>(limit));
    while (row->step()) todo.push_back({{row->text(0)}, static_cast<screening::Pending>(row->integer(1))});
    return todo;
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
    const auto row = database_.prepare("SELECT alias FROM aliases WHERE patient = ? ORDER BY alias");
    row->bind(patient.value);
    while (row->step()) aliases.push_back({row->text(0)});
    return aliases;
  });
}

std::vector<screening::Told> State::told_of(const std::string& flag) {
  std::vector<screening::Told> told;
  const auto row = database_.prepare(
      "SELECT recipient, recipient_name, address, channel FROM notices n WHERE flag = ?1 AND kind IN ('opened', 'changed', 'reminder') AND "
      "(state = "
      "'sent' OR "
      "maybe_told) "
      "AND event > coalesce((SELECT max(number) FROM flag_events WHERE flag = ?1 AND (status IN ('ineligible', 'withdrawn') OR kind = "
      "'closed')), 0) "
      "GROUP BY channel, recipient HAVING event = max(event) ORDER BY channel, recipient");
  row->bind(flag);
  while (row->step()) {
    const auto channel = screening::channel_named(row->text(3)).value_or(screening::Channel::email);
    told.push_back({row->text(0), row->text(1), row->text(2), channel});
  }
  return told;
}

Result<screening::Prior> State::prior(const screening::TrialId& trial, const screening::PatientId& patient) {
  return guarded("reading a flag", [&] {
    screening::Prior prior;
    const auto row = database_.prepare("SELECT " + std::string(kFlagColumns) + " FROM flags f WHERE f.trial = ? AND f.patient = ?");
    if (!row->bind(trial.value, patient.value).step()) return prior;
    prior.flag = read_flag(*row);
    prior.told = told_of(prior.flag->id.value);
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
      prior.told = told_of(prior.flag->id.value);
    }
    return priors;
  });
}

}  // namespace trialflag::store
