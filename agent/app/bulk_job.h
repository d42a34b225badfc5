// The export that is under way, as it outlives a kill: state.dir/bulk/job.json, replaced whole, and its files beside it.
//
// A file bears its final name once all its bytes are durable, so which ones are done is what lies there. The job's address is kept before
// the job is asked about for the first time; its manifest before a file is fetched. Where no job could be begun because the server wants to
// be left alone, until when is kept in pause.json.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/result.h"
#include "agent/base/time.h"
#include "agent/json/value.h"
#include "fhir/client/bulk_manifest.h"

namespace trialflag::app {

struct BulkJob {
  enum class Stage { polling, loading, served };
  std::string base_url, operation;  ///< of whom it was asked, and what
  std::vector<std::string> types;
  std::string status_url;
  bool first_load = false;  ///< else: to reconcile
  Instant began;
  Stage stage = Stage::polling;
  fhir::BulkManifest manifest;  ///< when loading
  int tries = 0;                ///< cycles that began to read from it
};

/// The server runs another export and wants to be asked again no sooner.
struct BulkPause {
  std::string base_url;  ///< of whom
  Instant until;
  std::string why;
};

/// state.dir/bulk. Errors are of code storage.
class BulkFolder {
 public:
  explicit BulkFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// nullopt: there is none, or it cannot be read (then it is nobody's any more).
  [[nodiscard]] std::optional<BulkJob> load() const;
  [[nodiscard]] Result<void> keep(const BulkJob& job) const;
  /// As above. What is cleared is over, too.
  [[nodiscard]] std::optional<BulkPause> load_pause() const;
  [[nodiscard]] Result<void> keep(const BulkPause& pause) const;
  /// Removes the files, or these and the job.
  void drop_files() const;
  void clear() const;

  /// Where the file of that number in the manifest lies when it is whole, and while it comes.
  [[nodiscard]] std::filesystem::path whole(std::size_t number) const;
  [[nodiscard]] std::filesystem::path coming(std::size_t number) const;
  [[nodiscard]] bool has(std::size_t number) const;
  /// What has come whole gets its final name.
  [[nodiscard]] Result<void> settle(std::size_t number) const;

 private:
  [[nodiscard]] std::optional<json::Document> parsed(const char* name) const;
  [[nodiscard]] Result<void> keep(const std::string& text, const char* name) const;

  std::filesystem::path folder_;
};

}  // namespace trialflag::app
