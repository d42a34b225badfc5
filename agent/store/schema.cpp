#include "agent/store/schema.h"

#include <array>
#include <string>

#include "agent/store/chain.h"
#include "agent/store/events.h"

namespace trialflag::store {
namespace {

// 1: the beginning. Times are milliseconds since 1970, UTC. Types are FHIR's names, so that the meaning does not hang on an enumerator.
constexpr const char* kFirst = R"sql(
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE types (
  name TEXT PRIMARY KEY, reading INTEGER NOT NULL, watermark INTEGER, whole_at INTEGER, error TEXT NOT NULL DEFAULT '') STRICT;
-- what a poll met within the overlap, as fingerprints, so that reading it twice moves nothing
CREATE TABLE seen (
  type TEXT NOT NULL, fingerprint INTEGER NOT NULL, updated INTEGER, PRIMARY KEY (type, fingerprint)) STRICT, WITHOUT ROWID;

-- pending: 0 nothing, 1 screen, 2 read and screen
CREATE TABLE patients (
  id TEXT PRIMARY KEY, candidate INTEGER NOT NULL DEFAULT 0, pending INTEGER NOT NULL DEFAULT 0, revisit_at INTEGER) STRICT;
CREATE INDEX patients_pending ON patients (id) WHERE pending > 0;
CREATE INDEX patients_revisit ON patients (revisit_at) WHERE revisit_at IS NOT NULL;
CREATE TABLE aliases (
  alias TEXT PRIMARY KEY, patient TEXT NOT NULL) STRICT;
CREATE INDEX aliases_patient ON aliases (patient);
CREATE TABLE charts (
  patient TEXT PRIMARY KEY REFERENCES patients (id) ON DELETE CASCADE, read_at INTEGER NOT NULL, chart BLOB NOT NULL) STRICT;
CREATE TABLE resources (
  type TEXT NOT NULL, id TEXT NOT NULL, patient TEXT NOT NULL REFERENCES charts (patient) ON DELETE CASCADE,
  PRIMARY KEY (type, id, patient)) STRICT, WITHOUT ROWID;
CREATE INDEX resources_patient ON resources (patient);

CREATE TABLE verdicts (
  trial TEXT NOT NULL, patient TEXT NOT NULL REFERENCES patients (id) ON DELETE CASCADE, status TEXT NOT NULL,
  screened_under TEXT NOT NULL, revisit_at INTEGER, record TEXT NOT NULL, PRIMARY KEY (trial, patient)) STRICT;
CREATE INDEX verdicts_patient ON verdicts (patient);
CREATE INDEX verdicts_revisit ON verdicts (revisit_at) WHERE revisit_at IS NOT NULL;

CREATE TABLE flags (
  id TEXT PRIMARY KEY, code TEXT NOT NULL UNIQUE, trial TEXT NOT NULL, trial_version TEXT NOT NULL, patient TEXT NOT NULL,
  status TEXT NOT NULL, announced TEXT, reason TEXT NOT NULL, record TEXT NOT NULL, passes INTEGER NOT NULL, opens INTEGER NOT NULL,
  opened_at INTEGER NOT NULL, changed_at INTEGER NOT NULL, events INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'new', state_criterion TEXT, UNIQUE (trial, patient)) STRICT;
CREATE INDEX flags_patient ON flags (patient);
CREATE TABLE snapshots (
  id TEXT PRIMARY KEY, chart BLOB NOT NULL) STRICT;
CREATE TABLE flag_events (
  flag TEXT NOT NULL REFERENCES flags (id), number INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, who TEXT NOT NULL,
  why TEXT NOT NULL, status TEXT NOT NULL, record TEXT NOT NULL, snapshot TEXT REFERENCES snapshots (id), trial_version TEXT NOT NULL,
  tables_version TEXT NOT NULL, engine_version TEXT NOT NULL, PRIMARY KEY (flag, number)) STRICT;
CREATE TRIGGER flag_events_stay BEFORE UPDATE ON flag_events BEGIN SELECT raise(ABORT, 'flag events are append-only'); END;
CREATE TRIGGER flag_events_last BEFORE DELETE ON flag_events BEGIN SELECT raise(ABORT, 'flag events are append-only'); END;

-- settled: the flood brake has let it go; held: a person must release it; digest: the summary that speaks for it
CREATE TABLE notices (
  id TEXT PRIMARY KEY, flag TEXT REFERENCES flags (id), trial TEXT NOT NULL, event INTEGER NOT NULL, recipient TEXT NOT NULL,
  recipient_name TEXT NOT NULL, address TEXT NOT NULL, channel TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL,
  urgent INTEGER NOT NULL, settled INTEGER NOT NULL DEFAULT 0, held INTEGER NOT NULL DEFAULT 0, maybe_told INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL, at INTEGER NOT NULL, next_at INTEGER, error TEXT,
  digest TEXT REFERENCES notices (id)) STRICT;
CREATE INDEX notices_flag ON notices (flag);
CREATE INDEX notices_digest ON notices (digest) WHERE digest IS NOT NULL;
CREATE INDEX notices_waiting ON notices (next_at) WHERE state = 'waiting';
)sql";

// 2: what a chart says, mapped (screening/facts_blob.h), so that a screening without a new chart maps nothing. A row may be missing.
constexpr const char* kFacts = R"sql(
CREATE TABLE facts (
  trial TEXT NOT NULL, patient TEXT NOT NULL REFERENCES charts (patient) ON DELETE CASCADE, mapped_under TEXT NOT NULL,
  facts BLOB NOT NULL, PRIMARY KEY (trial, patient)) STRICT;
CREATE INDEX facts_patient ON facts (patient);
)sql";

