// The last part of a cycle: whatever is due leaves.
#include <algorithm>
#include <limits>
#include <set>
#include <tuple>

#include "agent/base/ids.h"
#include "agent/screening/cycle_parts.h"
#include "agent/screening/entry.h"

namespace trialflag::screening {
namespace {

/// After so long a notice that nobody takes is stuck, until a person retries it.
constexpr std::int64_t kStuckAfter = 3 * kDay;
/// A merge is told after so long though the other record could not be read.
constexpr std::int64_t kLongestMove = 60 * kMinute;
constexpr std::size_t kMostLetters = 500;
/// When so many people could not be reached the mail server is ill, and asking on would only take time.
constexpr int kMostUnreached = 2;

/// 1, 2, 4, … minutes, at most an hour.
Instant next_attempt(Instant now, int attempts) {
  return {now.ms + std::min<std::int64_t>(60, 1LL << std::min(attempts, 6)) * kMinute};
}

constexpr const char* kQuiet = "waits for the end of the quiet hours";
constexpr const char* kUnreadable = "waits: the record could not be read again before sending";
constexpr const char* kNotSure = "waits: what was to be told does not hold while a part of the record cannot be read";
constexpr const char* kOptOuts = "waits: who must not be approached cannot be read; mend the do-not-contact list";
constexpr const char* kMovesOn = "waits: the record that the patient is under now is still to be read";
constexpr const char* kBudget = "waits for Monday's digest: the budget of mails for this week is used up";

/// The EHR's is no outlet that may make people wait.
bool to_ehr(const DueNotice& due) {
  return due.notice.to.channel == Channel::fhir;
}

/// Counts against a budget; a digest was counted when it was gathered.
bool counts(const DueNotice& due) {
  return due.notice.kind == NoticeKind::opened || due.notice.kind == NoticeKind::changed || due.notice.kind == NoticeKind::reminder;
}

/// The fewer questions are open, the more certain a candidate is; of the equally certain whoever is expected soonest comes first. What goes
/// into the EHR goes last: a slow server holds up no mail.
void rank(std::vector<DueNotice>& notices, Instant now) {
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  const auto place = [now](const DueNotice& due) {
    if (!counts(due) || !due.flag) return std::tuple(to_ehr(due), -1, kNever);
    const auto visit = next_visit(due.visits, now);
    return std::tuple(to_ehr(due), due.flag->opens, visit ? visit->at.ms : kNever);
  };
  std::stable_sort(notices.begin(), notices.end(), [&](const DueNotice& a, const DueNotice& b) { return place(a) < place(b); });
}

/// In the site's language.
MessageContext context_of(const CycleWork& work) {
  return {work.settings.site_name, work.settings.link_base, work.clock.now(), work.settings.language};
}

/// Sends the notices that are due, one after the other.
class Postman {
 public:
  explicit Postman(CycleWork& work) : work_(work) {}

  Result<void> carry(const DueNotice& listed) {
    if (is_unwell(listed)) return {};
    // What was carried before it may have changed it.
    auto due = work_.outbox.waiting(listed.notice.id);
    if (!due) return tl::unexpected(due.error());
    if (!*due) return {};
    const auto stopped = turn_away(**due);
    if (!stopped) return tl::unexpected(stopped.error());
    if (*stopped) return {};
    const auto waits = wait_for_its_time(**due);
    if (!waits) return tl::unexpected(waits.error());
    if (*waits) return {};
    const auto moves = wait_for_survivor(**due);
    if (!moves) return tl::unexpected(moves.error());
    if (*moves) return {};
    if (is_opening(**due)) {
      due = look_again(**due);
      if (!due) return tl::unexpected(due.error());
      if (!*due) return {};
    }
    if ((*due)->notice.kind == NoticeKind::digest && !(*due)->maybe_told) {
      due = look_behind(**due);
      if (!due) return tl::unexpected(due.error());
      if (!*due) return {};
    }
    if ((*due)->notice.kind == NoticeKind::digest && (*due)->children.empty())
      return close(**due, {Attempt::State::suppressed, false, work_.clock.now(), {}, {}});
    return send(**due);
  }

