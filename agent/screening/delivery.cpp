// The last part of a cycle: the flood brake, and the letters that are due.
#include <algorithm>
#include <array>

#include "agent/base/ids.h"
#include "agent/screening/cycle_parts.h"

namespace trialflag::screening {
namespace {

constexpr std::int64_t kMinute = 60000;
constexpr std::int64_t kDay = 86400000;
/// After so long a notice that nobody takes is stuck, until a person retries it.
constexpr std::int64_t kStuckAfter = 3 * kDay;
constexpr std::size_t kMostLetters = 500;

/// 1, 2, 4, … minutes, at most an hour.
Instant next_attempt(Instant now, int attempts) {
  return {now.ms + std::min<std::int64_t>(60, 1LL << std::min(attempts, 6)) * kMinute};
}

std::size_t flags_of(const std::vector<const UnsettledNotice*>& notices) {
  std::set<FlagId> flags;
  for (const UnsettledNotice* notice : notices) flags.insert(notice->flag);
  return flags.size();
}

/// One held summary a recipient, that speaks for all of these.
void hold(const TrialId& trial, const std::vector<const UnsettledNotice*>& notices, Instant now, Settlement& settlement) {
  std::map<std::string, std::vector<const UnsettledNotice*>> by_recipient;
  for (const UnsettledNotice* notice : notices) by_recipient[notice->to.recipient].push_back(notice);
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

/// Sends the notices that are due, one after the other.
class Postman {
 public:
  explicit Postman(CycleWork& work) : work_(work) {}

  Result<void> carry(const DueNotice& listed) {
    auto due = std::optional(listed);
    if (is_opening(listed)) {
      auto fresh = look_again(listed);
      if (!fresh) return tl::unexpected(fresh.error());
      due = std::move(*fresh);
    }
    if (!due) return {};
    if (!due->flag && due->children.empty()) return close(*due, {Attempt::State::suppressed, false, work_.clock.now(), {}, {}});
    return send(*due);
  }

 private:
  static bool is_opening(const DueNotice& due) {
    return due.flag && listed(due.flag->status) && (due.notice.kind == NoticeKind::opened || due.notice.kind == NoticeKind::changed);
  }

  /// Nobody is to be sent to a patient whose record has just changed: the record is read once more. nullopt: there is nothing to send now.
  Result<std::optional<DueNotice>> look_again(const DueNotice& due) {
    if (due.chart_read_at && *due.chart_read_at >= work_.started) return due;
    const auto read = work_off(work_, ScreeningStore::Todo{due.flag->patient, Pending::read});
    if (!read) return tl::unexpected(read.error());
    auto still = work_.outbox.waiting(due.notice.id);
    if (!still) return tl::unexpected(still.error());
    if (!*still || *read) return still;
    ++work_.report.unsent;
    const Instant now = work_.clock.now();
    const auto kept = work_.outbox.finish(due.notice.id, {Attempt::State::waiting, due.maybe_told, now, Instant{now.ms + kMinute},
                                                          "waits: the record could not be read again before sending"});
    if (!kept) return tl::unexpected(kept.error());
    return std::nullopt;
  }

  Result<void> send(const DueNotice& due) {
    const Letter letter =
        compose(due, {work_.settings.site_name, work_.settings.link_base, work_.clock.now(), language_of(due.notice.to.recipient)});
    if (auto begun = work_.outbox.begin(due.notice.id); !begun) return begun;
    const DeliveryOutcome outcome = work_.sender->send(letter);
    const Instant now = work_.clock.now();
    Attempt attempt{Attempt::State::sent, true, now, std::nullopt, outcome.error};
    if (outcome.delivery == Delivery::accepted) {
      ++work_.report.sent;
    } else {
      const bool given_up = outcome.delivery == Delivery::refused_for_good || now.ms - due.notice.created_at.ms > kStuckAfter;
      attempt.state = given_up ? Attempt::State::stuck : Attempt::State::waiting;
      attempt.maybe_told = due.maybe_told || outcome.delivery == Delivery::uncertain;
      if (!given_up) attempt.next_at = next_attempt(now, due.attempts);
      ++work_.report.unsent;
      tell("a notice was not accepted: " + outcome.error);
    }
    return close(due, attempt);
  }

  /// That of the configured recipient; someone who was told once and is configured no more is written to in the site's.
  [[nodiscard]] const std::string& language_of(const std::string& id) const {
    const auto& recipients = work_.settings.recipients;
    const auto found = std::find_if(recipients.begin(), recipients.end(), [&](const Recipient& recipient) { return recipient.id == id; });
    return found == recipients.end() || found->language.empty() ? work_.settings.language : found->language;
  }

  Result<void> close(const DueNotice& due, const Attempt& attempt) { return work_.outbox.finish(due.notice.id, attempt); }

  void tell(std::string problem) {
    auto& problems = work_.report.problems;
    if (std::find(problems.begin(), problems.end(), problem) == problems.end()) problems.push_back(std::move(problem));
  }

  CycleWork& work_;
};

Result<std::vector<DueNotice>> list_due(CycleWork& work) {
  const std::vector<TrialId> mute(work.settings.mute.begin(), work.settings.mute.end());
  return work.outbox.due(work.clock.now(), mute, kMostLetters);
}

/// Nobody carries letters: what is due waits, and that is said.
Result<void> count_unsendable(CycleWork& work) {
  const auto due = list_due(work);
  if (!due) return tl::unexpected(due.error());
  work.report.unsent = due->size();
  if (!due->empty())
    work.report.problems.emplace_back("notices wait, for no way to send them is configured; add notify.email to agent.yaml");
  return {};
}

Result<bool> deliver_once(CycleWork& work) {
  const auto due = list_due(work);
  if (!due) return tl::unexpected(due.error());
  Postman postman(work);
  for (const DueNotice& notice : *due) {
    if (work.stop.stop_requested()) return false;
    if (auto carried = postman.carry(notice); !carried) return tl::unexpected(carried.error());
  }
  return !due->empty();
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
      settlement.go.push_back(notice.id);
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
      for (const UnsettledNotice* notice : notices) settlement.go.push_back(notice->id);
    }
  }
  return work.store.commit(settlement, work.clock.now());
}

Result<void> deliver(CycleWork& work) {
  if (!work.settings.sends) return {};
  if (work.sender == nullptr) return count_unsendable(work);
  // A record that was read again may have changed its flag: what that brings goes out in a second round.
  for (int round = 0; round < 2; ++round) {
    const auto more = deliver_once(work);
    if (!more) return tl::unexpected(more.error());
    if (!*more || work.stop.stop_requested()) return {};
    if (auto settled = settle(work); !settled) return settled;
  }
  return {};
}

}  // namespace trialflag::screening
