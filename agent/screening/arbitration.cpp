#include "agent/screening/arbitration.h"

#include <algorithm>
#include <tuple>

namespace trialflag::screening {
namespace {

bool goes_before(const Claim& a, const Claim& b) {
  return std::tuple(-a.held, !a.stays, -a.priority, !a.told, a.since, a.trial) <
         std::tuple(-b.held, !b.stays, -b.priority, !b.told, b.since, b.trial);
}

/// What people decided on the human for that trial under another record; empty: nothing.
std::string decided_elsewhere(const TrialId& trial, std::span<const Flag> elsewhere) {
  std::string decided;
  for (const Flag& flag : elsewhere) {
    if (flag.trial != trial || !ended(flag.state)) continue;
    if (flag.state == FlagState::enrolled) return std::string(kEnrolled) + trial.value;
    decided = std::string(kDecided) + trial.value;
  }
  return decided;
}

std::optional<Claim> claim_of(const Candidacy& trial, std::span<const Flag> elsewhere, Instant now) {
  Claim claim{trial.trial, 0, trial.priority, false, trial.stays, now};
  if (trial.flag != nullptr) {
    claim.held = hold_of(trial.flag->state);
    claim.told = trial.flag->announced.has_value();
    claim.since = trial.flag->opened_at;
  }
  if (claim.held == hold_of(FlagState::enrolled)) return claim;
  if (!trial.stands || trial.closed) return std::nullopt;
  // A conversation goes on under the record that the other one was merged into.
  for (const Flag& flag : elsewhere)
    if (flag.trial == trial.trial) claim.held = std::max(claim.held, hold_of(flag.state));
  if (claim.held == 0 && !trial.can_tell) return std::nullopt;
  return claim;
}

}  // namespace

int hold_of(FlagState state) {
  return state >= FlagState::acknowledged && state <= FlagState::enrolled ? static_cast<int>(state) : 0;
}

const Claim* strongest(std::span<const Claim> claims) {
  const auto first = std::min_element(claims.begin(), claims.end(), goes_before);
  return first == claims.end() ? nullptr : &*first;
}

std::string stands_before(const Claim& claim) {
  return std::string(claim.held == hold_of(FlagState::enrolled) ? kEnrolled : kOtherTrial) + claim.trial.value;
}

std::vector<std::string> arbitrate(std::span<const Candidacy> trials, std::span<const Flag> elsewhere, Instant now) {
  std::vector<std::string> aside(trials.size());
  std::vector<Claim> claims;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    if (trials[i].stands) aside[i] = decided_elsewhere(trials[i].trial, elsewhere);
    const auto claim = aside[i].empty() ? claim_of(trials[i], elsewhere, now) : std::nullopt;
    if (claim) claims.push_back(*claim);
  }
  for (const Flag& flag : elsewhere)
    if (flag.state == FlagState::enrolled)
      claims.push_back({flag.trial, hold_of(flag.state), 0, flag.announced.has_value(), false, flag.opened_at});
  const Claim* first = strongest(claims);
  for (std::size_t i = 0; first != nullptr && i < trials.size(); ++i)
    if (trials[i].stands && aside[i].empty() && trials[i].trial != first->trial) aside[i] = stands_before(*first);
  return aside;
}

}  // namespace trialflag::screening