  /// One digest of what waited for it. All are for the same outlet.
  Result<void> carry_together(const std::vector<DueNotice>& listed) {
    const DueNotice& first = listed.front();
    if (is_unwell(first)) return {};
    bool stopped = false;
    for (const DueNotice& each : listed) {  // what turns one away turns all away
      const auto due = work_.outbox.waiting(each.notice.id);
      if (!due) return tl::unexpected(due.error());
      if (!*due) continue;  // what was carried before it has settled it
      const auto turned = turn_away(**due);
      if (!turned) return tl::unexpected(turned.error());
      stopped = stopped || *turned;
    }
    if (stopped) return {};
    const auto due = ready(listed);
    if (!due) return tl::unexpected(due.error());
    if (due->empty()) return {};
    std::vector<std::string> ids;
    Notice together;
    together.trial = due->front().notice.trial;
    for (const DueNotice& each : *due) {
      ids.push_back(each.notice.id);
      if (each.notice.trial != together.trial) together.trial = {};
    }
    together.to = due->front().notice.to;
    const std::string least = *std::min_element(ids.begin(), ids.end());
    together.id = digest({"digest", name_of(together.to.channel), together.to.recipient, least}).substr(0, 24);
    together.kind = NoticeKind::digest;
    together.created_at = work_.clock.now();
    const auto gathered = work_.outbox.gather(together, ids);
    if (!gathered) return tl::unexpected(gathered.error());
    const auto made = work_.outbox.waiting(*gathered);
    if (!made) return tl::unexpected(made.error());
    return *made ? send(**made) : Result<void>();
  }

  /// The screening lists, once what they are made of was written.
  Result<void> keep_lists() {
    if (work_.settings.chart_writer == nullptr || work_.source_down || unwell_.contains({Channel::fhir, std::string(kEhr)})) return {};
    for (const auto& screener : work_.settings.screeners) {
      const TrialId trial{trial_id(*screener)};
      if (work_.settings.mute.contains(trial) || work_.stop.stop_requested()) continue;
      const auto kept = work_.settings.chart_writer->keep_list(trial, context_of(work_));
      if (kept) continue;
      if (of_state(kept.error())) return kept;
      ++work_.report.unsent;
      tell("the screening list was not written: " + kept.error().message);
    }
    return {};
  }

 private:
  /// Since it was decided, the flag has become less certain for nothing but a source that cannot be read, and nobody is told of that. It
  /// waits until the record says again what was to be told, or something else. Of a flag that people have ended nothing is told any more
  /// that it could wait for: the EHR's own entry, the last of it, says what holds.
  static bool is_uncertain(const DueNotice& due) {
    const bool of_engine = due.event && due.event->who == "engine";
    const bool moved = due.flag && due.flag->announced && *due.flag->announced != due.flag->status;
    return of_engine && moved && is_opening(due) && !due.maybe_told && !ended(due.flag->state);
  }
  /// Whoever is not told yet may be on the list that cannot be read.
  [[nodiscard]] bool may_be_opted_out(const DueNotice& due) const { return work_.opt_outs_unsure && is_opening(due) && !due.maybe_told; }
  static bool is_opening(const DueNotice& due) { return due.flag && listed(due.flag->status) && counts(due); }

  /// Nobody is to be sent to a patient whose record has just changed: the record is read once more. Whether it could be.
  Result<bool> read_again(const DueNotice& due) {
    if (due.chart_read_at && *due.chart_read_at >= work_.started) return true;
    return work_off(work_, ScreeningStore::Todo{due.flag->patient, Pending::read});
  }