// 3: one row for what a chart holds in place of one a resource (holdings.h). `resources`: as holdings.cpp packs them. `entered`: 0 when
// the index does not yet know it. The index has no foreign key: what it says is checked.
constexpr const char* kHoldings = R"sql(
CREATE TABLE holdings (
  chart INTEGER PRIMARY KEY, patient TEXT NOT NULL UNIQUE REFERENCES charts (patient), resources BLOB NOT NULL,
  entered INTEGER NOT NULL) STRICT;
CREATE INDEX holdings_fresh ON holdings (chart) WHERE entered = 0;
CREATE TABLE holders (
  hash INTEGER NOT NULL, chart INTEGER NOT NULL, PRIMARY KEY (hash, chart)) STRICT, WITHOUT ROWID;
INSERT INTO holdings (patient, resources, entered)
  SELECT patient, CAST(group_concat(type || '/' || id || char(0), '') AS BLOB), 0 FROM resources GROUP BY patient;
DROP TABLE resources;
)sql";

// 4: who is due is found without looking at everybody.
constexpr const char* kDue = R"sql(
CREATE INDEX verdicts_under ON verdicts (trial, screened_under, patient);
CREATE INDEX flags_declined ON flags (trial, patient) WHERE state = 'declined';
)sql";

// 5: records that were given and could not be read, so that the chart misses them; id is empty where it could not be told.
constexpr const char* kUnread = R"sql(
CREATE TABLE unread (
  patient TEXT NOT NULL REFERENCES charts (patient) ON DELETE CASCADE, type TEXT NOT NULL, id TEXT NOT NULL,
  PRIMARY KEY (patient, type, id)) STRICT, WITHOUT ROWID;
)sql";

// 6: what judging asks for lies close together; what words ask for beside it lies apart. What was kept before is mapped again when needed.
constexpr const char* kFactsApart = R"sql(
DROP TABLE facts;
CREATE TABLE facts (
  trial TEXT NOT NULL, patient TEXT NOT NULL REFERENCES charts (patient) ON DELETE CASCADE, mapped_under TEXT NOT NULL,
  judged BLOB NOT NULL, PRIMARY KEY (trial, patient)) STRICT;
CREATE INDEX facts_patient ON facts (patient);
CREATE TABLE facts_told (
  trial TEXT NOT NULL, patient TEXT NOT NULL REFERENCES charts (patient) ON DELETE CASCADE, told BLOB NOT NULL,
  PRIMARY KEY (patient, trial)) STRICT;
)sql";

// 7: what was seen is forgotten without looking at all of it.
constexpr const char* kSeenByTime = R"sql(
CREATE INDEX seen_updated ON seen (type, updated);
)sql";

// 8: records that polls brought of charted patients and that are not yet in their charts (screening/arrivals.h), each page's as one chart.
constexpr const char* kArrivals = R"sql(
CREATE TABLE arrivals (
  number INTEGER PRIMARY KEY, patient TEXT NOT NULL REFERENCES charts (patient) ON DELETE CASCADE, chart BLOB NOT NULL) STRICT;
CREATE INDEX arrivals_patient ON arrivals (patient);
)sql";

