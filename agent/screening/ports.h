// What a screening cycle needs of the world: a source of patients, a store, an outbox, a sender of letters. Data in, data out; the cycle
// decides, the adapters do. Every function that can fail says so in its result; none throws; none is called from two threads at once.
//
// The ten lines: (1) the source is polled type by type since the type's watermark; (2) each page that was read becomes one PageStep, which
// marks the patients it touches as pending; (3) a type's watermark moves with its last page only; (4) a pending patient is read whole (or
// only screened again, with what the pages brought) and becomes one PatientStep: chart, index, verdicts, flag events and notices; (5) a
// step is committed whole or not at all, so whatever kills the process leaves work pending, never half done; (6) ids are functions of what
// they name, so a step that is done twice changes nothing; (7) notices are let go only when the cycle has seen all pending patients, for
// the flood brake counts them; (8) before a letter leaves, its notice is marked as in flight, after acceptance as sent; (9) who is in
// flight may have been told; (10) of a patient who is no candidate nothing is kept but the id.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/arena.h"
#include "agent/base/result.h"
#include "agent/screening/chart.h"
#include "agent/screening/facts_blob.h"
#include "agent/screening/ledger.h"
#include "agent/screening/log_line.h"
#include "agent/screening/visits.h"

namespace trialflag::screening {

// ---------------------------------------------------------------------------------------------------------------- the source

/// One resource as a poll delivers it.
struct Touched {
  const fhir::Patient* patient = nullptr;  ///< set for a Patient
  const fhir::Record* record = nullptr;    ///< set for every other type
  bool readable = true;                    ///< false: the record is flawed; only its id and subject may be used, as far as it tells them
  std::int64_t fingerprint = 0;            ///< changes when any byte of the resource does
  std::optional<Instant> updated;          ///< meta.lastUpdated
  std::string_view reason;                 ///< why it is not readable: the element and the problem, no value
  std::string_view raw;                    ///< its text, when it is not readable
  bool elsewhere = false;               ///< sound, and its subject is an address on another server: whoever bears that id here is looked at
  bool of_nobody = false;               ///< sound, and without any subject, as R4 allows: set aside to be seen, and missing to nobody
  std::vector<std::string> names = {};  ///< Observations that it names as its members or results: ids, or what is none (Member)
  bool by_results = false;  ///< a sound report whose subject gives no id, so that its results alone tell whose it is; not readable
};

/// How a type was read (interface.md section 3, "Types").
enum class Reading : std::uint8_t { whole, incomplete, not_granted, unsupported };

struct TypeOutcome {
  Reading reading = Reading::whole;
  std::string error;         ///< for an operator; empty when whole
  bool unreachable = false;  ///< nobody answered
  bool warned = false;       ///< incomplete by the source's own warning that records may be missing: nobody can mend it by trying again
  bool all = false;          ///< when whole: all there is was shown, whatever had changed, so that what was not shown is not there
  std::string how = {};      ///< by which plan, one word
  std::string remark = {};   ///< when whole: what an operator should know of that plan all the same
  /// The source's own time when it began to answer, or that of an export: the watermark may not pass it. `undated`: nobody knows when, so
  /// the watermark stays.
  std::optional<Instant> as_of = std::nullopt;
  bool undated = false;
  bool granted_in_part = false;        ///< incomplete, and `warned`, for our sign-in grants a part alone: somebody can mend that
  std::vector<std::string> gone = {};  ///< ids that the source says are deleted, though it may have shown them: a sweep looks after them
};

/// (type, id) of a resource.
struct ResourceKey {
  fhir::ResourceType type = fhir::ResourceType::other;
  std::string id;
};

/// An Observation that was asked for by its id, because something names it and no search of the patient showed it.
struct Member {
  std::string id;     ///< or, where there is nothing to ask for, a text that is no id
  bool held = false;  ///< the chart has it
};

/// An Observation that only a report names whose own subject tells no patient.
struct ReportResult {
  std::string id;
  PatientId patient;  ///< as its own subject says
};

/// A patient read whole. Views point into the arena that was given.
struct WholePatient {
  Chart chart;                      ///< chart.incomplete: types that could not be read whole for this patient
  PatientId merged_into;            ///< not empty: Patient.link says replaced-by
  TypeSet retry;                    ///< of the incomplete types those that another attempt may mend
  std::vector<ResourceKey> unread;  ///< records that were given but cannot be read; an id that cannot be told is empty
  std::string error;                ///< why something is incomplete; for an operator
  /// Records that were given in part only: what is on file of them tells more. Those that are not on file are unread like the others.
  std::vector<ResourceKey> in_part = {};
  std::optional<std::vector<Member>> members = {};  ///< nullopt: nobody asked; what is known of them stays
  TypeSet doubted = {};                             ///< of which less was read than is known to be there (distrust.h)
  TypeSet by_category = {};                         ///< types of which the source shows, by patient, some categories alone
  TypeSet refused = {};  ///< types that are to be had, but not of this patient: incomplete, and to be asked for again
};

/// What a source gives for the id of a record.
struct Standing {
  bool there = false;                                 ///< under one of the patients asked about; also where the source refuses to say
  bool given = false;                                 ///< whoever's it is
  std::optional<fhir::Record> record = std::nullopt;  ///< as it is now, where it was given sound and whole
};

/// One type that is to be read, and who takes in what is found.
struct TypeReading {
  using OnPage = std::function<Result<void>(std::span<const Touched>)>;
  using OnPart = std::function<Result<void>(Instant until)>;

