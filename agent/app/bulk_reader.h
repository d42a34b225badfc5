// A bulk export in the place of searches, where whole types are to be read: the first load, and to reconcile.
//
// (1) begin() kicks an export off or takes up the one that a kill cut off, polls it, and fetches its files; read() gives a type from them.
// (2) A first load waits for it, and so does `run --once`: nothing else is there to do. The daemon asks once a cycle and sweeps when the
// files are there; meanwhile it polls by search as ever. (3) The job's address is durable before the first poll, the manifest before the
// first file, each file before it bears its name (bulk_job.h): whatever kills us, the same job goes on. (4) A type is given only when each
// of its files came whole, holds lines of that type alone and as many as the manifest says, no error of the export may concern it, and
// they hold as many different records as the server counts by search, where it counts (an export of a group is not compared: it is a part).
// (5) Else it is read by search (`auto`) or counts as incomplete (`always`). (6) A type of which the export holds nothing is read by search
// in any case: servers leave out what is empty and what they could not do alike. (7) The export is as of its transactionTime, which the
// watermark does not pass; a sweep reads what came after it by search, so that it is not missed among what is there. (8) What the export
// lists as deleted counts as not shown, so a sweep looks after it, behind the mass-vanish brake. (9) The server is told to forget the job
// when everything is committed. (10) An export that fails is not begun anew for a quarter of an hour, or for as long as the server
// asks when it is busy with another: it is the hospital's work, too.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <unordered_set>
#include <vector>

#include "agent/app/bulk_job.h"
#include "agent/base/clock.h"
#include "agent/screening/ports.h"
#include "agent/settings/ehr_config.h"
#include "fhir/client/bulk.h"
#include "fhir/client/client.h"

namespace trialflag::app {

struct BulkSettings {
  settings::BulkConfig config;
  std::string base_url;
  std::filesystem::path folder;
  bool waits = false;  ///< for every export, not for that of a first load alone
  std::chrono::milliseconds overlap{300000};
  fhir::Endpoint::BulkLimits limits;
};

/// Whether exports are used, and why.
struct BulkPlan {
  std::vector<std::string> operations;  ///< to be tried one after the other; empty: none is used
  std::string why;
};
BulkPlan plan_bulk(const fhir::Capability& capability, const settings::BulkConfig& config);

/// For one thread.
class BulkReader {
 public:
  using OnPage = screening::PatientSource::OnPage;
  BulkReader(fhir::Client& client, BulkSettings settings, const Clock& clock, std::stop_token stop);

  /// As PatientSource::begin_reading.
  bool begin(const fhir::Capability& capability, const std::vector<fhir::ResourceType>& polled, bool sweep_wanted, bool first_load);
  /// All records of a type from the export. nullopt: it is to be read by search. Fails with what `on_page` fails with.
  std::optional<Result<screening::TypeOutcome>> read(fhir::ResourceType type, const OnPage& on_page);
  /// Since when a sweep must ask for what the export cannot know; nullopt: it need not.
  [[nodiscard]] std::optional<Instant> catch_up_from(const screening::TypeOutcome& outcome) const;
  /// As PatientSource::end_reading.
  void end();
  /// In the place of begin(): nothing is asked for, and no export is read. What the server is preparing stays known.
  void rest();

 private:
  enum class Step { ready, pending, failed };

  bool begin_with(const BulkPlan& plan, const std::vector<std::string>& types, bool first_load);
  Step advance(const BulkPlan& plan, const std::vector<std::string>& types, bool first_load);
  Step kick_off(const BulkPlan& plan, const std::vector<std::string>& types, bool first_load);
  Step poll();
  Step load();
  Step fetch(std::size_t number);
  Step begin_anew(const std::string& why);
  /// Nothing is asked for again before `pause` is over.
  Step give_up(const std::string& why, std::chrono::milliseconds pause = std::chrono::minutes(15));
  Step leave_alone(const std::string& why, std::chrono::milliseconds pause);
  void heed_kept_pause();
  void abandon();
  bool keep();
  bool wait(std::chrono::milliseconds pause);
  [[nodiscard]] bool waits() const { return settings_.waits || (job_ && job_->first_load); }
  [[nodiscard]] bool wants(const fhir::BulkFile& file) const;
  void read_errors();
  void read_deletions();

  /// Why a type's files cannot be used; empty: they can. `records`: how many they hold.
  std::string flaw_of(const std::string& type, std::uint64_t& records);
  std::optional<Result<void>> give(fhir::ResourceType type, const OnPage& on_page, std::uint64_t& different);
  /// What stands in for a type whose files cannot be used.
  [[nodiscard]] std::optional<Result<screening::TypeOutcome>> without(const std::string& type, const std::string& flaw) const;
  /// Counts what is of patients whom the export does not hold; of a Patient remembers that it does.
  void look_for_strangers(std::span<const screening::Touched> page);
  void tell_strangers() const;

  fhir::Client& client_;
  const BulkSettings settings_;
  const Clock& clock_;
  const std::stop_token stop_;
  const BulkFolder folder_;

  std::optional<BulkJob> job_;
  bool ready_ = false, sweeping_ = false, by_post_ = false;
  std::string failure_;       ///< `always`: why no export stands in for the types of this cycle
  std::string last_failure_;  ///< since not_before_ was set
  std::optional<Instant> next_poll_, not_before_;
  std::chrono::milliseconds pause_{0};  ///< grows from poll to poll, when the server names none
  int silences_ = 0;                    ///< polls in a row without an answer
  bool renewed_ = false, restarted_ = false;
  std::map<std::size_t, std::string> missing_;  ///< files that did not come in this cycle, and why
  bool may_come_ = false;                       ///< some of them may in another cycle
  std::optional<std::string> any_type_;         ///< an error of the export may concern any type
  std::map<std::string, std::string> troubled_;
  std::map<std::string, std::vector<std::string>> deleted_;
  std::unordered_set<std::string> patients_, strangers_;  ///< ids: whom the export holds, and of whom it holds records alone
  std::int64_t of_strangers_ = 0;                         ///< records
};

}  // namespace trialflag::app
