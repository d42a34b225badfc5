// Reads resources of one type by lists of their ids, where the server takes such lists: reading each by itself was most of what a server
// was asked.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "agent/base/crew.h"
#include "fhir/client/client.h"
#include "fhir/record.h"

namespace trialflag::app {

/// For one thread.
class IdLists {
 public:
  using Texts = std::map<std::string, std::string, std::less<>>;  ///< by id
  using Answers = std::map<std::string, Result<std::string>>;     ///< as Client::read

  /// The client outlives it.
  IdLists(fhir::Client& client, fhir::ResourceType type) : client_(client), type_(type) {}

  /// Whether a search for a list of ids is not what this server answers.
  [[nodiscard]] bool singly() const { return singly_; }
  void set_singly(bool singly) { singly_ = singly; }

  /// As many at a time as one address can hold.
  static std::vector<std::vector<std::string>> divided(std::span<const std::string> ids);

  /// Those of one list that a search shows whole; nothing of a list of one, or where singly(). Whatever is not among them is gone, was left
  /// out, or could not be had: its own address tells. An error is `internal` alone: the agent stops.
  Result<Texts> read(const std::vector<std::string>& list);

  /// All of `ids`: by lists, and each by itself that no list shows, for it is gone, or was left out. Once the server does not answer the
  /// rest is left out (unavailable): it has enough to do. Waits while the crew reads. An error is `internal` alone.
  Result<Answers> read_each(Crew& crew, const std::set<std::string>& ids);

 private:
  void read_singly(Crew& crew, const std::set<std::string>& ids, Answers& answers) const;

  fhir::Client& client_;
  const fhir::ResourceType type_;
  bool singly_ = false;
};

}  // namespace trialflag::app
