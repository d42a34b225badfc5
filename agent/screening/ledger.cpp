#include "agent/screening/ledger.h"

#include <algorithm>
#include <array>

#include "agent/base/ids.h"

namespace trialflag::screening {
namespace {

using eligibility::Effect;
using eligibility::PatientVerdict;
using eligibility::Status;
using eligibility::Verdict;

constexpr std::array<std::string_view, 4> kStatusNames = {"potentially_eligible", "needs_review", "ineligible", "withdrawn"};
constexpr std::array<std::string_view, 7> kStateNames = {"new",      "acknowledged",  "contacted", "screening",
                                                         "enrolled", "screen_failed", "declined"};
constexpr std::array<std::string_view, 6> kKindNames = {"opened", "changed", "retracted", "digest", "reminder", "alarm"};
constexpr std::array<std::string_view, 3> kChannelNames = {"email", "webhook", "fhir"};

template <typename Enum, std::size_t size>
std::optional<Enum> named(const std::array<std::string_view, size>& names, std::string_view name) {
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) return std::nullopt;
  return static_cast<Enum>(at - names.begin());
}

std::string first_criterion(const PatientVerdict& verdict, Effect effect, bool demoting) {
  for (const Verdict& criterion : verdict.criteria)
    if (criterion.effect == effect && (!demoting || eligibility::demotes(criterion.reason))) return criterion.id;
  return {};
}

std::string reason_of(const PatientVerdict& verdict, bool deceased) {
  if (deceased) return "deceased";
  if (verdict.status == Status::potentially_eligible) return "no criterion fails";
  if (verdict.status == Status::needs_review) return first_criterion(verdict, Effect::open, true);
  const std::string failed = first_criterion(verdict, Effect::fail, false);
  return failed.empty() ? "record inactive" : failed;
}

Notice notice_for(const Flag& flag, const Told& to, NoticeKind kind, Instant now) {
  Notice notice;
  notice.id = notice_id(flag.id, flag.events, to);
  notice.flag = flag.id;
  notice.trial = flag.trial;
  notice.event = flag.events;
  notice.to = to;
  notice.kind = kind;
  notice.created_at = now;
  return notice;
}

bool is_same(const Told& one, const Told& other) {
  return one.recipient == other.recipient && one.channel == other.channel;
}

const Notice* notice_to(const LedgerChange& change, const Told& to) {
  const auto at = std::find_if(change.notices.begin(), change.notices.end(), [&](const Notice& notice) { return is_same(notice.to, to); });
  return at == change.notices.end() ? nullptr : &*at;
}

/// Whether it takes a notice of this flag to lead them here. `suppressed`: those of before that have not left go no more.
bool is_to_lead(const Prior& prior, const Moving& moving, bool suppressed) {
  return !is_told(prior.told, moving.to) && (!moving.led || suppressed);
}

/// Leads those who know the patient under another record to this flag.
void lead_on(const LedgerContext& context, const Prior& prior, const Flag& flag, LedgerChange& change) {
  for (const Moving& moving : prior.moving) {
    if (is_to_lead(prior, moving, change.suppress_waiting) && notice_to(change, moving.to) == nullptr)
      change.notices.push_back(notice_for(flag, moving.to, NoticeKind::changed, context.now));
  }
}

/// What becomes of the mails that a flag has moved here.
void settle_moving(const Prior& prior, LedgerChange& change) {
  const auto& flag = change.flag ? change.flag : prior.flag;
  const bool stands = flag && listed(flag->status);
  for (const Moving& moving : prior.moving) {
    // Whoever knows this flag reads of it by its own notices, and that the other one is now under it by the other one's.
    if (stands && is_told(prior.told, moving.to)) continue;
    if (moving.led && !change.suppress_waiting) continue;  // what goes in its place goes as it is
    const Notice* notice = notice_to(change, moving.to);
    if (stands && notice != nullptr && notice->kind == NoticeKind::changed)
      change.led_on.push_back({moving.notice, notice->id});
    else
      change.fallen.push_back(moving.notice);
  }
}

/// Tells a listed status: `changed` to whoever was told before (whatever they subscribed to), `opened` to the others who want it.
void announce(const LedgerContext& context, const Prior& prior, Flag& flag, LedgerChange& change) {
  flag.announced = flag.status;
  change.suppress_waiting = true;
  for (const Told& told : prior.told) change.notices.push_back(notice_for(flag, told, NoticeKind::changed, context.now));
  lead_on(context, prior, flag, change);
  for (const Recipient& recipient : context.recipients) {
    if (notice_to(change, {recipient.id, {}, {}, recipient.channel}) != nullptr || was_told(prior, recipient) ||
        !wants(recipient, flag.trial, flag.status))
      continue;
    const Told to{recipient.id, recipient.name, recipient.address, recipient.channel};
    change.notices.push_back(notice_for(flag, to, NoticeKind::opened, context.now));
  }
}

/// Takes an announcement back, from exactly those who had it, unless people have ended the matter themselves.
void take_back(const LedgerContext& context, const Prior& prior, Flag& flag, NoticeKind kind, bool urgent, LedgerChange& change) {
  flag.announced.reset();
  change.suppress_waiting = true;
  const bool over = ended(flag.state);
  for (const Told& told : prior.told) {
    // What stands in the EHR is to say how it ended, and what was to say so is suppressed here.
    if (over && told.channel != Channel::fhir) continue;
    change.notices.push_back(notice_for(flag, told, over ? NoticeKind::changed : kind, context.now));
    change.notices.back().urgent = urgent;
  }
}

FlagEvent event_of(const Flag& flag, std::string kind, Instant now) {
  FlagEvent event;
  event.flag = flag.id;
  event.number = flag.events;
  event.at = now;
  event.kind = std::move(kind);
  event.who = "engine";
  event.why = flag.reason;
  event.status = flag.status;
  event.record = flag.record;
  event.trial_version = flag.trial_version;
  return event;
}

/// The event of a flag that a verdict has moved: under which versions it was reached.
FlagEvent event_of(const Flag& flag, std::string kind, Instant now, const PatientVerdict& verdict) {
  FlagEvent event = event_of(flag, std::move(kind), now);
  event.tables_version = verdict.tables_version;
  event.engine_version = verdict.engine_version;
  return event;
}

Flag new_flag(const LedgerContext& context, const PatientVerdict& verdict, const PatientId& patient) {
  Flag flag;
  flag.trial = {verdict.trial};
  flag.patient = patient;
  flag.id = flag_id(flag.trial, context.site, patient);
  flag.opened_at = context.now;
  return flag;
}

std::string event_kind(const std::optional<Flag>& before, FlagStatus status) {
  if (!before) return "opened";
  if (!listed(status)) return "fell";
  return listed(before->status) ? "changed" : "reopened";
}

/// The flag as the verdict shows it, without an event.
Flag renewed(const Flag& before, const PatientVerdict& verdict, const std::string& record, bool deceased) {
  Flag flag = before;
  flag.status = status_of(verdict.status);
  flag.trial_version = verdict.trial_version;
  flag.reason = reason_of(verdict, deceased);
  flag.record = record;
  flag.passes = flag.opens = 0;
  for (const Verdict& criterion : verdict.criteria) {
    flag.passes += criterion.effect == Effect::pass;
    flag.opens += criterion.effect == Effect::open;
  }
  return flag;
}

/// The flag as the verdict leaves it, before anyone is told.
Flag advance(const Flag& before, const PatientVerdict& verdict, const std::string& record, bool deceased, Instant now) {
  Flag flag = renewed(before, verdict, record, deceased);
  flag.changed_at = now;
  flag.events = before.events + 1;
  return flag;
}

/// The flag stands as the records have it, but those who were told of it are told that it is of no use now.
LedgerChange shut(const LedgerContext& context, const Prior& prior, const PatientVerdict& verdict, Flag flag) {
  LedgerChange change;
  change.event = event_of(flag, "closed", context.now, verdict);
  change.event->why = context.closed.empty() ? context.rival : context.closed;
  take_back(context, prior, flag, NoticeKind::retracted, false, change);
  change.flag = std::move(flag);
  return change;
}

/// The records speak for the patient, who does not want to be approached.
LedgerChange opt_out(const LedgerContext& context, const Prior& prior, const PatientVerdict& verdict, Flag flag) {
  LedgerChange change;
  flag.status = FlagStatus::withdrawn;
  flag.reason = kOptedOut;
  change.event = event_of(flag, "withdrawn", context.now, verdict);
  take_back(context, prior, flag, NoticeKind::retracted, false, change);
  change.flag = std::move(flag);
  return change;
}

}  // namespace

