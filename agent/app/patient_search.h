// Searches for one patient's records, in the words that the server takes: `patient`, or `subject`, which some old FHIR bases know alone.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "agent/app/plan.h"
#include "fhir/client/client.h"

namespace trialflag::app {

/// How one type is asked for by patient, and how sure that is.
struct PatientWords {
  PatientForm form = PatientForm::patient;
  bool settled = false;  ///< the server answered to it so; no other form is tried any more
  bool unshown = false;  ///< it shows neither `patient` nor `subject` among what it applied: no other form is tried either
  int refused = 0;       ///< how often it has refused every form
  friend bool operator==(const PatientWords&, const PatientWords&) = default;
};

/// What is known before anybody is asked for.
PatientWords words_of(const fhir::Capability::Type* listed, const Learnt& learnt);
/// And kept, after it.
void keep_words(const PatientWords& words, const fhir::Capability::Type* listed, Learnt& learnt);

/// As fhir::Client::search. `question` begins with {"patient", id}. Where the server refuses that (400, 422), or does not show that it
/// applied it, `subject` is tried, and `words` tells what came of it. `anew` is called before a question that was answered is asked in
/// other words: what was given then may be given again. Of a question that is refused in all words, error and refusal are those of the
/// first.
Result<fhir::SearchEnd> search_patient(fhir::Client& client, std::string_view type, const std::vector<fhir::Parameter>& question,
                                       PatientWords& words, const fhir::OnFound& on_found, fhir::Refusal& refusal,
                                       const std::function<void()>& anew = {});

/// The words of all types. Thread-safe.
class Wording {
 public:
  [[nodiscard]] PatientWords of(fhir::ResourceType type) const;
  void set(fhir::ResourceType type, const PatientWords& words);
  /// Who refused every form may have had reasons of one patient or one day: they are tried again.
  void begin_cycle();
  void clear();

 private:
  mutable std::mutex mutex_;
  std::map<fhir::ResourceType, PatientWords> words_;
};

}  // namespace trialflag::app
