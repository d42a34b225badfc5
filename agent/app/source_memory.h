// What a source of patients must remember between cycles and be told by the state: what a server showed, and whom to ask for.
#pragma once

#include <string>
#include <vector>

#include "agent/base/result.h"
#include "fhir/record.h"

namespace trialflag::app {

class SourceMemory {
 public:
  virtual ~SourceMemory() = default;
  /// The text that remember() was given last; empty when there was none.
  virtual Result<std::string> recall() = 0;
  virtual Result<void> remember(const std::string& text) = 0;
  /// Where a server answers for one patient at a time: the ids of the patients whose records of `type` are to be asked for. For Patient and
  /// Medication: the known ids of that type.
  virtual Result<std::vector<std::string>> whom(fhir::ResourceType type) = 0;
  /// Whether the server has shown any record of the type.
  virtual Result<bool> has_shown(fhir::ResourceType type) {
    (void)type;
    return false;
  }
  /// The patient's Observations that were had by their ids alone when the patient was last read whole.
  virtual Result<std::vector<std::string>> members(const std::string& patient) {
    (void)patient;
    return std::vector<std::string>();
  }
  /// The patient's Observations that reports name whose own subject tells no patient.
  virtual Result<std::vector<std::string>> results(const std::string& patient) {
    (void)patient;
    return std::vector<std::string>();
  }
};

}  // namespace trialflag::app