std::string_view name_of(FlagStatus status) {
  return kStatusNames[static_cast<std::size_t>(status)];
}
std::string_view name_of(FlagState state) {
  return kStateNames[static_cast<std::size_t>(state)];
}
std::string_view name_of(NoticeKind kind) {
  return kKindNames[static_cast<std::size_t>(kind)];
}
std::string_view name_of(Channel channel) {
  return kChannelNames[static_cast<std::size_t>(channel)];
}
std::optional<FlagStatus> flag_status(std::string_view name) {
  return named<FlagStatus>(kStatusNames, name);
}
std::optional<FlagState> flag_state(std::string_view name) {
  return named<FlagState>(kStateNames, name);
}
std::optional<NoticeKind> notice_kind(std::string_view name) {
  return named<NoticeKind>(kKindNames, name);
}

std::optional<Channel> channel_named(std::string_view name) {
  return named<Channel>(kChannelNames, name);
}

bool ended(FlagState state) {
  return state >= FlagState::enrolled;
}
bool listed(FlagStatus status) {
  return status == FlagStatus::potentially_eligible || status == FlagStatus::needs_review;
}

bool is_told(const std::vector<Told>& told, const Told& to) {
  return std::any_of(told.begin(), told.end(), [&](const Told& one) { return is_same(one, to); });
}