  /// nullopt: there is nothing to send now.
  Result<std::optional<DueNotice>> look_again(const DueNotice& due) {
    std::optional<DueNotice> still = due;
    bool read = true;
    if (may_be_opted_out(due)) {
      ++work_.report.unsent;
      const auto kept = postpone(due, Instant{work_.clock.now().ms + kMinute}, kOptOuts, false);
      return kept ? Result<std::optional<DueNotice>>(std::nullopt) : tl::unexpected(kept.error());
    }
    if (!is_uncertain(due)) {
      const auto again = read_again(due);
      if (!again) return tl::unexpected(again.error());
      read = *again;
      auto waiting = work_.outbox.waiting(due.notice.id);
      if (!waiting) return tl::unexpected(waiting.error());
      still = std::move(*waiting);
    }
    if (!still || (read && !is_uncertain(*still))) return still;
    if (!read) ++work_.report.unsent;
    const auto kept = postpone(due, Instant{work_.clock.now().ms + kMinute}, read ? kNotSure : kUnreadable, false);
    if (!kept) return tl::unexpected(kept.error());
    return std::nullopt;
  }

  /// The same for the openings in a digest that nobody can have seen. What waits does so out of the digest.
  Result<std::optional<DueNotice>> look_behind(const DueNotice& due) {
    auto behind = work_.outbox.behind(due.notice.id);
    if (!behind) return tl::unexpected(behind.error());
    std::set<std::string> unread;
    for (const DueNotice& each : *behind) {
      if (work_.stop.stop_requested()) return std::nullopt;
      if (!is_opening(each) || is_uncertain(each) || may_be_opted_out(each)) continue;
      const auto read = read_again(each);
      if (!read) return tl::unexpected(read.error());
      if (!*read) unread.insert(each.notice.id);
    }
    behind = work_.outbox.behind(due.notice.id);
    if (!behind) return tl::unexpected(behind.error());
    for (const DueNotice& each : *behind) {
      const bool read = !unread.contains(each.notice.id), opted_out = may_be_opted_out(each);
      if (read && !opted_out && !is_uncertain(each)) continue;
      if (!read || opted_out) ++work_.report.unsent;
      const Instant now = work_.clock.now();
      const char* why = opted_out ? kOptOuts : read ? kNotSure : kUnreadable;
      Attempt attempt{Attempt::State::waiting, each.maybe_told, now, Instant{now.ms + kMinute}, why};
      attempt.to_digest = attempt.alone = true;
      if (auto kept = work_.outbox.finish(each.notice.id, attempt); !kept) return tl::unexpected(kept.error());
    }
    return work_.outbox.waiting(due.notice.id);
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
    if (to.channel == Channel::fhir) {
      const auto settled = turn_away_from_ehr(due);
      if (!settled || *settled) return settled;
    }
    const auto shut = work_.outbox.closed(to);
    if (!shut) return tl::unexpected(shut.error());
    if (!*shut) return false;
    ++work_.report.unsent;
    const auto stuck = close(due, {Attempt::State::stuck, due.maybe_told, work_.clock.now(), {}, **shut});
    if (!stuck) return tl::unexpected(stuck.error());
    return true;
  }

  Result<bool> turn_away_from_ehr(const DueNotice& due) {
    if (work_.settings.chart_writer == nullptr) {
      const auto closed = close(due, {Attempt::State::suppressed, due.maybe_told, work_.clock.now(), {}, "notify.fhir.write is empty now"});
      if (!closed) return tl::unexpected(closed.error());
      return true;
    }
    if (!work_.source_down) return false;
    ++work_.report.unsent;  // it is not tried, and waits for the next cycle
    return true;
  }

  Result<void> send(const DueNotice& due) {
    if (auto begun = work_.outbox.begin(due.notice.id); !begun) return begun;
    // What it tells stays from here on; and a person may have decided in the last moment that it does not go.
    const auto told = work_.outbox.waiting(due.notice.id);
    if (!told) return tl::unexpected(told.error());
    if (!*told) return {};
    const DeliveryOutcome outcome = hand_over(**told);
    const Instant now = work_.clock.now();
    if (outcome.delivery != Delivery::accepted) return bear(due, outcome, now);
    ++work_.report.sent;
    return close(due, {Attempt::State::sent, true, now, std::nullopt, {}});
  }

