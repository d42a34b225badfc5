// What people see of the state and do to it: flags, their history, notices, health. Works beside a running agent; each act is one short
// transaction.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/screening/ports.h"
#include "agent/screening/rehearsal.h"
#include "agent/store/chain.h"
#include "agent/store/forget.h"
#include "agent/store/house.h"
#include "agent/store/log_view.h"
#include "agent/store/quarantine.h"
#include "agent/store/sqlite.h"
#include "agent/store/written_back.h"

namespace trialflag::store {

struct NoticeView {
  std::string id, flag, trial, recipient, channel, kind, state, error;
  int attempts = 0;
  Instant at;
  std::optional<Instant> next_at;
  bool held = false;  ///< waits for a person's release, itself or behind a held summary
};

struct FlagView {
  screening::Flag flag;
  std::string state_criterion;  ///< of screen_failed
  std::string suppressed;       ///< why nobody is told of it, as VerdictRow has it; empty: nothing stands against that
  std::vector<NoticeView> notices;
  std::vector<Conflict> conflicts;       ///< with what the EHR says
  std::vector<screening::Visit> visits;  ///< of its patient, while it is open
};

struct FlagFilter {
  std::string status, state, trial;  ///< empty: any
};

struct EventView {
  int number = 0;
  Instant at;
  std::string kind, who, why, status;  ///< who and why are empty once the patient is forgotten
};

/// An event with all that its verdict was reached on and under.
struct EventBasis {
  EventRow event;
  bool erased = false;     ///< the payload went with the person
  std::string record;      ///< the verdict as JSON; empty: no verdict decided this event
  std::string chart;       ///< chart_blob.h; empty: none was kept
  std::string trial_text;  ///< of the trial's file; empty: it was not kept
};

/// What a person does to a flag.
struct Act {
  std::string kind;  ///< acknowledged, note, set
  std::string who;
  std::string text;  ///< the note, or what was set
  std::optional<screening::FlagState> state;
  std::string criterion;
};

/// Listed patients of whom nobody is told, by the reason (the part of its word before a colon).
struct SuppressedCount {
  std::string reason;
  std::int64_t count = 0;
};

struct QueueView {
  int waiting = 0, stuck = 0, held = 0;
  int pending_patients = 0;
  int conflicts = 0;  ///< flags of which the EHR says something else than a person here
};

/// A webhook that is sent nothing until a person retries.
struct ClosedOutlet {
  std::string channel, recipient, why;
};

struct Identity;  // state.h

class Desk {
 public:
  /// Opens the state in `folder`. not_found when there is none yet; else what has_state() has.
  static Result<std::unique_ptr<Desk>> open(const std::filesystem::path& folder);

  /// Whose the state is when `run` would refuse it as another's, in words; else empty.
  Result<std::string> foreign_to(const Identity& identity);

  /// Every flag ever opened, oldest first.
  Result<std::vector<FlagView>> flags(const FlagFilter& filter);
  /// By id or code (codes in any case). not_found.
  Result<FlagView> flag(const std::string& id_or_code);
  Result<std::vector<EventView>> events(const screening::FlagId& flag);
  /// not_found: the flag has no event of that number.
  Result<EventBasis> basis(const screening::FlagId& flag, int number);
  /// What a person says of a flag. False, and nothing changed: who acknowledges a flag that is new no more.
  Result<bool> act(const screening::FlagId& flag, const Act& act, Instant now);

  Result<std::vector<NoticeView>> notices();
  /// Makes waiting and stuck notices due now: those of `ids`, or all. not_found names an unknown id; nothing is changed then.
  Result<int> retry(const std::vector<std::string>& ids, Instant now);
  Result<int> retry_all(Instant now);
  /// Lets held summaries go; the number of them.
  Result<int> release(Instant now);

  /// Calls `use` for everybody who has a chart, with what was kept of its mapping to that trial; stops at the first failure. What `use` is
  /// given is valid during the call.
  Result<void> each_patient(const screening::TrialId& trial, const std::function<Result<void>(const screening::StoredPatient&)>& use);

  /// Reads the whole file and looks for damage. damage names the first.
  Result<void> check();
  /// The same of a state that is read whole at once (place.h).
  Result<void> check_small();

  /// As State::note.
  Result<std::string> note(const std::string& key);
  Result<std::vector<screening::TypeState>> types();
  /// By type: how many records that charts should hold could not be read.
  Result<std::map<fhir::ResourceType, int>> unread();
  Result<QueueView> queue();
  Result<std::vector<SuppressedCount>> suppressed();
  Result<std::vector<QuarantineCount>> quarantine_counts();
  Result<std::vector<Quarantined>> quarantined();
  /// How many were let go, for there were too many.
  Result<int> quarantine_dropped();

  /// Erases a patient (forget.h) and what the file still holds of them, at once, or, while an agent runs, when it next starts: `purged`.
  Result<Forgotten> forget(const std::string& patient, const std::string& who, Instant now, bool& purged);
  Result<bool> remember(const std::string& patient);
  /// As the last cycle left them.
  Result<std::vector<TroubleView>> troubles();
  Result<std::vector<KeptFile>> kept_files();
  Result<std::vector<ClosedOutlet>> closed_outlets();

  /// The chain's head as the state keeps it beside the events, as verify() tells it of a chain that is whole; no event is looked at.
  Result<ChainHead> head();
  /// Walks the chain of events. `known`: a head that was written down.
  Result<ChainReport> verify(const std::optional<ToldHead>& known);

  // The screening log (desk_log.cpp). An empty `trial` means all of them.

  /// Every line, by trial and day. The study codes are a keyed hash; the key is made once and never leaves the state.
  Result<void> each_logged(const std::string& trial, const std::function<void(const LogView&)>& use);
  Result<Unlogged> unlogged(const std::string& trial);
  /// Every flag that people are screening, have enrolled, or found to fail a criterion.
  Result<void> each_decided(const std::string& trial, const std::function<void(const DecidedView&)>& use);
  /// Draws up to `count` patients of that trial who are not listed and were not drawn before, and keeps that. The same seed on the same
  /// patients draws the same.
  Result<std::vector<DrawnView>> draw(const std::string& trial, std::size_t count, const std::string& seed, const std::string& who,
                                      Instant now);
  Result<std::vector<DrawnView>> drawn(const std::string& trial);
  /// `code`: a drawn patient's. not_found.
  Result<void> note_result(const std::string& code, const std::string& result, const std::string& who, Instant now);

 private:
  // People ask for little, or once for all that there is: neither gains from a large cache.
  explicit Desk(const std::filesystem::path& folder) : folder_(folder), database_(folder / "state.db", 1000, Absent::refused) {}
  std::vector<NoticeView> notices_where(std::string_view condition, const std::string& value);
  std::set<std::string, std::less<>> declined_of(const screening::TrialId& trial);
  std::string log_key();

  std::filesystem::path folder_;
  Database database_;
};

}  // namespace trialflag::store