  fhir::ResourceType type = fhir::ResourceType::other;
  std::optional<Instant> since;  ///< nullopt: all there is
  OnPage on_page;
  OnPart on_part;
  std::function<Result<void>(TypeOutcome)> on_end;
};

/// The hospital. Adapters: an EHR over HTTP.
class PatientSource {
 public:
  using OnPage = TypeReading::OnPage;
  using OnPart = TypeReading::OnPart;
  using NextReading = std::function<std::optional<TypeReading>()>;
  virtual ~PatientSource() = default;

  /// Opens the conversation: is anybody there? unavailable, timeout or unauthorized when not.
  virtual Result<void> greet() = 0;
  /// The source's own clock when it was greeted; nullopt when it does not tell.
  [[nodiscard]] virtual std::optional<Instant> now() const { return std::nullopt; }
  /// After greet(), before anything is polled: whether a sweep takes place in this cycle. A source that must first prepare one says no to
  /// what is wanted until it is ready, and yes unasked to one that a kill cut off. `first_load`: nothing was ever read. May take as long as
  /// a first load; ends early when it is stopped.
  virtual bool begin_reading(bool sweep_wanted, bool first_load) {
    (void)first_load;
    return sweep_wanted;
  }
  /// In its place while the source rests: nothing is prepared, and nothing that was is used.
  virtual void begin_lightly() {}
  /// Every type was polled, and what was read is committed.
  virtual void end_reading() {}
  /// The types that are polled, Patient first but for those that are slow, which come last.
  [[nodiscard]] virtual std::vector<fhir::ResourceType> types() const = 0;
  /// All resources of `type` that changed at or after `since` (all there are, without), page by page, each page once. What `on_page` was
  /// given is valid during the call only. Fails only with what they failed with; trouble of the source is told in the outcome.
  /// `on_part` may be called between pages where all is shown in parts: each resource that last changed by then has been given.
  virtual Result<TypeOutcome> changed(fhir::ResourceType type, std::optional<Instant> since, const OnPage& on_page,
                                      const OnPart& on_part) = 0;
  /// The same for many types, several at once where the source can. `next` is asked whenever another could be begun; it ends when that
  /// gives none and none is under way. All is called by this thread, one thing at a time. Fails with what the first of them failed with;
  /// nothing is called any more then.
  virtual Result<void> read_types(const NextReading& next) {
    while (auto reading = next()) {
      auto outcome = changed(reading->type, reading->since, reading->on_page, reading->on_part);
      if (!outcome) return tl::unexpected(outcome.error());
      if (auto ended = reading->on_end(std::move(*outcome)); !ended) return ended;
    }
    return {};
  }
  /// Ids of `type` deleted at or after `since`. not_found: this source cannot tell (then a sweep must).
  virtual Result<std::vector<std::string>> deleted(fhir::ResourceType type, Instant since) = 0;
  /// A record that a search does not show, or not as it was known, by its id. Views point into `arena`.
  virtual Result<Standing> ask_for(const ResourceKey& record, std::span<const PatientId> of, Arena& arena) {
    (void)record, (void)of, (void)arena;
    return Standing{};
  }
  /// Whose these Observations are, as each says itself when it is read by its id. Of one that is gone, or of nobody here, an empty id; one
  /// of which nobody can tell is left out. Fails with `internal` alone.
  virtual Result<std::map<std::string, PatientId>> whose(const std::set<std::string>& observations) {
    (void)observations;
    return std::map<std::string, PatientId>();
  }
  /// The patient's appointments from about `since` on, in one request; past ones may be among them. not_found: this
  /// source does not tell. What else goes wrong is no reason to read the patient again.
  virtual Result<std::vector<Visit>> appointments(const PatientId& patient, std::span<const PatientId> aliases, Instant since) {
    (void)patient, (void)aliases, (void)since;
    return fail(ErrorCode::not_found, "this source knows no appointments");
  }
  /// This one is about to be read, after those for whom it was said before: the source may begin. What it has begun for counts for a read()
  /// with the same ids until it is forgotten. Two at a time are enough.
  virtual void read_ahead(const PatientId& patient, std::span<const PatientId> aliases) { (void)patient, (void)aliases; }
  virtual void forget_ahead() {}
  /// One patient with all records, also those filed under `aliases`. not_found: no such patient (any more). conflict: there is none by the
  /// id, and no search could confirm it.
  virtual Result<WholePatient> read(const PatientId& patient, std::span<const PatientId> aliases, Arena& arena) = 0;
};

/// Whom to screen, where that is not everybody. Adapters: a Group of the EHR, a file.
class Roster {
 public:
  virtual ~Roster() = default;
  /// What it is, in one line; another one is another roster.
  [[nodiscard]] virtual std::string name() const = 0;
  /// All members now. An error when it cannot be read whole: then the members stay as they were.
  virtual Result<std::vector<PatientId>> members() = 0;
  /// What an operator should know of the last reading; empty: nothing.
  [[nodiscard]] virtual std::string remark() const { return {}; }
};

// ----------------------------------------------------------------------------------------------------------------- the store

/// The mass-vanish brake: a reading of all showed so much less than before that nothing is taken back for it.
struct Hold {
  Instant since;
  Instant looked_at;         ///< the last such reading
  std::int64_t missing = 0;  ///< known records that the first such reading did not show
};

/// What is known of the reading of one type.
struct TypeState {
  fhir::ResourceType type = fhir::ResourceType::other;
  bool ever_read = false;  ///< false: `reading` is meaningless
  Reading reading = Reading::whole;
  std::optional<Instant> watermark;  ///< the latest meta.lastUpdated of a whole reading
  std::optional<Instant> whole_at;   ///< when it was last read whole
  std::string error;
  std::string how = {};                             ///< TypeOutcome::how of the last whole reading
  std::optional<std::int64_t> rows = std::nullopt;  ///< records that the last reading of all showed, less those deleted since
  std::optional<Hold> hold = std::nullopt;
  std::optional<Instant> warned_since = std::nullopt;  ///< since when the source warns that records may be missing
};

/// What must still be done for a patient; a greater one includes the lesser. `screen`: by the stored chart and what has arrived since.
enum class Pending : std::uint8_t { nothing, screen, read };

struct PatientState {
  bool known = false;
  bool candidate = false;  ///< the entry criterion held or was in doubt once
  bool charted = false;
  bool departed = false;  ///< was a candidate, or had records that made one, and no Patient was there when last looked for
  bool unread = false;    ///< is to be read
  PatientId merged_into;  ///< not empty: filed under another record now; the last one of a chain
};

struct PatientMark {
  PatientId patient;
  Pending pending = Pending::nothing;
  std::optional<Instant> revisit_at;  ///< of an uncharted patient: when the entry criterion may change by itself
};

/// Of a resource without `updated` the last content counts alone: it may become again what it was. With it no content comes twice.
struct Seen {
  std::int64_t fingerprint = 0;
  std::optional<Instant> updated;
  std::string id = {};  ///< empty: not told
};

/// Records that a page brought of somebody who is charted or to be read (arrivals.h), as a small chart's bytes.
struct Arrival {
  PatientId patient;
  std::string chart;
};

/// A resource that was given and cannot be read, to be kept until it can, or is gone.
struct Flawed {
  std::string id;     ///< empty: not told
  PatientId patient;  ///< likewise
  std::string reason, raw;
  std::int64_t fingerprint = 0;
  bool again = false;  ///< it was met before, byte for byte
};

/// One page of one type; with its last page the state of the type.
struct PageStep {
  fhir::ResourceType type = fhir::ResourceType::other;
  std::vector<Seen> seen;
  std::vector<std::string> gone = {};  ///< ids that are no more: should they come back, they were not seen
  std::vector<PatientMark> patients;   ///< new ones are added, known ones are marked
  std::vector<Arrival> arrivals;
  std::optional<TypeState> state;
  std::optional<Hold> hold;                                       ///< without `state`: the brake holds the type, which is not read whole
  std::map<std::string, std::vector<ReportResult>> results = {};  ///< by report; of any other that is sound or gone none are kept
  bool read_all = false;                                          ///< marks whoever has a chart for reading
  std::optional<Instant> read_since = std::nullopt;               ///< the same, for those who were read then or later
  std::optional<Instant> forget_seen_before;
  Instant at;                                   ///< when it was read
  std::vector<Flawed> flawed;                   ///< to be quarantined
  std::vector<std::string> sound;               ///< ids that can be read, or are gone: out of quarantine
  std::optional<Instant> forget_flawed_before;  ///< all of the type was read: what was quarantined earlier and not met again is gone
};

/// A new chart: what it holds as bytes (chart_blob.h) and as an index. What had arrived is in it, or forgotten.
struct StoredChart {
  std::string blob;
  std::vector<ResourceKey> resources;
  std::optional<Instant> read_at;  ///< none: the former chart with what had arrived; `unread`, and when it was read, stay as they were
  std::vector<ResourceKey> unread = {};   ///< as in WholePatient: in the index too, so that they are noticed when they change or go
  std::vector<std::string> awaited = {};  ///< ids of Medications to which it refers, and which were not to be had
  std::optional<std::vector<Member>> members = std::nullopt;  ///< as in WholePatient
};

/// What a chart says to a trial, mapped (facts_blob.h).
struct KeptFacts {
  std::string mapped_under;  ///< Screener::mapped_under()
  FactBytes bytes;
};

struct VerdictRow {
  TrialId trial;
  std::string status;
  std::string screened_under;  ///< versions and circumstances; another value means: screen again
  std::optional<Instant> revisit_at;
  std::string record;                             ///< JSON
  std::optional<KeptFacts> facts = std::nullopt;  ///< set when the chart was mapped anew
  /// Why it is told to nobody: do_not_contact, research_refused, treating_physician, or another conversation (kOtherTrial …).
  std::string suppressed = {};
  std::optional<LogLine> log = std::nullopt;  ///< for the screening log; kept of those too who are no candidates any more
};

/// One patient, done.
struct PatientStep {
  PatientId patient;
  bool gone = false;                 ///< the patient is no more: forget all but the ledger
  bool drop_chart = false;           ///< not a candidate: forget chart, index and verdicts
  bool candidate = false;            ///< the entry criterion held or is in doubt
  std::optional<StoredChart> chart;  ///< set when it was read anew
  std::string snapshot;              ///< the chart's bytes that the events refer to; kept once, by content; empty when there is no event
  Pending still_pending = Pending::nothing;
  std::optional<Instant> revisit_at;  ///< when drop_chart: see PatientMark
  std::vector<VerdictRow> verdicts;
  std::vector<LedgerChange> changes;
  /// Flags that had a say without being changed, as (flag, its events): when a person has acted on one since, the step must be made again.
  std::vector<std::pair<FlagId, int>> heard;
  std::vector<LedOn> led_on;               ///< LedgerChange's, of all trials
  std::vector<std::string> fallen;         ///< the same
  Instant at;                              ///< when they were settled
  bool deceased = false;                   ///< then what has fallen is not held back
  std::optional<PatientId> merged_into;    ///< the record that this one names; the last one of the chain is to be read
  std::optional<bool> doubted;             ///< when it was read: less was read than is known to be there, so that it is to be read again
  std::optional<PatientId> awaited;        ///< when it was read: the record that it names and that is nowhere; empty: none
  std::optional<PatientId> unmerged_from;  ///< under whom the patient was filed until now, to be read without these records
  bool left_roster = false;                ///< no longer screened: forget verdicts and index, keep the chart
  Day left_on;                             ///< when gone or off the roster: the day for the screening log
  /// What is to come, of a patient with an open flag; nullopt: as it was kept.
  std::optional<std::vector<Visit>> appointments = std::nullopt, encounters = std::nullopt;
};

/// The members of the roster, as they are kept.
struct KeptRoster {
  std::string name;
  std::vector<PatientId> members;
  std::optional<Instant> held_since;  ///< since when the brake has kept these members against what the roster shows
  std::int64_t held_missing = 0;      ///< how many it did not show then
};

/// Who came and went. The joined are marked for reading, the left for screening (which takes them out).
struct RosterStep {
  std::string name;
  std::vector<PatientId> joined, left;
  bool anew = false;  ///< another roster than before: whoever has a chart and is not among the joined has left
  std::optional<Instant> held_since;
  std::int64_t held_missing = 0;
};

/// A notice that the flood brake has not judged yet.
struct UnsettledNotice {
  std::string id;
  FlagId flag;
  TrialId trial;
  Told to;
  bool urgent = false;
  bool restored = false;  ///< the state came from a backup and has not caught up: it may have been sent before, so a person must let it go
};

/// What the flood brake decided: which notices may go, and which wait behind a held summary.
struct Settlement {
  std::vector<std::string> go;
  std::vector<std::string> wait = {};  ///< for a person's release, each by itself
  struct Later {
    std::string notice;
    Instant at;
    std::string why;
  };
  std::vector<Later> in_digest = {};  ///< with others of their recipient, at that time
  struct Held {
    Notice summary;  ///< kind digest, no flag
    std::vector<std::string> notices;
  };
  std::vector<Held> held = {};
};

/// The local state. A step is one transaction. Every failure has code storage: stop writing.
class ScreeningStore {
 public:
  virtual ~ScreeningStore() = default;

