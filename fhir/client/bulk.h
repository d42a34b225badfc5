// FHIR Bulk Data exports (STU1 and STU2 of the implementation guide; what STU3 adds is tolerated, and the kick-off of STU4 known), one step
// at a time: kick off, poll, fetch a file, discard. Nothing here waits or repeats: whoever calls decides when the next step is due, and
// keeps what must outlive a kill.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/result.h"
#include "agent/base/time.h"
#include "fhir/client/bulk_manifest.h"

namespace trialflag::fhir {

class Session;
struct Answer;

/// What is to be exported.
struct BulkRequest {
  std::string operation = "$export";  ///< below the base: "$export", "Patient/$export", "Group/7/$export"
  std::vector<std::string> types;     ///< empty: all
  std::optional<Instant> since = std::nullopt;
  bool by_post = false;  ///< first; else by GET. What is refused as such (405, 501) is asked the other way.
};

struct BulkStart {
  std::string status_url;  ///< absolute; empty: a job of ours runs already, and the server does not say where
  /// Then: how long the server wants to be left alone, an hour at most; nullopt: it does not say.
  std::optional<std::chrono::milliseconds> ask_again = std::nullopt;
  std::vector<std::string> left_out;  ///< parameters that the server does not take
};

struct BulkStatus {
  enum class State : std::uint8_t {
    running,
    complete,
    failed,  ///< for good; `why`
    unknown  ///< the server knows no such job (any more)
  };
  State state = State::running;
  std::optional<std::chrono::milliseconds> ask_again;  ///< running: when the server wants to be asked; nullopt: it does not say
  std::string progress;                                ///< running: the server's own words, at most a line
  std::string why;
  BulkManifest manifest;  ///< complete: of all its pages, each file once
};

/// Thread-safe as Client is. Errors of every call, beside those that it names: unavailable, timeout, unauthorized, signed_out,
/// malformed_data, invalid_config and internal as Client has them. The sign-in goes to the origins of the endpoint alone.
class Bulk {
 public:
  explicit Bulk(Session& session) : session_(session) {}

  /// Asks for an export: by GET with lists, or by POST with a Parameters resource in which each parameter is repeated, for GET and lists
  /// end with STU4 of the guide. A parameter that the server refuses is left out, once. malformed_data when the server does not answer 202
  /// with the job's address; not_found when it has no such operation.
  Result<BulkStart> kick_off(const BulkRequest& request);

  /// Asks once how far the job is, and reads the manifest's pages when it is done.
  Result<BulkStatus> poll(const std::string& status_url);

  /// Writes a file's bytes, packed or not, to `to` (0600, replaced), as far as they came. not_found when its link has expired (403, 404,
  /// 410): another manifest may have a fresh one. storage when it cannot be written.
  Result<void> fetch(const std::string& url, bool signed_in, const std::filesystem::path& to);

  /// How many records of a type the server counts by search, of those not written since; nullopt: it does not tell, or shows that it does
  /// not apply the bound.
  std::optional<double> count_by_search(const std::string& type, std::optional<Instant> before);

  /// Tells the server that the job and its files are not needed any more. Whatever it answers is well.
  Result<void> discard(const std::string& status_url);

 private:
  Result<Answer> ask_for(const BulkRequest& request, const std::vector<std::string>& left_out, bool by_post);
  /// A refused parameter is left out.
  Result<Answer> ask_for(const BulkRequest& request, BulkStart& start, bool by_post);

  Session& session_;
};

}  // namespace trialflag::fhir
