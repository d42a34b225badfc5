// Which resources each chart holds, so that a change of one resource finds the patients whose charts hold it.
//
// Each chart has one row that lists them: the truth. Beside it an index of short hashes points from a resource to its charts. Ids are
// scattered, so that entering the few of one chart touches as many pages of the index; new charts are therefore entered many at a time, or
// before the index is next asked. What the index says is checked against the list.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/screening/ports.h"
#include "agent/store/sqlite.h"

namespace trialflag::store {

/// What changes anything runs within the caller's transaction. Throws Failure.
class Holdings {
 public:
  explicit Holdings(Database& database) : database_(database) {}

  /// The chart of `patient`, which is on file, holds these, as read and as unread, and no others.
  void keep(const std::string& patient, std::span<const screening::ResourceKey> read, std::span<const screening::ResourceKey> unread);
  /// To be called before a chart is deleted.
  void forget(const std::string& patient);

  /// Whether enter_fresh() is due before holders_of().
  [[nodiscard]] bool any_fresh() { return fresh() > 0; }
  void enter_fresh();
  std::vector<screening::PatientId> holders_of(const screening::ResourceKey& resource);
  /// All ids of a type, each once.
  std::vector<std::string> ids_of(fhir::ResourceType type);

 private:
  using Hashes = std::vector<std::int64_t>;

  std::int64_t& fresh();
  bool any();
  void change_index(std::int64_t chart, const Hashes& gone, const Hashes& added);

  Database& database_;
  std::optional<std::int64_t> fresh_;  // charts that are not in the index; never too low
  std::optional<bool> any_;            // whether there are charts at all; may be true in error
};

}  // namespace trialflag::store
