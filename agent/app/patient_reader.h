// Puts one patient together from what a server answers: the types are asked for at once, as far as there are connections, and the next
// patient's while the present one is judged and written.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/app/medication_reader.h"
#include "agent/app/patient_search.h"
#include "agent/app/source_memory.h"
#include "agent/base/crew.h"
#include "agent/screening/ports.h"
#include "fhir/client/client.h"

namespace trialflag::app {

/// What the polls of this cycle showed of the types.
using TypeOutcomes = std::map<fhir::ResourceType, screening::TypeOutcome>;

/// The patient's first, then those merged into it.
std::vector<std::string> ids_of(const screening::PatientId& patient, std::span<const screening::PatientId> aliases);

/// For one thread, as the source that it belongs to; its crew's threads use the client and what each alone has been given. Answers are
/// taken in a fixed order, whichever came first.
class PatientReader {
 public:
  /// `connections`: so many questions are under way at most. `memory` may be null. All must outlive it.
  PatientReader(fhir::Client& client, int connections, const std::optional<fhir::Capability>& capability, const TypeOutcomes& outcomes,
                Wording& wording, SourceMemory* memory);
  ~PatientReader();

  /// Another cycle: nothing that was read before counts.
  void begin_cycle();
  /// As PatientSource::read_ahead and forget_ahead.
  void read_ahead(const screening::PatientId& patient, std::span<const screening::PatientId> aliases);
  void forget_ahead();
  /// As PatientSource::read.
  Result<screening::WholePatient> read(const screening::PatientId& patient, std::span<const screening::PatientId> aliases, Arena& arena);
  /// As read(), the Patient as a search for its id shows it; not_found when it shows none.
  Result<screening::WholePatient> read_as_shown(const screening::PatientId& patient, std::span<const screening::PatientId> aliases,
                                                Arena& arena);
  /// As PatientSource::whose.
  Result<std::map<std::string, screening::PatientId>> whose(const std::set<std::string>& observations);
  /// What is learnt of how Medications are asked for, and Observations that no search shows.
  [[nodiscard]] IdLists& medication_lists() { return medications_.lists(); }
  [[nodiscard]] IdLists& observation_lists() { return observation_lists_; }

 private:
  [[nodiscard]] bool polled_whole(fhir::ResourceType type) const;
  struct TypeAnswer;
  struct Asked;
  class TypeQuestion;
  class Whole;

  using FetchPatient = Result<std::string> (*)(fhir::Client&, const std::string& id);
  std::unique_ptr<Asked> ask(std::vector<std::string> ids, FetchPatient fetch);
  std::unique_ptr<Asked> take_ahead(const std::vector<std::string>& ids);

  fhir::Client& client_;
  const std::optional<fhir::Capability>& capability_;
  const TypeOutcomes& outcomes_;
  SourceMemory* memory_;
  Wording& wording_;
  IdLists observation_lists_;
  MedicationReader medications_;              ///< of this cycle
  std::deque<std::unique_ptr<Asked>> ahead_;  ///< two at most
  Crew crew_;                                 ///< the last: its threads use the client
};

}  // namespace trialflag::app