  virtual Result<std::vector<TypeState>> type_states() = 0;
  virtual Result<bool> was_seen(fhir::ResourceType type, std::int64_t fingerprint) = 0;
  virtual Result<PatientState> patient(const PatientId& patient) = 0;
  /// Whose charts hold this resource, or miss it as unread.
  virtual Result<std::vector<PatientId>> patients_of(const ResourceKey& resource) = 0;
  /// Whose charts refer to this Medication, though it was not to be had.
  virtual Result<std::vector<PatientId>> awaiting(const std::string& medication) = 0;
  /// Whose records name this one as what takes their place, where none was to be found when they were last read.
  virtual Result<std::vector<PatientId>> awaiting_survivor(const PatientId& survivor) = 0;
  /// Whether the last reading was doubted (PatientStep::doubted), or could not be made and was (doubt).
  virtual Result<bool> is_doubted(const PatientId& patient) = 0;
  virtual Result<void> doubt(const PatientId& patient, Instant at) = 0;
  /// What was asked for by its id when the patient was last read whole.
  virtual Result<std::vector<Member>> members(const PatientId& patient) = 0;
  /// As PageStep::results told them of that report.
  virtual Result<std::vector<ReportResult>> results_of(const std::string& report) = 0;
  /// All ids of a type that charts hold or miss as unread, without members(), which no search shows; for Patient: all known patients, and
  /// who has departed (PatientState).
  virtual Result<std::vector<std::string>> ids_of(fhir::ResourceType type) = 0;
  /// nullopt: no roster was ever read, or everybody was screened last time.
  virtual Result<std::optional<KeptRoster>> roster() = 0;
  virtual Result<void> commit(const RosterStep& step) = 0;
  /// Everybody is screened from now on.
  virtual Result<void> forget_roster() = 0;
  /// Who is filed under whom, (alias, record) as the records themselves say.
  virtual Result<std::vector<std::pair<PatientId, PatientId>>> merges() = 0;
  /// Marks for reading whoever has a chart, and each record that is filed under another.
  virtual Result<void> mark_all_for_reading() = 0;
  virtual Result<void> commit(const PageStep& step) = 0;
  /// Keeps a type's outcome when it was not read whole: state and error, and since when the source warns; watermark and whole_at stay.
  virtual Result<void> note_failure(fhir::ResourceType type, const TypeOutcome& outcome, Instant at) = 0;