  DeliveryOutcome hand_over(const DueNotice& due) {
    if (to_ehr(due)) return work_.settings.chart_writer->write(ClinicalFacts(due), context_of(work_));
    const Recipient* recipient = recipient_of(due.notice.to);
    // Someone who was told once and is configured no more is written to in the site's language.
    const bool known = recipient != nullptr && !recipient->language.empty();
    const MessageContext context{work_.settings.site_name, work_.settings.link_base, work_.clock.now(),
                                 known ? recipient->language : work_.settings.language};
    if (due.notice.to.channel == Channel::email) {
      DueNotice addressed = due;  // to where they are reached now
      if (recipient != nullptr) addressed.notice.to = {recipient->id, recipient->name, recipient->address, recipient->channel};
      return work_.sender->send(compose(addressed, context));
    }
    if (recipient->chat) return work_.hooks->send(ChatNote(due, context));
    if (due.notice.kind != NoticeKind::digest) return work_.hooks->send(WebhookEvent(due, CodedFacts(due)));
    const auto behind = work_.outbox.behind(due.notice.id);
    if (!behind) return {Delivery::refused_for_now, behind.error().message};
    std::vector<CodedFacts> facts;
    for (const DueNotice& each : *behind) facts.emplace_back(each);
    return work_.hooks->send(WebhookEvent(due, due.notice.created_at, facts));
  }

  /// It was not accepted.
  Result<void> bear(const DueNotice& due, const DeliveryOutcome& outcome, Instant now) {
    const bool gone = outcome.delivery == Delivery::gone;
    const bool given_up =
        gone || outcome.delivery == Delivery::refused_for_good || (due.first_tried && now.ms - due.first_tried->ms > kStuckAfter);
    Attempt attempt{given_up ? Attempt::State::stuck : Attempt::State::waiting, due.maybe_told, now, std::nullopt, outcome.error};
    // Of several resources some may stand in the EHR already: they must be taken back with the rest.
    attempt.maybe_told = due.maybe_told || outcome.delivery == Delivery::uncertain || due.notice.to.channel == Channel::fhir;
    attempt.closes = gone;
    if (!given_up) {
      attempt.next_at = std::max(next_attempt(now, due.attempts), Instant{now.ms + outcome.retry_after.count()});
      attempt.to_digest = due.in_digest;
      attempt.others_wait = true;
      unwell_.insert(outlet_of(due));
      const bool no_answer = outcome.unreached || outcome.delivery == Delivery::uncertain;
      if (due.notice.to.channel == Channel::email && no_answer) ++unreached_;
    }
    ++work_.report.unsent;
    tell("a notice was not accepted: " + outcome.error);
    return close(due, attempt);
  }

  using Outlet = std::pair<Channel, std::string>;
  [[nodiscard]] bool is_unwell(const DueNotice& due) const {
    return unwell_.contains(outlet_of(due)) || (due.notice.to.channel == Channel::email && unreached_ >= kMostUnreached);
  }
  static Outlet outlet_of(const DueNotice& due) { return {due.notice.to.channel, due.notice.to.recipient}; }

  [[nodiscard]] const Recipient* recipient_of(const Told& to) const { return screening::recipient_of(work_.settings, to); }

  /// Nothing reaches somebody: another one of the trial's team is told, once.
  Result<void> raise_alarm(const DueNotice& due) {
    if (due.notice.kind == NoticeKind::alarm || work_.sender == nullptr) return {};
    const auto known = work_.outbox.stuck_beside(due.notice.id);
    if (!known) return tl::unexpected(known.error());
    if (*known) return {};
    for (const Recipient& recipient : work_.settings.recipients) {
      const bool other = recipient.id != due.notice.to.recipient || due.notice.to.channel != Channel::email;
      const bool of_team = due.notice.trial.value.empty() || concerns(recipient, due.notice.trial);
      if (recipient.channel != Channel::email || !other || !of_team) continue;
      Notice alarm;
      alarm.id = digest({"alarm", due.notice.id, std::to_string(due.attempts)}).substr(0, 24);
      alarm.trial = due.notice.trial;
      alarm.to = {recipient.id, recipient.name, recipient.address};
      alarm.kind = NoticeKind::alarm;
      alarm.created_at = work_.clock.now();
      return work_.outbox.put(alarm, alarm.created_at, false, due.notice.id);
    }
    return {};
  }

