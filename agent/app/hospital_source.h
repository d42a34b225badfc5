// The hospital's FHIR server as the cycle's source of patients: searches, reads and decodes.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "agent/app/bulk_reader.h"
#include "agent/app/patient_reader.h"
#include "agent/app/patient_search.h"
#include "agent/app/plan.h"
#include "agent/app/source_memory.h"
#include "agent/app/type_reader.h"
#include "agent/base/clock.h"
#include "agent/screening/ports.h"
#include "fhir/client/client.h"

namespace trialflag::app {

/// The types that are polled; Patient first, so that whoever is new is known before their records come.
const std::vector<fhir::ResourceType>& polled_types();

class HospitalSource final : public screening::PatientSource {
 public:
  /// `connections`: how many the client may have. `memory` may be null; clock and memory outlive it.
  HospitalSource(std::unique_ptr<fhir::Client> client, int connections, BulkSettings bulk, const Clock& clock, SourceMemory* memory,
                 const std::stop_token& stop);
  ~HospitalSource() override;

  [[nodiscard]] fhir::Client& client() { return *client_; }
  /// Reports are not asked for from now on.
  void leave_out_reports() { reads_reports_ = false; }

  Result<void> greet() override;
  [[nodiscard]] std::optional<Instant> now() const override;
  bool begin_reading(bool sweep_wanted, bool first_load) override;
  void begin_lightly() override { bulk_.rest(); }
  void end_reading() override { bulk_.end(); }
  [[nodiscard]] std::vector<fhir::ResourceType> types() const override;
  Result<screening::TypeOutcome> changed(fhir::ResourceType type, std::optional<Instant> since, const OnPage& on_page,
                                         const OnPart& on_part) override;
  Result<void> read_types(const NextReading& next) override;
  Result<std::vector<std::string>> deleted(fhir::ResourceType type, Instant since) override;
  Result<screening::Standing> ask_for(const screening::ResourceKey& record, std::span<const screening::PatientId> of,
                                      Arena& arena) override;
  Result<std::map<std::string, screening::PatientId>> whose(const std::set<std::string>& observations) override;
  Result<std::vector<screening::Visit>> appointments(const screening::PatientId& patient, std::span<const screening::PatientId> aliases,
                                                     Instant since) override;
  void read_ahead(const screening::PatientId& patient, std::span<const screening::PatientId> aliases) override;
  void forget_ahead() override;
  Result<screening::WholePatient> read(const screening::PatientId& patient, std::span<const screening::PatientId> aliases,
                                       Arena& arena) override;

 private:
  /// Logs what an operator should know of the server; not again in each cycle.
  void tell_once(const std::string& remark);
  /// Whether the server has told its deletion in this cycle.
  [[nodiscard]] bool said_gone(const screening::ResourceKey& record) const;
  /// What is to be read by no search: as it is known by now, or from an export.
  std::optional<Result<screening::TypeOutcome>> without_search(const screening::TypeReading& wanted);
  Result<std::vector<std::string>> untold(fhir::ResourceType type, Instant since);
  Result<void> doubt_absence(fhir::ResourceType type, Learnt& learnt, screening::TypeOutcome& outcome) const;
  /// Whether the server, which has shown records of the type, shows none to anybody now. Asked once a cycle; false where it cannot be told.
  Result<bool> shows_none(fhir::ResourceType type);
  /// What the patient lacks of such a type is not absent, but incomplete.
  Result<void> doubt_nothing(screening::WholePatient& whole);
  /// Keeps what the server has shown of the type, and amends the outcome by what it showed before.
  Result<void> learn(const screening::TypeReading& wanted, const TypeReader& reader, Learnt learnt, screening::TypeOutcome& outcome);
  [[nodiscard]] const fhir::Capability* capability() const { return capability_ ? &*capability_ : nullptr; }
  [[nodiscard]] TypeReader::Whom whom() const;
  fhir::Allowance& begin_allowance(fhir::ResourceType type);
  Result<void> recall_lore();
  Result<void> keep_lore();
  /// Keeps what has shown since of how patients are asked for.
  Result<void> keep_wording();

  std::unique_ptr<fhir::Client> client_;
  std::set<std::string> told_;
  const Clock& clock_;
  SourceMemory* memory_;
  const int connections_;
  const std::stop_token stop_;
  Lore lore_;
  BulkReader bulk_;
  std::optional<fhir::Capability> capability_;
  TypeOutcomes outcomes_;                                           ///< of this cycle
  std::map<fhir::ResourceType, std::vector<std::string>> deleted_;  ///< as this cycle's reading of a history told them
  std::map<fhir::ResourceType, fhir::Allowance> allowances_;        ///< of this cycle
  std::map<fhir::ResourceType, std::set<std::string>> gone_;        ///< that the server has said in this cycle to have deleted
  bool reads_reports_ = true;
  std::map<fhir::ResourceType, bool> shows_none_;  ///< of this cycle
  bool appointments_refused_ = false;              ///< in this cycle, or not reached: not asked for again
  Wording wording_;
  PatientReader patients_;
};

}  // namespace trialflag::app