// 9: what an event says lies apart from the event, so that it can be erased while the event stays (events.h). A payload is written once and
// never changed; it goes only when the patient is forgotten. `digest`: of its salt, who, why, record and snapshot.
constexpr const char* kPayloads = R"sql(
CREATE TABLE event_payloads (
  flag TEXT NOT NULL, number INTEGER NOT NULL, salt BLOB NOT NULL, who TEXT NOT NULL, why TEXT NOT NULL, record TEXT NOT NULL,
  snapshot TEXT REFERENCES snapshots (id), PRIMARY KEY (flag, number)) STRICT;
CREATE INDEX event_payloads_snapshot ON event_payloads (snapshot) WHERE snapshot IS NOT NULL;
INSERT INTO event_payloads SELECT flag, number, randomblob(16), who, why, record, snapshot FROM flag_events ORDER BY rowid;
CREATE TABLE events_apart (
  flag TEXT NOT NULL REFERENCES flags (id), number INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, status TEXT NOT NULL,
  trial_version TEXT NOT NULL, tables_version TEXT NOT NULL, engine_version TEXT NOT NULL, digest BLOB NOT NULL,
  PRIMARY KEY (flag, number)) STRICT;
INSERT INTO events_apart
  SELECT e.flag, e.number, at, kind, status, trial_version, tables_version, engine_version,
    payload_digest(p.salt, p.who, p.why, p.record, p.snapshot)
  FROM flag_events e JOIN event_payloads p ON p.flag = e.flag AND p.number = e.number ORDER BY e.rowid;
DROP TABLE flag_events;
ALTER TABLE events_apart RENAME TO flag_events;
CREATE TRIGGER flag_events_stay BEFORE UPDATE ON flag_events BEGIN SELECT raise(ABORT, 'flag events are append-only'); END;
CREATE TRIGGER flag_events_last BEFORE DELETE ON flag_events BEGIN SELECT raise(ABORT, 'flag events are append-only'); END;
CREATE TRIGGER event_payloads_stay BEFORE UPDATE ON event_payloads BEGIN SELECT raise(ABORT, 'flag events are append-only'); END;
)sql";

// 10: by which plan a type was read, and how much it held; whom to screen, where that is not everybody.
constexpr const char* kPlanAndRoster = R"sql(
ALTER TABLE types ADD COLUMN how TEXT NOT NULL DEFAULT '';
ALTER TABLE types ADD COLUMN rows INTEGER;
CREATE TABLE roster (patient TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
)sql";

// 11: who was a candidate, or had records that could make them one, and has no Patient. Should it come, their records, which nobody has
// touched, must be read.
constexpr const char* kDeparted = R"sql(
CREATE TABLE departed (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
)sql";

// 12: what a letter said that may have arrived, so that its repeat, which has the same id, says the same.
constexpr const char* kSaid = R"sql(
ALTER TABLE notices ADD COLUMN said_status TEXT;
ALTER TABLE notices ADD COLUMN said_passes INTEGER;
ALTER TABLE notices ADD COLUMN said_opens INTEGER;
)sql";

// 13: what was given and could not be read, until it can be; mark: tells apart what does not tell its id. And who was forgotten, as hashes
// under meta's forgotten_key, so that nobody comes back by the next poll.
constexpr const char* kQuarantine = R"sql(
CREATE TABLE quarantine (
  type TEXT NOT NULL, id TEXT NOT NULL, mark INTEGER NOT NULL, patient TEXT NOT NULL, reason TEXT NOT NULL, raw BLOB NOT NULL,
  first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, times INTEGER NOT NULL, PRIMARY KEY (type, id, mark)) STRICT;
CREATE INDEX quarantine_patient ON quarantine (patient);
CREATE INDEX quarantine_last ON quarantine (last_at);
CREATE TABLE forgotten (hash BLOB PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
)sql";

// 14: what is amiss, for `status`; the site's tables and trials as they last were sound; counts that cost no walk through all rows.
constexpr const char* kWatched = R"sql(
CREATE TABLE troubles (
  subject TEXT PRIMARY KEY, since INTEGER NOT NULL, state TEXT NOT NULL, error TEXT NOT NULL) STRICT;
-- place: the folder or file as configured; name: of a file in that folder, empty for the place itself
CREATE TABLE kept_files (
  place TEXT NOT NULL, name TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY (place, name)) STRICT, WITHOUT ROWID;
CREATE INDEX notices_stuck ON notices (id) WHERE state = 'stuck';
CREATE INDEX flags_status ON flags (trial, status);
)sql";

