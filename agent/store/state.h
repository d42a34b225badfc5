// The local state of one site in SQLite: what the cycle and the outbox keep. One connection, one thread, one writer.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "agent/screening/ports.h"
#include "agent/store/holdings.h"
#include "agent/store/house.h"
#include "agent/store/lock.h"
#include "agent/store/sqlite.h"
#include "agent/store/written_back.h"

namespace trialflag::store {

/// Whose state it is.
struct Identity {
  std::string site;      ///< site.id, may be empty
  std::string base_url;  ///< ehr.base_url
};

/// Whose state it is when that is not `identity`, in words; else empty. The same site may move its server, not the other way round.
std::string foreign_to(const std::string& site, const std::string& base_url, const Identity& identity);
/// What to do about a state that is another's.
constexpr const char* kForeignRemedy =
    "name another folder for this one; but if the same records are at a new address, set site.id to what the state belongs to";

class State final : public screening::ScreeningStore, public screening::Outbox {
 public:
  /// Opens or creates `folder`/state.db (folder 0700). The site is fixed when it is created: site.id, else base_url. invalid_config when
  /// the state belongs to another site or server; unavailable when another process runs on it; storage when it cannot be opened.
  static Result<std::unique_ptr<State>> open(const std::filesystem::path& folder, const Identity& identity);

  /// damage when the file that this writes to is no longer the one in the folder: removed, or replaced, while this ran. Whoever goes on
  /// then writes into nothing, and a second agent on the folder would tell everybody once more.
  [[nodiscard]] Result<void> is_in_place() const;

  /// The site of which flag ids are made; never changes.
  [[nodiscard]] const std::string& site() const { return site_; }

  Result<std::vector<screening::TypeState>> type_states() override;
  Result<bool> was_seen(fhir::ResourceType type, std::int64_t fingerprint) override;
  Result<screening::PatientState> patient(const screening::PatientId& patient) override;
  Result<std::vector<screening::PatientId>> patients_of(const screening::ResourceKey& resource) override;
  Result<std::vector<screening::PatientId>> awaiting(const std::string& medication) override;
  Result<bool> is_doubted(const screening::PatientId& patient) override;
  Result<void> doubt(const screening::PatientId& patient, Instant at) override;
  Result<std::vector<screening::PatientId>> awaiting_survivor(const screening::PatientId& survivor) override;
  Result<std::vector<screening::Member>> members(const screening::PatientId& patient) override;
  Result<std::vector<screening::ReportResult>> results_of(const std::string& report) override;
  /// The ids of those that are the patient's.
  Result<std::vector<std::string>> results_for(const std::string& patient);
  Result<std::vector<std::string>> ids_of(fhir::ResourceType type) override;
  Result<std::optional<screening::KeptRoster>> roster() override;
  Result<void> commit(const screening::RosterStep& step) override;
  Result<void> forget_roster() override;
  Result<std::vector<std::pair<screening::PatientId, screening::PatientId>>> merges() override;
  Result<void> mark_all_for_reading() override;
  Result<void> commit(const screening::PageStep& step) override;
  Result<void> note_failure(fhir::ResourceType type, const screening::TypeOutcome& outcome, Instant at) override;

  /// A word that somebody beside the cycle keeps here; empty when there is none under `key`.
  Result<std::string> note(const std::string& key);
  Result<void> keep_note(const std::string& key, const std::string& text);
  /// The ids of all patients with a chart who are screened.
  Result<std::vector<std::string>> charted();

  Result<void> mark_due(Instant now, const std::map<screening::TrialId, std::string>& screened_under) override;
  Result<void> mark_rivals(const std::string& ranking) override;
  Result<void> follow_clock(Instant now) override;
  Result<void> rewind_unless(const std::string& basis) override;
  Result<void> keep_trial_file(const std::string& sha256, const std::string& text) override;
  Result<std::vector<Todo>> pending(const Todo& after, std::size_t limit) override;
  Result<void> put_last(const screening::PatientId& patient, Instant at) override;
  Result<std::size_t> pending_count() override;
  Result<std::optional<std::string>> chart(const screening::PatientId& patient) override;
  Result<std::vector<std::string>> arrivals(const screening::PatientId& patient) override;
  Result<std::optional<screening::KeptFacts>> facts(const screening::TrialId& trial, const screening::PatientId& patient) override;
  Result<std::vector<screening::PatientId>> aliases(const screening::PatientId& patient) override;
  Result<screening::Prior> prior(const screening::TrialId& trial, const screening::PatientId& patient) override;
  Result<std::vector<screening::Prior>> priors(const screening::PatientId& patient) override;
  Result<void> commit(const screening::PatientStep& step) override;
  Result<void> together(const std::function<Result<void>()>& steps) override;
  Result<void> together_for_now(const std::function<Result<void>()>& steps) override;

