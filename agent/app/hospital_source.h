// The hospital's FHIR server as the cycle's source of patients: searches, reads and decodes.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "agent/app/bulk_reader.h"
#include "agent/screening/ports.h"
#include "fhir/client/client.h"

namespace trialflag::app {

/// The types that are polled; Patient first, so that whoever is new is known before their records come.
const std::vector<fhir::ResourceType>& polled_types();

class HospitalSource final : public screening::PatientSource {
 public:
  HospitalSource(std::unique_ptr<fhir::Client> client, BulkSettings bulk, const Clock& clock, const std::stop_token& stop);
  ~HospitalSource() override;

  Result<void> greet() override;
  bool begin_reading(bool sweep_wanted, bool first_load) override;
  void end_reading() override { bulk_.end(); }
  [[nodiscard]] std::vector<fhir::ResourceType> types() const override;
  Result<screening::TypeOutcome> changed(fhir::ResourceType type, std::optional<Instant> since, const OnPage& on_page) override;
  Result<std::vector<std::string>> deleted(fhir::ResourceType type, Instant since) override;
  Result<screening::WholePatient> read(const screening::PatientId& patient, std::span<const screening::PatientId> aliases,
                                       Arena& arena) override;

 private:
  class Whole;

  std::unique_ptr<fhir::Client> client_;
  BulkReader bulk_;
  std::optional<fhir::Capability> capability_;
  std::map<fhir::ResourceType, screening::TypeOutcome> outcomes_;  ///< of this cycle
  std::map<std::string, std::string> medications_;                 ///< of this cycle, as read: many patients share a few
};

}  // namespace trialflag::app