  /// Marks for screening who is due by the clock, and whose verdict was reached under other circumstances than `screened_under` (by trial).
  virtual Result<void> mark_due(Instant now, const std::map<TrialId, std::string>& screened_under) = 0;
  /// Marks for screening who has flags in several trials, or under several records, when `ranking` (the trials and their priorities) is not
  /// that of last time.
  virtual Result<void> mark_rivals(const std::string& ranking) = 0;
  /// At the beginning of a cycle: when the clock was set back, what was judged, read and put off under the later time is taken up again.
  virtual Result<void> follow_clock(Instant now) = 0;
  /// Forgets how far each type was read when `basis` (trials, tables, engine) is not that of last time, so that patients without a chart
  /// are looked at again.
  virtual Result<void> rewind_unless(const std::string& basis) = 0;
  /// Keeps a trial's file, once by its SHA-256, for the events that are reached under it.
  virtual Result<void> keep_trial_file(const std::string& sha256, const std::string& text) = 0;
  struct Todo {
    PatientId patient;
    Pending pending = Pending::nothing;
    Instant failed_at{0};  ///< when put_last was last said; zero: not since the patient was done
  };
  /// Up to `limit` pending patients after `after` (of no patient: from the first): in the order of their ids, those that were put last
  /// behind the others, whoever waits longest first.
  virtual Result<std::vector<Todo>> pending(const Todo& after, std::size_t limit) = 0;
  /// A patient could not be read, and must not stand in the others' way: stays pending, behind them.
  virtual Result<void> put_last(const PatientId& patient, Instant at) = 0;
  virtual Result<std::size_t> pending_count() = 0;
  virtual Result<std::optional<std::string>> chart(const PatientId& patient) = 0;
  /// What has arrived for the stored chart, oldest first.
  virtual Result<std::vector<std::string>> arrivals(const PatientId& patient) = 0;
  /// What was kept of the mapping of the stored chart; nullopt: nothing.
  virtual Result<std::optional<KeptFacts>> facts(const TrialId& trial, const PatientId& patient) = 0;
  virtual Result<std::vector<PatientId>> aliases(const PatientId& patient) = 0;
  virtual Result<Prior> prior(const TrialId& trial, const PatientId& patient) = 0;
  /// All flags of a patient, of whatever trial, with who was told.
  virtual Result<std::vector<Prior>> priors(const PatientId& patient) = 0;
  virtual Result<void> commit(const PatientStep& step) = 0;
  /// Runs `steps`. What they commit becomes durable all at once at the end, also when they fail on the way; until then others who write
  /// wait, so nothing slow belongs in it.
  virtual Result<void> together(const std::function<Result<void>()>& steps) = 0;
  /// As above, but what is committed outlives this process alone; a machine that loses its power may lose it, until anything durable is
  /// committed after it. For what would then be found again: pages before the watermark moves.
  virtual Result<void> together_for_now(const std::function<Result<void>()>& steps) = 0;

