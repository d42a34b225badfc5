// Reads by their ids the Observations of one patient that no search of the patient shows (members.h).
#pragma once

#include <set>
#include <string>
#include <vector>

#include "agent/app/id_lists.h"
#include "agent/base/arena.h"
#include "agent/base/crew.h"
#include "agent/screening/ports.h"
#include "fhir/client/client.h"

namespace trialflag::app {

/// What came of it.
struct MembersRead {
  std::vector<fhir::Record> records;  ///< views point into the reader's arena
  std::vector<screening::ResourceKey> unread, in_part;
  std::vector<screening::TypeOutcome> lacking;  ///< why Observation is incomplete
  std::string flaw;                             ///< of those that are unread; for an operator
  std::vector<screening::Member> asked;         ///< in the order of their ids
};

/// For one patient and one thread, which waits while the crew reads.
class MemberReader {
 public:
  /// `lists`: of Observations; `ids`: of the patient and of those merged into them. All outlive it.
  MemberReader(fhir::Client& client, IdLists& lists, Crew& crew, const std::vector<std::string>& ids, Arena& arena)
      : client_(client), lists_(lists), crew_(crew), ids_(ids), arena_(arena) {}

  /// Those of `names` (named_observations()) that are not `known`, what they name in turn, and whatever was held `before`, which is asked
  /// for as long as it is there. Fails when the agent is stopping.
  Result<MembersRead> read(std::set<std::string> names, std::set<std::string> known, std::set<std::string> before);

 private:
  void take(const std::string& id, const Result<std::string>& text, std::set<std::string>& next);
  void take_error(const std::string& id, const Error& error);
  /// Whether it is there and of this patient.
  bool take_resource(const std::string& id, const std::string& text, std::set<std::string>& next);
  bool flawed(const std::string& id, const char* what);
  void lack(const std::string& why);

  fhir::Client& client_;
  IdLists& lists_;
  Crew& crew_;
  const std::vector<std::string>& ids_;
  Arena& arena_;
  std::set<std::string> known_, before_;
  MembersRead read_;
};

}  // namespace trialflag::app