bool was_told(const Prior& prior, const Recipient& recipient) {
  return is_told(prior.told, {recipient.id, {}, {}, recipient.channel});
}

bool blind(const PatientVerdict& verdict) {
  if (verdict.status != Status::needs_review) return false;
  return std::none_of(verdict.criteria.begin(), verdict.criteria.end(), [](const Verdict& criterion) {
    return criterion.effect == Effect::open && eligibility::demotes(criterion.reason) &&
           criterion.reason != eligibility::Reason::incomplete_source;
  });
}

bool concerns(const Recipient& recipient, const TrialId& trial) {
  const auto& trials = recipient.trials;
  return trials.empty() || std::find(trials.begin(), trials.end(), trial.value) != trials.end();
}

bool wants(const Recipient& recipient, const TrialId& trial, FlagStatus status) {
  if (!concerns(recipient, trial)) return false;
  return status == FlagStatus::potentially_eligible ? recipient.on_potentially_eligible : recipient.on_needs_review;
}

Status standing_of(const std::optional<Flag>& flag, const PatientVerdict& verdict) {
  if (verdict.status != Status::not_screened || !flag || !listed(flag->status)) return verdict.status;
  const bool excluded = std::any_of(verdict.criteria.begin(), verdict.criteria.end(),
                                    [](const Verdict& criterion) { return criterion.effect == Effect::fail; });
  return excluded ? Status::ineligible : Status::needs_review;
}

FlagStatus status_of(Status status) {
  if (status == Status::potentially_eligible) return FlagStatus::potentially_eligible;
  return status == Status::needs_review ? FlagStatus::needs_review : FlagStatus::ineligible;
}

FlagId flag_id(const TrialId& trial, const std::string& site, const PatientId& patient) {
  return {digest({"flag", trial.value, site, patient.value}).substr(0, 24)};
}

std::string notice_id(const FlagId& flag, int event, const Told& to) {
  // No recipient's id holds a slash.
  const std::string whom = to.channel == Channel::email ? to.recipient : std::string(name_of(to.channel)) + "/" + to.recipient;
  return digest({"notice", flag.value, std::to_string(event), whom}).substr(0, 24);
}

