// One human, one conversation: when several trials want the same human, one of them is told and the others stand aside, with a reason that
// is shown. Pure functions; patients.cpp applies them, in the transaction of the verdicts.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "agent/screening/ledger.h"

namespace trialflag::screening {

/// What a trial's flag, under whatever record of the human, brings forward.
struct Claim {
  TrialId trial;
  int held = 0;        ///< hold_of() what people set
  int priority = 0;    ///< as configured
  bool told = false;   ///< the conversation has begun: people were told, or are about to be
  bool stays = false;  ///< nothing is known anew of one that has begun
  Instant since;       ///< when the flag opened
};

/// How firmly what a person set keeps the conversation: 0 not at all, then acknowledged, contacted, screening, enrolled.
int hold_of(FlagState state);

/// Who has the conversation: what people set, then one of which nothing is known anew, then priority, then who was told already, then the
/// earlier opened, then the trial's id. Null when there is no claim.
const Claim* strongest(std::span<const Claim> claims);

/// Why the others stand aside: a word that LedgerContext::rival and VerdictRow::suppressed take.
std::string stands_before(const Claim& claim);

/// A trial's view of the human at hand.
struct Candidacy {
  TrialId trial;
  bool stands = false;    ///< listed, and people have not ended it
  bool can_tell = false;  ///< but for rivals people would be told, or were
  bool closed = false;    ///< the trial takes nobody
  bool stays = false;     ///< people were told, and nothing is known anew: a source that fails moves no conversation
  int priority = 0;
  const Flag* flag = nullptr;  ///< null: it opens now
};

/// For each of `trials` the reason why it stands aside; empty: it does not. `elsewhere`: the human's other flags, of records that were
/// merged into this one and of trials that are screened no more. Of the latter only who is enrolled counts: nobody works on the others
/// here.
std::vector<std::string> arbitrate(std::span<const Candidacy> trials, std::span<const Flag> elsewhere, Instant now);

}  // namespace trialflag::screening
