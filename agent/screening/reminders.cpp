// Flags that nobody has looked at: first those who were told are reminded, later the next person of the team is told.
#include <algorithm>

#include "agent/base/ids.h"
#include "agent/screening/cycle_parts.h"
#include "agent/screening/entry.h"

namespace trialflag::screening {
namespace {

/// Whom to write to now: first who was told and is still of the team, then the next one, also where nobody of the first is left.
std::vector<Told> whom(const CycleSettings& settings, const Unacknowledged& flag) {
  std::vector<Told> people;
  if (flag.reminders == 0) {
    for (const Told& told : flag.prior.told) {
      const Recipient* recipient = recipient_of(settings, told);
      if (told.channel == Channel::email && recipient != nullptr && concerns(*recipient, flag.prior.flag->trial)) people.push_back(told);
    }
    if (!people.empty()) return people;
  }
  for (const Recipient& recipient : settings.recipients) {
    const bool next =
        recipient.channel == Channel::email && concerns(recipient, flag.prior.flag->trial) && !was_told(flag.prior, recipient);
    if (next) return {{recipient.id, recipient.name, recipient.address, recipient.channel}};
  }
  return people;
}

Result<void> remind(CycleWork& work, const Unacknowledged& flag) {
  const Flag& about = *flag.prior.flag;
  for (const Told& to : whom(work.settings, flag)) {
    Notice notice;
    notice.id =
        digest({"reminder", about.id.value, std::to_string(about.events), to.recipient, std::to_string(flag.reminders)}).substr(0, 24);
    notice.flag = about.id;
    notice.trial = about.trial;
    notice.event = about.events;
    notice.to = to;
    notice.kind = NoticeKind::reminder;
    notice.created_at = work.clock.now();
    const Recipient* recipient = recipient_of(work.settings, to);
    const bool in_digest = recipient != nullptr && recipient->delivery.kind != Slots::Kind::immediate;
    const Instant at = in_digest ? next_slot(recipient->delivery, recipient->zone, notice.created_at) : notice.created_at;
    if (auto put = work.outbox.put(notice, at, in_digest, {}); !put) return put;
  }
  return {};
}

/// A trial that is configured no more is watched by nobody: what its flags say may have ceased to hold.
bool is_screened(const CycleWork& work, const TrialId& trial) {
  const auto& screeners = work.settings.screeners;
  return std::any_of(screeners.begin(), screeners.end(), [&](const auto& screener) { return trial_id(*screener) == trial.value; });
}

}  // namespace

Result<void> remind(CycleWork& work) {
  const auto after = work.settings.remind_after.count();
  if (after == 0 || !work.settings.sends || work.sender == nullptr) return {};
  const auto flags = work.outbox.unacknowledged({work.clock.now().ms - after});
  if (!flags) return tl::unexpected(flags.error());
  for (const Unacknowledged& flag : *flags) {
    const TrialId& trial = flag.prior.flag->trial;
    if (work.settings.mute.contains(trial) || work.closed.contains(trial) || !is_screened(work, trial)) continue;
    if (auto done = remind(work, flag); !done) return done;
  }
  return {};
}

}  // namespace trialflag::screening
