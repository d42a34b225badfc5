// New notices: they may go, or wait for a person because too many flags moved at once.
#include <algorithm>

#include "agent/base/ids.h"
#include "agent/screening/cycle_parts.h"

namespace trialflag::screening {
namespace {

std::size_t flags_of(const std::vector<const UnsettledNotice*>& notices) {
  std::set<FlagId> flags;
  for (const UnsettledNotice* notice : notices) flags.insert(notice->flag);
  return flags.size();
}

/// One held summary a person, that speaks for all of these. Programs want each by itself, later.
void hold(const TrialId& trial, const std::vector<const UnsettledNotice*>& notices, Instant now, Settlement& settlement) {
  std::map<std::string, std::vector<const UnsettledNotice*>> by_recipient;
  for (const UnsettledNotice* notice : notices) {
    if (notice->to.channel == Channel::email) {
      by_recipient[notice->to.recipient].push_back(notice);
    } else {
      settlement.wait.push_back(notice->id);
    }
  }
  for (const auto& [recipient, theirs] : by_recipient) {
    Settlement::Held held;
    for (const UnsettledNotice* notice : theirs) held.notices.push_back(notice->id);
    const std::string least = *std::min_element(held.notices.begin(), held.notices.end());
    held.summary.id = digest({"summary", trial.value, recipient, least}).substr(0, 24);
    held.summary.trial = trial;
    held.summary.to = theirs.front()->to;
    held.summary.kind = NoticeKind::digest;
    held.summary.created_at = now;
    settlement.held.push_back(std::move(held));
  }
}

/// It may leave: at once, or with others at its recipient's next slot.
void let_go(const CycleWork& work, const UnsettledNotice& notice, Settlement& settlement) {
  const Recipient* recipient = recipient_of(work.settings, notice.to);
  if (notice.urgent || recipient == nullptr || recipient->delivery.kind == Slots::Kind::immediate) {
    settlement.go.push_back(notice.id);
    return;
  }
  settlement.in_digest.push_back(
      {notice.id, next_slot(recipient->delivery, recipient->zone, work.clock.now()), "waits for the next digest"});
}

}  // namespace

Result<void> settle(CycleWork& work) {
  const auto unsettled = work.store.unsettled();
  if (!unsettled) return tl::unexpected(unsettled.error());
  if (unsettled->empty()) return {};
  Settlement settlement;
  std::map<TrialId, std::vector<const UnsettledNotice*>> by_trial;
  for (const UnsettledNotice& notice : *unsettled) {
    if (notice.urgent && !notice.restored) {
      let_go(work, notice, settlement);
    } else {
      by_trial[notice.trial].push_back(&notice);
    }
  }
  for (const auto& [trial, notices] : by_trial) {
    const bool restored = notices.front()->restored;
    if (restored || flags_of(notices) > static_cast<std::size_t>(work.settings.flood)) {
      hold(trial, notices, work.clock.now(), settlement);
      work.report.held += notices.size();
    } else {
      for (const UnsettledNotice* notice : notices) let_go(work, *notice, settlement);
    }
  }
  return work.store.commit(settlement, work.clock.now());
}

}  // namespace trialflag::screening
