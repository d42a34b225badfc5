// Reads Medications by their ids, many at a time where the server takes lists of ids, each once a cycle: many patients share a few, and
// reading each by itself was most of what a server was asked.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fhir/client/client.h"

namespace trialflag::app {

/// For one thread.
class MedicationReader {
 public:
  using Ids = std::set<std::string, std::less<>>;

  struct Kept {
    std::string text;             ///< as read; empty: there is none to be had. What cannot be parsed is "{}", which is no Medication.
    std::optional<Error> failed;  ///< the server failed for it, which says nothing of it
  };

  /// The client outlives it.
  explicit MedicationReader(fhir::Client& client) : client_(client) {}

  /// Nothing that was read before counts.
  void begin_cycle() { kept_.clear(); }
  /// Whether a search for a list of ids is not what this server answers.
  [[nodiscard]] bool singly() const { return singly_; }
  void set_singly(bool singly) { singly_ = singly; }

  /// Reads those of `ids` that have not been read in this cycle. An error is `internal` alone: the agent stops.
  Result<void> fetch(const Ids& ids);
  /// Of one that was fetched.
  [[nodiscard]] const Kept& of(const std::string& id) const { return kept_.at(id); }

 private:
  Result<void> fetch_list(const std::vector<std::string>& ids);
  Result<void> fetch_one(const std::string& id);

  fhir::Client& client_;
  std::map<std::string, Kept, std::less<>> kept_;
  bool singly_ = false;
};

}  // namespace trialflag::app