// 15: delivery. in_digest: goes out with others of its recipient; first_tried: since when it has been refused; about: of an alarm, the
// notice that is stuck. An outlet is closed when its receiver wants nothing any more.
constexpr const char* kDelivery = R"sql(
ALTER TABLE notices ADD COLUMN in_digest INTEGER NOT NULL DEFAULT 0;
ALTER TABLE notices ADD COLUMN first_tried INTEGER;
ALTER TABLE notices ADD COLUMN about TEXT;
CREATE INDEX notices_sent ON notices (channel, recipient, at) WHERE state = 'sent';
CREATE TABLE closed_outlets (
  channel TEXT NOT NULL, recipient TEXT NOT NULL, at INTEGER NOT NULL, why TEXT NOT NULL, PRIMARY KEY (channel, recipient)) STRICT;
-- whom nobody may approach, as the list had them when it was last read; suppressed: why the verdict is told to nobody
CREATE TABLE opt_outs (
  patient TEXT PRIMARY KEY) STRICT;
ALTER TABLE verdicts ADD COLUMN suppressed TEXT;
)sql";

// 16: the screening log: a row for each patient and trial whose entry criterion ever held or was in doubt; it outlives chart and verdict.
// `day`: since which the outcome stands, as days since 1970. `open`: "ID:REASON", separated by blanks. Whoever has a chart is screened once
// more, so that the log knows them.
constexpr const char* kScreenings = R"sql(
CREATE TABLE screenings (
  patient TEXT NOT NULL, trial TEXT NOT NULL, day INTEGER NOT NULL, trial_version TEXT NOT NULL, age_band TEXT NOT NULL,
  sex TEXT NOT NULL, status TEXT NOT NULL, failed TEXT NOT NULL, open TEXT NOT NULL, PRIMARY KEY (patient, trial)) STRICT, WITHOUT ROWID;
UPDATE patients SET pending = max(pending, 1) WHERE id IN (SELECT patient FROM charts);
-- not-listed patients who were drawn for a person to check: how many of them were missed
CREATE TABLE samples (
  trial TEXT NOT NULL, patient TEXT NOT NULL, outcome TEXT NOT NULL, failed TEXT NOT NULL, drawn_at INTEGER NOT NULL,
  drawn_by TEXT NOT NULL, seed TEXT NOT NULL, result TEXT, result_at INTEGER, result_by TEXT, UNIQUE (trial, patient)) STRICT;
)sql";

// 17: the events of all flags are one chain (chain.h), in the order in which they were written, with a head that tells how many there are.
// And each trial file under which an event was reached, by its SHA-256, so that it can be reached again.
constexpr const char* kChain = R"sql(
CREATE TABLE events_chained (
  sequence INTEGER PRIMARY KEY, flag TEXT NOT NULL REFERENCES flags (id), number INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL,
  status TEXT NOT NULL, trial_version TEXT NOT NULL, tables_version TEXT NOT NULL, engine_version TEXT NOT NULL, trial_file TEXT NOT NULL,
  zone TEXT NOT NULL, blind INTEGER NOT NULL, declined INTEGER NOT NULL, digest BLOB NOT NULL, chain BLOB NOT NULL,
  UNIQUE (flag, number)) STRICT;
CREATE TABLE events_numbered AS SELECT row_number() OVER (ORDER BY rowid) AS sequence, * FROM flag_events;
CREATE UNIQUE INDEX events_numbered_by ON events_numbered (sequence);
INSERT INTO events_chained
  WITH RECURSIVE walk (sequence, chain) AS (
    SELECT 0, zeroblob(32)
    UNION ALL
    SELECT e.sequence, chain_link(w.chain, e.sequence, e.flag, e.number, e.at, e.kind, e.status, e.trial_version, e.tables_version,
      e.engine_version, '', '', 0, 0, e.digest)
    FROM walk w JOIN events_numbered e ON e.sequence = w.sequence + 1)
  SELECT e.sequence, flag, number, at, kind, status, trial_version, tables_version, engine_version, '', '', 0, 0, digest, w.chain
  FROM events_numbered e JOIN walk w USING (sequence) ORDER BY e.sequence;