  Result<std::set<std::string>> opt_outs(const std::optional<std::set<std::string>>& listed) override;
  Result<int> enrolled(const screening::TrialId& trial) override;
  Result<std::vector<screening::UnsettledNotice>> unsettled() override;
  Result<void> commit(const screening::Settlement& settlement, Instant now) override;

  Result<std::vector<screening::DueNotice>> due(Instant now, std::span<const screening::TrialId> except, std::size_t limit) override;
  Result<std::optional<screening::DueNotice>> waiting(const std::string& notice) override;
  Result<void> begin(const std::string& notice) override;
  Result<std::string> gather(const screening::Notice& digest, std::span<const std::string> notices) override;
  Result<std::vector<screening::DueNotice>> behind(const std::string& digest) override;
  Result<void> put(const screening::Notice& notice, Instant at, bool in_digest, const std::string& about) override;
  Result<int> sent_since(const screening::Told& to, Instant since) override;
  Result<bool> stuck_beside(const std::string& notice) override;
  Result<std::vector<screening::Unacknowledged>> unacknowledged(Instant before) override;
  Result<std::optional<std::string>> closed(const screening::Told& to) override;
  Result<void> finish(const std::string& notice, const screening::Attempt& attempt) override;

  // What the house around the cycle keeps (state_house.cpp).
  Result<Gauges> gauges();
  /// In the place of those before.
  Result<void> keep_troubles(const std::vector<TroubleView>& troubles);
  /// The same of files; writes nothing when they are the same.
  Result<void> keep_files(const std::vector<KeptFile>& files);
  // What was written into the EHR (written_back.cpp).
  Result<std::optional<WrittenBack>> written_back(const std::string& flag, const std::string& type);
  /// It stands there as we have written it.
  Result<void> keep_written_back(const std::string& flag, const std::string& type, const std::string& id);
  /// Whether there is anything.
  Result<bool> wrote_back();
  /// Moves the flag's state, or keeps that the two contradict each other. The same again changes nothing.
  Result<void> take_move(const EhrMove& move, Instant now);
  /// Who stands on the trial's screening list.
  Result<std::vector<OnList>> on_list(const screening::TrialId& trial);
  /// A word that stays the same for ever once it was kept; `fresh` is kept when there is none.
  Result<std::string> hint_secret(const std::string& fresh);

 private:
  State(const std::filesystem::path& file, StateLock lock);
  void settle_identity(const Identity& identity);
  void end_restore();
  void mark_outdated(const std::string& trial, const std::string& under);
  std::string survivor_of(std::string patient);
  /// What is still to be told of flags of records that were merged into the patient's.
  std::vector<screening::Moving> moving_to(const screening::TrialId& trial, const screening::PatientId& patient);
  void take_out(const std::string& patient);
  void hasten(const screening::PatientStep& step);
  bool read_again(const std::string& patient);
  void log_leaving(const screening::PatientStep& step);
  void keep_doubt(const std::string& patient, bool doubted, Instant now);
  void keep_chart(const screening::PatientStep& step);
  void forget_facts(const screening::PatientStep& step);
  void keep_results(const screening::PageStep& step);
  void show_members(const std::string& patient, const screening::StoredChart& chart);
  void keep_index(const std::string& patient, const screening::StoredChart& chart);
  void keep_verdict(const std::string& patient, const screening::VerdictRow& verdict);
  void keep_log(const std::string& patient, const screening::VerdictRow& verdict);
  void keep_moved(const screening::PatientStep& step);
  void keep_visits(const screening::PatientStep& step);
  void keep_change(const screening::PatientStep& step, const screening::LedgerChange& change);
  bool leads_on(const screening::Notice& notice);
  screening::DueNotice read_due(Statement& row);
  void read_event(screening::DueNotice& due);
  screening::FlagId former_of(const screening::DueNotice& due);

  StateLock lock_;  // outlives the database
  Database database_;
  Holdings holdings_;
  std::map<fhir::ResourceType, bool> any_seen_;  // whether anything is kept as seen of a type; may be true in error
  std::string site_;
  std::optional<std::pair<std::uint64_t, std::uint64_t>> place_;  ///< device and inode of the file
};

}  // namespace trialflag::store
