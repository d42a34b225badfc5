// The last part of a cycle: whatever is due leaves.
#include <algorithm>
#include <set>

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

/// Sends the notices that are due, one after the other.
class Postman {
 public:
  explicit Postman(CycleWork& work) : work_(work) {}

  Result<void> carry(const DueNotice& listed) {
    if (unwell_.contains(outlet_of(listed))) return {};
    // What was carried before it may have changed it.
    auto due = work_.outbox.waiting(listed.notice.id);
    if (!due) return tl::unexpected(due.error());
    if (!*due) return {};
    const auto stopped = turn_away(**due);
    if (!stopped) return tl::unexpected(stopped.error());
    if (*stopped) return {};
    if (is_opening(**due)) {
      due = look_again(**due);
      if (!due) return tl::unexpected(due.error());
      if (!*due) return {};
    }
    if (!(*due)->flag && (*due)->children.empty()) return close(**due, {Attempt::State::suppressed, false, work_.clock.now(), {}, {}});
    return send(**due);
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

  /// Whether nothing can be sent there now; what becomes of the notice then is settled.
  Result<bool> turn_away(const DueNotice& due) {
    const Told& to = due.notice.to;
    if (to.channel == Channel::email && work_.sender == nullptr) {
      ++work_.report.unsent;
      tell("notices wait, for no way to send them is configured; add notify.email to agent.yaml");
      return true;
    }
    if (to.channel == Channel::webhook && (work_.hooks == nullptr || recipient_of(to) == nullptr)) {
      const auto closed =
          close(due, {Attempt::State::suppressed, due.maybe_told, work_.clock.now(), {}, "the webhook is configured no more"});
      if (!closed) return tl::unexpected(closed.error());
      return true;
    }
    const auto shut = work_.outbox.closed(to);
    if (!shut) return tl::unexpected(shut.error());
    if (!*shut) return false;
    ++work_.report.unsent;
    const auto stuck = close(due, {Attempt::State::stuck, due.maybe_told, work_.clock.now(), {}, **shut});
    if (!stuck) return tl::unexpected(stuck.error());
    return true;
  }

  Result<void> send(const DueNotice& due) {
    if (auto begun = work_.outbox.begin(due.notice.id); !begun) return begun;
    const DeliveryOutcome outcome = hand_over(due);
    const Instant now = work_.clock.now();
    if (outcome.delivery != Delivery::accepted) return bear(due, outcome, now);
    ++work_.report.sent;
    return close(due, {Attempt::State::sent, true, now, std::nullopt, {}});
  }

  DeliveryOutcome hand_over(const DueNotice& due) {
    const Recipient* recipient = recipient_of(due.notice.to);
    // Someone who was told once and is configured no more is written to in the site's language.
    const bool known = recipient != nullptr && !recipient->language.empty();
    const MessageContext context{work_.settings.site_name, work_.settings.link_base, work_.clock.now(),
                                 known ? recipient->language : work_.settings.language};
    if (due.notice.to.channel == Channel::email) return work_.sender->send(compose(due, context));
    if (recipient->chat) return work_.hooks->send(ChatNote(due, context));
    return work_.hooks->send(WebhookEvent(due, CodedFacts(due)));
  }

  /// It was not accepted.
  Result<void> bear(const DueNotice& due, const DeliveryOutcome& outcome, Instant now) {
    const bool gone = outcome.delivery == Delivery::gone;
    const bool given_up =
        gone || outcome.delivery == Delivery::refused_for_good || (due.first_tried && now.ms - due.first_tried->ms > kStuckAfter);
    Attempt attempt{given_up ? Attempt::State::stuck : Attempt::State::waiting, due.maybe_told, now, std::nullopt, outcome.error};
    attempt.maybe_told = due.maybe_told || outcome.delivery == Delivery::uncertain;
    attempt.closes = gone;
    if (!given_up) {
      attempt.next_at = std::max(next_attempt(now, due.attempts), Instant{now.ms + outcome.retry_after.count()});
      attempt.others_wait = true;
      unwell_.insert(outlet_of(due));
    }
    ++work_.report.unsent;
    tell("a notice was not accepted: " + outcome.error);
    return close(due, attempt);
  }

  using Outlet = std::pair<Channel, std::string>;
  static Outlet outlet_of(const DueNotice& due) { return {due.notice.to.channel, due.notice.to.recipient}; }

  [[nodiscard]] const Recipient* recipient_of(const Told& to) const {
    for (const Recipient& recipient : work_.settings.recipients)
      if (recipient.id == to.recipient && recipient.channel == to.channel) return &recipient;
    return nullptr;
  }

  Result<void> close(const DueNotice& due, const Attempt& attempt) { return work_.outbox.finish(due.notice.id, attempt); }

  void tell(std::string problem) {
    auto& problems = work_.report.problems;
    if (std::find(problems.begin(), problems.end(), problem) == problems.end()) problems.push_back(std::move(problem));
  }

  CycleWork& work_;
  std::set<Outlet> unwell_;  ///< refused something in this cycle: nothing more for them now, so that they hold nobody up
};

Result<std::vector<DueNotice>> list_due(CycleWork& work) {
  const std::vector<TrialId> mute(work.settings.mute.begin(), work.settings.mute.end());
  return work.outbox.due(work.clock.now(), mute, kMostLetters);
}

Result<bool> deliver_once(CycleWork& work, Postman& postman) {
  const auto due = list_due(work);
  if (!due) return tl::unexpected(due.error());
  for (const DueNotice& notice : *due) {
    if (work.stop.stop_requested()) return false;
    if (auto carried = postman.carry(notice); !carried) return tl::unexpected(carried.error());
  }
  return !due->empty();
}

}  // namespace

Result<void> deliver(CycleWork& work) {
  if (!work.settings.sends) return {};
  Postman postman(work);
  // A record that was read again may have changed its flag: what that brings goes out in a second round.
  for (int round = 0; round < 2; ++round) {
    const auto more = deliver_once(work, postman);
    if (!more) return tl::unexpected(more.error());
    if (!*more || work.stop.stop_requested()) return {};
    if (auto settled = settle(work); !settled) return settled;
  }
  return {};
}

}  // namespace trialflag::screening