DROP TABLE events_numbered;
DROP TABLE flag_events;
ALTER TABLE events_chained RENAME TO flag_events;
CREATE TRIGGER flag_events_stay BEFORE UPDATE ON flag_events BEGIN SELECT raise(ABORT, 'flag events are append-only'); END;
CREATE TRIGGER flag_events_last BEFORE DELETE ON flag_events BEGIN SELECT raise(ABORT, 'flag events are append-only'); END;
CREATE TABLE chain_head (one INTEGER PRIMARY KEY CHECK (one = 1), count INTEGER NOT NULL, link BLOB NOT NULL) STRICT;
INSERT INTO chain_head
  SELECT 1, count(*), coalesce((SELECT chain FROM flag_events ORDER BY sequence DESC LIMIT 1), zeroblob(32)) FROM flag_events;
CREATE TABLE trial_files (sha256 TEXT PRIMARY KEY, text BLOB NOT NULL) STRICT;
)sql";

// 18: what a cycle looks for each time is found without a walk.
constexpr const char* kFound = R"sql(
CREATE INDEX notices_unsettled ON notices (id) WHERE settled = 0 AND state = 'waiting';
CREATE INDEX flags_unseen ON flags (id) WHERE state = 'new' AND announced IS NOT NULL;
CREATE INDEX flags_enrolled ON flags (trial) WHERE state = 'enrolled';
)sql";

// 19: who is suppressed is counted without looking at all verdicts.
constexpr const char* kSuppressedIndex = R"sql(
CREATE INDEX verdicts_suppressed ON verdicts (suppressed) WHERE suppressed IS NOT NULL;
)sql";

// 20: when patients with open flags are next expected (screening/visits.h). kind: appointment, encounter.
constexpr const char* kVisits = R"sql(
CREATE TABLE visits (
  patient TEXT NOT NULL REFERENCES patients (id) ON DELETE CASCADE, kind TEXT NOT NULL, at INTEGER NOT NULL, timed INTEGER NOT NULL,
  place TEXT NOT NULL) STRICT;
CREATE INDEX visits_patient ON visits (patient);
)sql";

// 21: Medications to which a chart refers and which could not be had when it was read: one that appears later concerns the chart.
constexpr const char* kAwaited = R"sql(
CREATE TABLE awaited_medications (
  patient TEXT NOT NULL REFERENCES patients (id) ON DELETE CASCADE, id TEXT NOT NULL, PRIMARY KEY (patient, id)) STRICT, WITHOUT ROWID;
CREATE INDEX awaited_medications_by ON awaited_medications (id);
)sql";

// 22: what was written into the EHR about a flag: under which id, which status somebody there has given it since (and the number of the
// flag's last event when that was read), and the state that it says where that contradicts a person's here.
constexpr const char* kWrittenBack = R"sql(
CREATE TABLE written_back (
  flag TEXT NOT NULL REFERENCES flags (id), type TEXT NOT NULL, id TEXT NOT NULL, seen TEXT NOT NULL DEFAULT '',
  seen_event INTEGER NOT NULL DEFAULT 0, conflict TEXT,
  PRIMARY KEY (flag, type)) STRICT, WITHOUT ROWID;
)sql";

// 23: an opening that may have arrived goes on to tell the same flag as the one that it takes the place of.
constexpr const char* kSaidReplaces = R"sql(
ALTER TABLE notices ADD COLUMN said_replaces TEXT;
)sql";

// 24: whoever could not be read comes after the others; a type that the brake holds stays held from cycle to cycle; of a resource without
// times the last content counts (resource: a hash of its id), so what was seen of such is looked at once more.
constexpr const char* kHeldAndPutLast = R"sql(
ALTER TABLE patients ADD COLUMN failed_at INTEGER NOT NULL DEFAULT 0;
DROP INDEX patients_pending;
CREATE INDEX patients_pending ON patients (failed_at, id) WHERE pending > 0;
ALTER TABLE types ADD COLUMN held_since INTEGER;
ALTER TABLE types ADD COLUMN held_at INTEGER;
ALTER TABLE seen ADD COLUMN resource INTEGER;
DELETE FROM seen WHERE updated IS NULL;
CREATE INDEX seen_resource ON seen (type, resource) WHERE resource IS NOT NULL;
)sql";

// 25: Observations that were asked for by their ids, because a panel or a report names them and no search shows them (app/members.h).
// held: the chart has it; else it was not to be had, or there is nothing to ask for. Charts that were read before may lack such.
constexpr const char* kMembers = R"sql(
CREATE TABLE members (
  patient TEXT NOT NULL REFERENCES patients (id) ON DELETE CASCADE, id TEXT NOT NULL, held INTEGER NOT NULL, PRIMARY KEY (patient, id))
  STRICT, WITHOUT ROWID;