  /// Whom nobody may approach. `listed`: who is on the list now; whoever came or went is marked for screening. Without it: as kept.
  virtual Result<std::set<std::string>> opt_outs(const std::optional<std::set<std::string>>& listed) = 0;
  /// How many of the trial's flags people have set to enrolled.
  virtual Result<int> enrolled(const TrialId& trial) = 0;

  virtual Result<std::vector<UnsettledNotice>> unsettled() = 0;
  virtual Result<void> commit(const Settlement& settlement, Instant now) = 0;
};

// ---------------------------------------------------------------------------------------------------------------- the outbox

/// A letter without patient data (interface.md section 6).
struct Letter {
  std::string notice;  ///< its Message-ID is a function of it
  Told to;
  NoticeKind kind = NoticeKind::opened;
  std::string flag;  ///< the flag's id, empty for a digest
  std::string subject, text, html;
  Instant date;
};

/// gone: whoever listens there says that nothing is to be sent to it ever again.
enum class Delivery : std::uint8_t { accepted, refused_for_good, refused_for_now, uncertain, gone };

struct DeliveryOutcome {
  Delivery delivery = Delivery::accepted;
  std::string error = {};                    ///< for an operator: no address, no patient data
  std::chrono::milliseconds retry_after{0};  ///< the peer's wish; 0: none
  bool unreached = false;                    ///< nobody was there to take it, or nobody who takes anything from us
};

/// Carries letters. Adapters: SMTP.
class Sender {
 public:
  virtual ~Sender() = default;
  virtual DeliveryOutcome send(const Letter& letter) = 0;
};

struct DueNotice {
  Notice notice;
  std::optional<Flag> flag;  ///< none for a digest
  int attempts = 0;
  bool maybe_told = false;
  std::optional<Instant> chart_read_at;
  std::optional<Instant> first_tried;  ///< since when it has been refused
  /// What is told, as it was decided; the flag itself may have moved on.
  struct Event {
    std::string kind, who, why, record;
    FlagStatus status = FlagStatus::needs_review;
    std::optional<FlagStatus> previous;  ///< none: the flag is new
    Instant at;
  };
  std::optional<Event> event;
  bool in_digest = false;          ///< waits to be gathered; of a digest: notices were gathered in it
  std::string about;               ///< of an alarm: whom nothing reaches
  std::vector<Visit> visits = {};  ///< of the flag's patient
  FlagId replaces;                 ///< of an opening: the flag of the same trial under a record that was merged into this one's
  bool leads_on = false;  ///< of a change: to somebody who knows the patient by the flag of a record that was merged into this one's
  struct Child {
    std::string code;
    NoticeKind kind = NoticeKind::opened;
    std::string trial = {};
  };
  std::vector<Child> children = {};  ///< of a digest
};

/// What becomes of a notice after an attempt.
struct Attempt {
  enum class State : std::uint8_t { sent, waiting, stuck, suppressed } state = State::sent;
  bool maybe_told = false;  ///< the peer may have it
  Instant at;
  std::optional<Instant> next_at;
  std::string error;
  bool others_wait = false;  ///< whoever it is to is not well: what else is due for them waits as long
  bool closes = false;       ///< nothing is sent there any more until a person retries
  bool to_digest = false;    ///< of one that waits: goes with others of its recipient then
  bool alone = false;        ///< of one in a digest that was never begun: it is taken out of it
};

/// A flag of which people were told and which nobody has acknowledged.
struct Unacknowledged {
  Prior prior;
  int reminders = 0;  ///< notices of that kind since it was told
};

class Outbox {
 public:
  virtual ~Outbox() = default;
  /// Settled notices that are due, the least often tried and then the oldest first, without those of `except` (trials that must not send).
  virtual Result<std::vector<DueNotice>> due(Instant now, std::span<const TrialId> except, std::size_t limit) = 0;
  /// The notice as it is now; nullopt when it is no longer waiting.
  virtual Result<std::optional<DueNotice>> waiting(const std::string& notice) = 0;
  /// Durable before a letter leaves: from here on its reader counts as told.
  virtual Result<void> begin(const std::string& notice) = 0;
  /// Why nothing is sent there any more; nullopt: it is open.
  virtual Result<std::optional<std::string>> closed(const Told& to) = 0;
  virtual Result<void> finish(const std::string& notice, const Attempt& attempt) = 0;
  /// Puts `digest` into the outbox, due now, to speak for these notices. Answers its id: another one than given where that one is in use, for
  /// what had that id may have been told or dropped.
  virtual Result<std::string> gather(const Notice& digest, std::span<const std::string> notices) = 0;
  /// The notices that a digest speaks for and that still wait behind it.
  virtual Result<std::vector<DueNotice>> behind(const std::string& digest) = 0;
  /// Puts a notice into the outbox that no event calls for: a reminder (at `at`, perhaps in a digest), or an alarm about another notice.
  virtual Result<void> put(const Notice& notice, Instant at, bool in_digest, const std::string& about) = 0;
  /// How many mails that count against a budget were sent there since then.
  virtual Result<int> sent_since(const Told& to, Instant since) = 0;
  /// Whether another notice for the same outlet is stuck already.
  virtual Result<bool> stuck_beside(const std::string& notice) = 0;
  /// Flags that were last told to people at or before `before`, and that nobody has looked at.
  virtual Result<std::vector<Unacknowledged>> unacknowledged(Instant before) = 0;
};

}  // namespace trialflag::screening
