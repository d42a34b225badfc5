// What a message may be made of, by the way it takes. A text that is written from one of these cannot name what its way must not carry:
// the type does not have it. The third tier, everything, stays with the console, the command line and the EHR itself.
#pragma once

#include <string>
#include <vector>

#include "agent/screening/ports.h"

namespace trialflag::screening {

/// For mail and chat: the trial, the flag's code, the kind, how many criteria pass and are open. Nothing of a patient.
struct LinkFacts {
  LinkFacts(const DueNotice& due);  // NOLINT(google-explicit-constructor): it is the notice, with most of it left out

  std::string notice;
  Told to;
  NoticeKind kind = NoticeKind::opened;
  std::string trial;
  bool one_flag = false;   ///< false: of many, or of none
  std::string flag, code;  ///< of the one
  FlagStatus status = FlagStatus::needs_review;
  int passes = 0, opens = 0;
  enum class Cause : std::uint8_t { records, closed, full, opted_out, other_trial, moved };
  Cause cause = Cause::records;  ///< of a retraction; `moved`: also of a change, for the flag takes another one's place
  bool gathered = false;         ///< a digest that was asked for, not one that the flood brake made
  std::string about;             ///< of an alarm: the id of whom nothing reaches
  std::vector<DueNotice::Child> children;
};

/// For programs: ids, statuses, and the effect of each criterion. No name, no birth date, no value.
struct CodedFacts {
  explicit CodedFacts(const DueNotice& due);

  std::string flag, code, trial, patient, reason, replaces;
  FlagStatus status = FlagStatus::needs_review;
  std::optional<FlagStatus> previous;
  struct Criterion {
    std::string id, effect;
  };
  std::vector<Criterion> criteria;
  NoticeKind kind = NoticeKind::opened;
  Instant at;
};

}  // namespace trialflag::screening