namespace {

/// Whether there is anybody to tell: else the flag is told when there is.
bool is_heard(const LedgerContext& context, const Prior& prior, const TrialId& trial, FlagStatus status) {
  return !prior.told.empty() || !prior.moving.empty() ||
         std::any_of(context.recipients.begin(), context.recipients.end(),
                     [&](const Recipient& recipient) { return wants(recipient, trial, status); });
}

/// Of a flag that nobody has heard of, what waits to be told does not go before the treating physician has agreed; then it is told anew.
void withhold(const LedgerContext& context, const Prior& prior, Flag& flag, LedgerChange& change) {
  if (!context.gated || prior.agreed || !prior.told.empty() || !flag.announced || !listed(flag.status)) return;
  change.suppress_waiting = true;
  flag.announced.reset();
}

/// What the verdict does to the patient's own flag.
LedgerChange move(const LedgerContext& context, const Prior& prior, const PatientVerdict& verdict, const PatientId& patient,
                  const std::string& record, bool deceased) {
  LedgerChange change;
  const FlagStatus status = status_of(verdict.status);
  if (!prior.flag && (!listed(status) || !context.closed.empty() || context.opted_out)) return change;
  if (listed(status) && context.opted_out) {
    if (prior.flag->status == FlagStatus::withdrawn) return change;
    return opt_out(context, prior, verdict, advance(*prior.flag, verdict, record, deceased, context.now));
  }
  const bool stands_aside = !context.closed.empty() || !context.rival.empty();
  const bool is_open = prior.flag && !ended(prior.flag->state);
  const bool reopens = is_open && listed(status) && !listed(prior.flag->status);
  // Of a flag that has fallen and opens again some may not have heard of the fall. What people have ended is taken back from nobody, and is
  // not told anew when they take that back.
  const bool believed = is_open && (prior.flag->announced || (reopens && !prior.told.empty()));
  if (listed(status) && stands_aside && believed)
    return shut(context, prior, verdict, advance(*prior.flag, verdict, record, deceased, context.now));

  const bool may_tell = context.sends && !stands_aside && (!context.gated || prior.agreed);
  const bool may_lead = may_tell && listed(status) && (!prior.flag || is_open);
  const bool tell = may_lead && is_heard(context, prior, {verdict.trial}, status) && !blind(verdict);
  const bool moved = !prior.flag || prior.flag->status != status;
  const bool newly_told = tell && (!prior.flag || prior.flag->announced != status);
  // Whoever was told of the patient under another record hears of this one though nobody is woken for it: else they would not hear of its
  // fall.
  const bool leads_on = may_lead && std::any_of(prior.moving.begin(), prior.moving.end(),
                                                [&](const Moving& moving) { return is_to_lead(prior, moving, false); });
  if (!moved && !newly_told && !leads_on) {
    // Nobody is told, but whoever looks must see what holds now.
    change.flag = renewed(*prior.flag, verdict, record, deceased);
    withhold(context, prior, *change.flag, change);
    return change;
  }

  const Flag before = prior.flag ? *prior.flag : new_flag(context, verdict, patient);
  Flag flag = advance(before, verdict, record, deceased, context.now);
  change.event = event_of(flag, event_kind(prior.flag, status), context.now, verdict);
  // That it had moved to another record holds no longer, and is not told.
  change.suppress_waiting = reopens;
  if (newly_told) {
    announce(context, prior, flag, change);
  } else if (leads_on) {
    lead_on(context, prior, flag, change);
  }
  if (!listed(status)) take_back(context, prior, flag, NoticeKind::retracted, deceased, change);
  withhold(context, prior, flag, change);
  change.flag = std::move(flag);
  return change;
}

}  // namespace

LedgerChange decide(const LedgerContext& context, const Prior& prior, const PatientVerdict& verdict, const PatientId& patient,
                    const std::string& record, bool deceased) {
  PatientVerdict standing = verdict;
  standing.status = standing_of(prior.flag, verdict);
  if (standing.status == Status::not_screened) return {};
  LedgerChange change = move(context, prior, standing, patient, record, deceased);
  settle_moving(prior, change);
  return change;
}

LedgerChange withdraw(const LedgerContext& context, const Prior& prior, Leaving leaving) {
  constexpr std::array<std::string_view, 3> kReasons = {"record gone", kMoved, "no longer on the roster"};
  LedgerChange change;
  if (!prior.flag || prior.flag->status == FlagStatus::withdrawn) return change;
  Flag flag = *prior.flag;
  flag.status = FlagStatus::withdrawn;
  flag.reason = kReasons[static_cast<std::size_t>(leaving)];
  flag.changed_at = context.now;
  flag.events += 1;
  change.event = event_of(flag, "withdrawn", context.now);
  take_back(context, prior, flag, leaving == Leaving::merged ? NoticeKind::changed : NoticeKind::retracted, false, change);
  // A program cannot read "now under another record": for it the flag falls, and the other's opening says what it replaces.
  for (Notice& notice : change.notices)
    if (notice.to.channel != Channel::email && !ended(flag.state)) notice.kind = NoticeKind::retracted;
  // Those that have moved here move on with it, or have nowhere to go.
  if (leaving != Leaving::merged)
    for (const Moving& moving : prior.moving) change.fallen.push_back(moving.notice);
  change.flag = std::move(flag);
  return change;
}

}  // namespace trialflag::screening