  Result<void> close(const DueNotice& due, const Attempt& attempt) {
    if (attempt.state == Attempt::State::stuck) {
      if (auto told = raise_alarm(due); !told) return told;
    }
    return work_.outbox.finish(due.notice.id, attempt);
  }

  /// Not now.
  Result<void> postpone(const DueNotice& due, Instant until, const std::string& why, bool to_digest) {
    Attempt attempt{Attempt::State::waiting, due.maybe_told, work_.clock.now(), until, why};
    attempt.to_digest = to_digest || due.in_digest;
    return work_.outbox.finish(due.notice.id, attempt);
  }

  [[nodiscard]] Zone zone_of(const DueNotice& due) const {
    const Recipient* recipient = recipient_of(due.notice.to);
    return recipient == nullptr ? Zone::utc() : recipient->zone;
  }

  /// Until when a mail waits for the end of quiet hours.
  [[nodiscard]] std::optional<Instant> quiet(const DueNotice& due) const {
    if (due.notice.to.channel != Channel::email || due.notice.urgent || !work_.settings.quiet_hours) return std::nullopt;
    return quiet_until(*work_.settings.quiet_hours, zone_of(due), work_.clock.now());
  }

  /// Until when a mail waits because this week's are used up.
  [[nodiscard]] Result<std::optional<Instant>> beyond_budget(const DueNotice& due) const {
    if (due.notice.to.channel != Channel::email) return std::nullopt;
    const Week week = week_of(zone_of(due), work_.clock.now());
    const auto sent = work_.outbox.sent_since(due.notice.to, week.begin);
    if (!sent) return tl::unexpected(sent.error());
    if (*sent < work_.settings.per_recipient_per_week) return std::nullopt;
    return week.next_digest;
  }

  /// Whether what is due can only be part of the digest that a week's budget promises: that one mail goes whatever else was sent.
  [[nodiscard]] bool is_promised(const DueNotice& due) const {
    const Recipient* recipient = recipient_of(due.notice.to);
    return due.in_digest && recipient != nullptr && recipient->delivery.kind == Slots::Kind::immediate;
  }

  /// Whether it must wait for its time; then it does.
  Result<bool> wait_for_its_time(const DueNotice& due) {
    if (const auto until = quiet(due)) {
      if (auto kept = postpone(due, *until, kQuiet, false); !kept) return tl::unexpected(kept.error());
      return true;
    }
    if (!counts(due) || is_promised(due)) return false;
    const auto until = beyond_budget(due);
    if (!until) return tl::unexpected(until.error());
    if (!*until) return false;
    if (auto kept = postpone(due, **until, kBudget, true); !kept) return tl::unexpected(kept.error());
    return true;
  }

  /// A flag that has moved is told with the flag that it moved to, or as fallen: so what it is now under is read first. But whoever was
  /// told does not wait for long. True: then it waits.
  Result<bool> wait_for_survivor(const DueNotice& due) {
    const bool moves = due.event && due.event->why == kMoved && due.notice.kind == NoticeKind::changed && !due.maybe_told;
    if (!moves || !due.flag || work_.clock.now().ms - due.notice.created_at.ms >= kLongestMove) return false;
    const auto former = work_.store.patient(due.flag->patient);
    if (!former) return tl::unexpected(former.error());
    if (former->merged_into.value.empty()) return false;
    const auto survivor = work_.store.patient(former->merged_into);
    if (!survivor) return tl::unexpected(survivor.error());
    if (!survivor->unread) return false;
    ++work_.report.unsent;
    if (auto kept = postpone(due, Instant{work_.clock.now().ms + kMinute}, kMovesOn, false); !kept) return tl::unexpected(kept.error());
    return true;
  }

