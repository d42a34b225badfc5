// Reads Medications by their ids, many at a time where the server takes lists of ids, each once a cycle: many patients share a few.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/app/id_lists.h"
#include "fhir/client/client.h"

namespace trialflag::app {

/// For one thread.
class MedicationReader {
 public:
  using Ids = std::set<std::string, std::less<>>;

  struct Kept {
    std::string text;              ///< as read; empty: there is none to be had. What cannot be parsed is "{}", which is no Medication.
    std::optional<Error> failed;   ///< the server failed for it, which says nothing of it
    std::optional<Error> refused;  ///< the server does not let us read it
  };

  /// The client outlives it.
  explicit MedicationReader(fhir::Client& client) : client_(client), lists_(client, fhir::ResourceType::medication) {}

  /// Nothing that was read before counts.
  void begin_cycle() { kept_.clear(); }
  [[nodiscard]] IdLists& lists() { return lists_; }

  /// Reads those of `ids` that have not been read in this cycle. An error is `internal` alone: the agent stops.
  Result<void> fetch(const Ids& ids);
  /// Of one that was fetched.
  [[nodiscard]] const Kept& of(const std::string& id) const { return kept_.at(id); }

 private:
  Result<void> fetch_one(const std::string& id);

  fhir::Client& client_;
  IdLists lists_;
  std::map<std::string, Kept, std::less<>> kept_;
};

}  // namespace trialflag::app