UPDATE patients SET pending = 2 WHERE id IN (SELECT patient FROM charts);
)sql";

// 26: since when a source warns that records of a type may be missing; whoever is read meanwhile is read again when it warns no more.
constexpr const char* kWarned = R"sql(
ALTER TABLE types ADD COLUMN warned_since INTEGER;
)sql";

// 27: Observations that only reports name whose own subject tells no patient (screening/report_owners.h), and whose they are.
constexpr const char* kReportResults = R"sql(
CREATE TABLE report_results (
  report TEXT NOT NULL, id TEXT NOT NULL, patient TEXT NOT NULL, PRIMARY KEY (report, id)) STRICT, WITHOUT ROWID;
CREATE INDEX report_results_patient ON report_results (patient);
)sql";

// 28: what arrived is kept also of somebody who is to be read and has no chart yet.
constexpr const char* kArrivalsOfStrangers = R"sql(
CREATE TABLE arrived (
  number INTEGER PRIMARY KEY, patient TEXT NOT NULL REFERENCES patients (id) ON DELETE CASCADE, chart BLOB NOT NULL) STRICT;
INSERT INTO arrived SELECT number, patient, chart FROM arrivals;
DROP TABLE arrivals;
ALTER TABLE arrived RENAME TO arrivals;
CREATE INDEX arrivals_patient ON arrivals (patient);
)sql";

// 29: records that say they were replaced by one that was nowhere when they were read.
constexpr const char* kAwaitedSurvivors = R"sql(
CREATE TABLE awaited_survivors (
  patient TEXT PRIMARY KEY REFERENCES patients (id) ON DELETE CASCADE, survivor TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX awaited_survivors_by ON awaited_survivors (survivor);
)sql";

// 30: whose reading showed less than is known to be there, since when, and when they are to be read again.
constexpr const char* kDoubted = R"sql(
CREATE TABLE doubted (
  patient TEXT PRIMARY KEY REFERENCES patients (id) ON DELETE CASCADE, since INTEGER NOT NULL, again_at INTEGER NOT NULL) STRICT,
  WITHOUT ROWID;
CREATE INDEX doubted_again ON doubted (again_at);
)sql";

// 31: of a mail that a flag has moved, the notice that goes in its place; of a type that the brake holds, how many records were missing
// first.
constexpr const char* kLedByAndMissing = R"sql(
ALTER TABLE types ADD COLUMN held_missing INTEGER NOT NULL DEFAULT 0;
ALTER TABLE notices ADD COLUMN led_by TEXT;
CREATE INDEX notices_led ON notices (led_by) WHERE led_by IS NOT NULL;
)sql";

constexpr std::array kMigrations = {kFirst,
                                    kFacts,
                                    kHoldings,
                                    kDue,
                                    kUnread,
                                    kFactsApart,
                                    kSeenByTime,
                                    kArrivals,
                                    kPayloads,
                                    kPlanAndRoster,
                                    kDeparted,
                                    kSaid,
                                    kQuarantine,
                                    kWatched,
                                    kDelivery,
                                    kScreenings,
                                    kChain,
                                    kFound,
                                    kSuppressedIndex,
                                    kVisits,
                                    kAwaited,
                                    kWrittenBack,
                                    kSaidReplaces,
                                    kHeldAndPutLast,
                                    kMembers,
                                    kWarned,
                                    kReportResults,
                                    kArrivalsOfStrangers,
                                    kAwaitedSurvivors,
                                    kDoubted,
                                    kLedByAndMissing};

}  // namespace

int newest_schema() {
  return static_cast<int>(kMigrations.size());
}

int schema_of(Database& database) {
  const auto statement = database.prepare("PRAGMA user_version");
  return statement->step() ? static_cast<int>(statement->integer(0)) : 0;
}

void migrate(Database& database, int up_to) {
  const int found = schema_of(database);
  // Writing the file anew makes room for the checksums.
  if (found > 0 && found < kSealedSince && up_to >= kSealedSince) database.execute("VACUUM");
  Transaction transaction(database);
  const int version = schema_of(database);
  if (version > newest_schema()) throw Failure{"", Trouble::newer, database.file()};
  if (version < up_to) {
    offer_payload_digest(database);
    offer_chain_link(database);
  }
  for (int number = version; number < up_to; ++number) {
    database.execute(kMigrations.at(static_cast<std::size_t>(number)));
    database.execute(("PRAGMA user_version = " + std::to_string(number + 1)).c_str());
  }
  transaction.commit();
}

}  // namespace trialflag::store