  /// Which of those that are to go together may go now.
  Result<std::vector<DueNotice>> ready(const std::vector<DueNotice>& listed) {
    std::vector<DueNotice> ready;
    for (const DueNotice& each : listed) {
      auto due = work_.outbox.waiting(each.notice.id);
      if (!due) return tl::unexpected(due.error());
      if (!*due) continue;
      const auto waits = wait_for_its_time(**due);
      if (!waits) return tl::unexpected(waits.error());
      if (*waits) continue;
      const auto moves = wait_for_survivor(**due);
      if (!moves) return tl::unexpected(moves.error());
      if (*moves) continue;
      if (is_opening(**due)) due = look_again(**due);
      if (!due) return tl::unexpected(due.error());
      if (*due) ready.push_back(std::move(**due));
    }
    // Reading one patient again may have moved another's flag: a merge does.
    std::vector<DueNotice> still;
    for (const DueNotice& each : ready) {
      auto due = work_.outbox.waiting(each.notice.id);
      if (!due) return tl::unexpected(due.error());
      if (*due) still.push_back(std::move(**due));
    }
    return still;
  }

  void tell(std::string problem) {
    auto& problems = work_.report.problems;
    if (std::find(problems.begin(), problems.end(), problem) == problems.end()) problems.push_back(std::move(problem));
  }

  CycleWork& work_;
  std::set<Outlet> unwell_;  ///< refused something in this cycle: nothing more for them now, so that they hold nobody up
  int unreached_ = 0;        ///< people for whom no mail server could be asked, or none answered
};

Result<std::vector<DueNotice>> list_due(CycleWork& work) {
  const std::vector<TrialId> mute(work.settings.mute.begin(), work.settings.mute.end());
  return work.outbox.due(work.clock.now(), mute, kMostLetters);
}

/// Whether to end here, for polling must go on: what is left is due in the next cycle.
bool time_is_spent(CycleWork& work, Instant begun) {
  if (work.clock.now().ms - begun.ms < work.settings.delivery_time.count()) return false;
  ++work.report.unsent;
  work.report.problems.emplace_back("sending takes long; what is left goes in the next cycle");
  return true;
}

/// False: there is nothing more to do in this cycle.
Result<bool> deliver_once(CycleWork& work, Postman& postman, Instant begun) {
  auto due = list_due(work);
  if (!due) return tl::unexpected(due.error());
  // Where a budget has room for some alone, it is the most certain and soonest expected who are told of at once.
  rank(*due, work.clock.now());
  std::map<std::pair<Channel, std::string>, std::vector<DueNotice>> together;
  for (const DueNotice& notice : *due) {
    if (work.stop.stop_requested() || time_is_spent(work, begun)) return false;
    if (notice.in_digest && notice.notice.kind != NoticeKind::digest) {
      together[{notice.notice.to.channel, notice.notice.to.recipient}].push_back(notice);
    } else if (auto carried = postman.carry(notice); !carried) {
      return tl::unexpected(carried.error());
    }
  }
  for (const auto& [outlet, notices] : together) {
    if (work.stop.stop_requested() || time_is_spent(work, begun)) return false;
    if (auto carried = postman.carry_together(notices); !carried) return tl::unexpected(carried.error());
  }
  return !due->empty();
}

}  // namespace

Result<void> deliver(CycleWork& work) {
  if (!work.settings.sends) return {};
  Postman postman(work);
  const Instant begun = work.clock.now();
  // A record that was read again may have changed its flag, and of one flag the EHR takes one entry after the other: what that brings goes
  // out in another round, as long as something goes.
  for (int round = 0;; ++round) {
    const std::size_t sent = work.report.sent;
    const auto more = deliver_once(work, postman, begun);
    if (!more) return tl::unexpected(more.error());
    if (!*more || work.stop.stop_requested()) break;
    if (auto settled = settle(work); !settled) return settled;
    if (round > 0 && work.report.sent == sent) break;
  }
  return work.stop.stop_requested() ? Result<void>() : postman.keep_lists();
}

}  // namespace trialflag::screening
