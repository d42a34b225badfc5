// The first part of a cycle: which patients did the source touch? Each page becomes one step; a type's watermark moves with its end alone.
#include <algorithm>
#include <iterator>
#include <list>
#include <unordered_set>
#include <utility>

#include "agent/screening/cycle_parts.h"
#include "agent/screening/entry.h"
#include "agent/screening/named.h"
#include "agent/screening/placing.h"
#include "agent/screening/report_owners.h"
#include "agent/screening/shown_ids.h"
#include "agent/screening/type_order.h"
#include "fhir/decode.h"

namespace trialflag::screening {
namespace {

using fhir::ResourceType;

/// Nobody can tell whose this is, so everybody may lack it. Whom a Medication concerns is told by those who refer to its id.
bool is_nobodys(const Touched& touched) {
  if (touched.patient != nullptr) return touched.patient->id.empty();
  if (touched.record->type == ResourceType::medication) return touched.record->id.empty();
  return !touched.of_nobody && !fhir::target_of(touched.record->subject.target);
}

std::string_view id_of(const Touched& touched) {
  return touched.patient != nullptr ? touched.patient->id : touched.record->id;
}

std::string records(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " record" : " records");
}

/// Stamps that lie further ahead of the source's own clock are wrong, and would blind the polls to come.
constexpr std::int64_t kMostAhead = 5LL * 60 * 1000;

/// A type that the brake holds is read from its beginning as often, until it shows what it should.
constexpr std::int64_t kLookAgain = 60LL * 60 * 1000;

/// Ends what is told of a type that the brake holds.
constexpr std::string_view kNothingTaken =
    "; nothing is taken back for that until a later sweep shows them or fewer are missing, or this has been so for nearly ehr.stale_after";

/// Of the records that a type has not shown for long, so many are asked for by their ids.
constexpr std::size_t kMostGoneAsked = 5;

/// Polls one type.
class TypePoll {
 public:
  TypePoll(CycleWork& work, ResourceType type, TypeState before, bool sweep)
      : work_(work),
        type_(type),
        before_(std::move(before)),
        reconciles_(sweep),
        sweep_(sweep),
        placing_(work, type),
        named_(work, type, sweep),
        owners_(work, sweep),
        shown_ids_(work.store, type, named_.needs_all_shown()) {}

  /// What is to be asked for; what is found comes through it, and after its end the poll is done.
  TypeReading begin() {
    if (before_.hold && !work_.source_rests && work_.started.ms - before_.hold->looked_at.ms >= kLookAgain) sweep_ = true;
    since_ = bound();
    // A type without times is read anew each time: whoever reads all there is also sees what is gone.
    sweep_ = sweep_ || (!since_ && before_.whole_at);
    hold_ = before_.hold;
    latest_ = before_.watermark;
    TypeReading reading{type_, since_, {}, {}, {}};
    reading.on_page = [this](std::span<const Touched> page) { return take(page); };
    reading.on_part = [this](Instant until) { return keep_part(until); };
    return reading;
  }

  Result<void> end(TypeOutcome outcome) {
    PageStep last;
    last.type = type_;
    if (outcome.reading == Reading::whole && before_.watermark) follow_deletions(last, outcome);
    const bool all = sweep_ || (outcome.all && before_.whole_at);
    if (outcome.reading == Reading::whole && all) {
      if (auto swept = sweep(last, outcome); !swept) return swept;
    }
    if (auto settled = settle(last, shown_ids_.take()); !settled) return settled;
    if (outcome.reading == Reading::whole && nobodys_ > 0)
      outcome = {Reading::incomplete, records(nobodys_) + " could not be read or placed, and whose is not told", false, false};
    // What was read of a type that the brake holds is new and true; only what it does not show is not believed.
    const bool whole = outcome.reading == Reading::whole;
    if (hold_) work_.held.add(type_);
    if (whole && hold_) {
      outcome.reading = Reading::incomplete;
      outcome.error = still_held();
      tell_incomplete(outcome);
    }
    work_.report.types[type_] = outcome;
    tell_unread();
    return whole ? finish(last, outcome, !since_ || all) : give_up(last, outcome);
  }

  [[nodiscard]] fhir::ResourceType type() const { return type_; }
  /// Records, in all.
  [[nodiscard]] std::size_t shown() const { return shown_; }

 private:
  [[nodiscard]] Instant before_since() const { return Instant{before_.watermark->ms - work_.settings.overlap.count()}; }

  /// Since when changes are asked for; nullopt: all there is.
  [[nodiscard]] std::optional<Instant> bound() const {
    if (!before_.watermark || sweep_) return std::nullopt;
    // The source's clock went back: what it writes now may bear times that lie before what was read.
    if (work_.source.now() && before_.watermark->ms > work_.source.now()->ms + kMostAhead) return std::nullopt;
    return before_since();
  }

  Result<void> take(std::span<const Touched> page) {
    if (work_.stop.stop_requested()) return fail(ErrorCode::internal, "stopped");
    if (auto asked = owners_.ask(page); !asked) return asked;
    // One transaction for all that is looked up and kept. A page that is lost with the machine is read again: the watermark moves later.
    auto taken = work_.store.together_for_now([&] { return take_together(page); });
    work_.progress.done += page.size();
    work_.tell_progress();
    return taken;
  }

  Result<void> take_together(std::span<const Touched> page) {
    PageStep step;
    step.type = type_;
    step.at = work_.started;
    placing_.begin(step);
    for (const Touched& shown : page) {
      const Touched touched = owners_.placed(shown);
      if (auto noted = note(touched); !noted) return noted;
      const auto seen = work_.store.was_seen(type_, touched.fingerprint);
      if (!seen) return tl::unexpected(seen.error());
      quarantine(touched, *seen, step);
      if (auto noted = note_names(touched, *seen, step); !noted) return noted;
      if (*seen) {
        if (auto looked = reconciles_ ? placing_.look_again(touched) : Result<void>(); !looked) return looked;
        continue;
      }
      ++work_.report.touched;
      ++work_.report.touched_by_type[type_];
      if (!touched.readable && !touched.elsewhere && !is_nobodys(touched)) ++(touched.of_nobody ? patientless_ : unread_);
      // What names others is seen when those were looked for: a kill in between would have it taken for settled.
      auto& seen_by = touched.names.empty() ? step.seen : late_seen_;
      if (may_come_again(touched)) seen_by.push_back({touched.fingerprint, touched.updated, std::string(id_of(touched))});
      if (auto placed = placing_.place(touched); !placed) return placed;
    }
    placing_.end();
    return work_.store.commit(step);
  }

  /// What cannot be read is kept as it is; what can be read, and is new, is in quarantine no more.
  void quarantine(const Touched& touched, bool seen, PageStep& step) const {
    const std::string_view id = id_of(touched);
    if (touched.readable) {
      if (!seen || touched.by_results) step.sound.emplace_back(id);
      return;
    }
    const PatientId patient = touched.patient != nullptr ? PatientId{std::string(id)} : subject_of(*touched.record);
    step.flawed.push_back({std::string(id), patient, std::string(touched.reason), std::string(touched.raw), touched.fingerprint, seen});
  }

  /// Remembers how far the source has come, and for a sweep what it still has.
  Result<void> note(const Touched& touched) {
    const bool plausible = touched.updated && touched.updated->ms <= work_.source_time().ms + kMostAhead;
    if (plausible && (!latest_ || *latest_ < *touched.updated)) latest_ = touched.updated;
    if (is_nobodys(touched)) ++nobodys_;
    ++shown_;
    return sweep_ || before_.whole_at || named_.needs_all_shown() ? shown_ids_.note(id_of(touched)) : Result<void>();
  }

  /// A first reading need not remember what no later poll will show again. One that does shows it once more, and it is remembered then.
  [[nodiscard]] bool may_come_again(const Touched& touched) const {
    return before_.watermark || !touched.updated || touched.updated->ms >= work_.started.ms - work_.settings.overlap.count();
  }

  Result<void> note_names(const Touched& touched, bool seen, PageStep& step) {
    if (touched.names.empty()) return {};
    if (!touched.by_results) return note_names_of(subject_of(*touched.record), touched.names, seen, nullptr);
    auto& kept = step.results[std::string(touched.record->id)];
    for (const auto& [patient, names] : owners_.results_of(touched)) {
      for (const std::string& name : names) kept.push_back({name, patient});
      if (auto noted = note_names_of(patient, names, seen && owners_.were_kept(names), &step); !noted) return noted;
    }
    return {};
  }

  /// `marked`: where whoever has taken the patient's place is marked, unless place_report() does that.
  Result<void> note_names_of(const PatientId& id, const std::vector<std::string>& names, bool seen, PageStep* marked) {
    if (id.value.empty() || !work_.screens(id)) return {};
    const auto state = placing_.state_of(id);
    if (!state) return tl::unexpected(state.error());
    named_.note(id, *state, names, seen);
    if (marked != nullptr && !seen && !state->merged_into.value.empty())
      marked->patients.push_back({state->merged_into, Pending::read, std::nullopt});
    return {};
  }

  [[nodiscard]] bool is_report() const { return type_ == ResourceType::diagnostic_report; }

  /// Asks for what was deleted since, where the source can tell; a later sweep finds the rest.
  /// Those since the watermark; asked again, those since then.
  void follow_deletions(PageStep& last, TypeOutcome& outcome) {
    const auto now = work_.source.now();
    const auto deleted = work_.source.deleted(type_, followed_ ? Instant{followed_->ms - work_.settings.overlap.count()} : before_since());
    if (!deleted) {
      if (deleted.error().code != ErrorCode::not_found)
        outcome = {Reading::incomplete, "deletions: " + deleted.error().message, false, false};
      return;
    }
    work_.tells_deletions.add(type_);
    for (const std::string& id : *deleted) {
      mark_gone(id, last);
      deleted_.insert(id);
      work_.told_gone.insert({type_, id});
    }
    if (now && before_.watermark <= now) followed_ = now;
  }

  void mark_gone(const std::string& id, PageStep& last) {
    last.sound.push_back(id);
    last.gone.push_back(id);
    if (type_ != ResourceType::patient) return void(mark_holders(work_.store, {type_, id}, last));
    const auto state = work_.store.patient({id});
    if (state && state->known) last.patients.push_back({{id}, Pending::read, std::nullopt});
  }

  Result<void> sweep(PageStep& last, TypeOutcome& outcome) {
    for (const std::string& id : outcome.gone) shown_ids_.forget(id);
    const auto compared = shown_ids_.compare();
    if (!compared) return tl::unexpected(compared.error());
    std::vector<std::string> vanished, away;  // away: who had left before, and has not come back
    for (const std::string& id : compared->missing) {
      if (deleted_.contains(id) || !screened(id)) continue;
      const auto left = has_left(id);
      if (!left) return tl::unexpected(left.error());
      (*left ? away : vanished).push_back(id);
    }
    const std::size_t known = compared->known - away.size();
    const std::int64_t shown_before = as_before(outcome) ? before_.rows.value_or(0) : 0;
    const bool silent = shown_ == 0 && shown_before > static_cast<std::int64_t>(deleted_.size());
    const bool held = silent || is_implausible(vanished.size(), known, before_.hold ? std::optional(before_.hold->missing) : std::nullopt);
    const auto believed = held ? is_believed(vanished) : Result<bool>(true);
    if (!believed) return tl::unexpected(believed.error());
    if (!*believed) {
      hold(outcome, vanished.size(), known, silent);
      last.hold = hold_;
      return {};
    }
    // Whoever was read meanwhile kept what was not shown.
    last.read_all = hold_.has_value();
    hold_.reset();
    work_.swept.add(type_);
    for (const std::string& id : vanished) {
      mark_gone(id, last);
      work_.vanished.insert({type_, id});
    }
    // Records of theirs may be left, and make them worth a look each time: it is known then that nobody is there.
    for (const std::string& id : away) work_.vanished.insert({type_, id});
    return {};
  }

  /// Of a patient: nobody was there when they were last looked for, and nothing has told of them since.
  Result<bool> has_left(const std::string& id) {
    if (type_ != ResourceType::patient) return false;
    const auto state = work_.store.patient({id});
    if (!state) return tl::unexpected(state.error());
    return state->departed && !state->known;
  }

  /// A type that has shown it for so long is believed: with the last look before it would be too stale to count as read. Not while records
  /// that it does not show are given by their ids: then it is its searches that are ill.
  Result<bool> is_believed(const std::vector<std::string>& vanished) {
    if (!before_.hold || work_.started.ms - before_.hold->since.ms < work_.settings.stale_after.count() - kLookAgain) return false;
    Arena arena;
    for (std::size_t i = 0; i < std::min(vanished.size(), kMostGoneAsked); ++i) {
      const auto standing = work_.source.ask_for({type_, vanished[i]}, {}, arena);
      if (!standing && of_state(standing.error())) return tl::unexpected(standing.error());
      if (!standing || standing->given) return false;
    }
    return true;
  }

  /// By the same plan, so that as many records are to be expected; an export, which goes by none, shows what a search does.
  [[nodiscard]] bool as_before(const TypeOutcome& outcome) const {
    return before_.how == outcome.how || before_.how.empty() || outcome.how.empty();
  }

  [[nodiscard]] bool screened(const std::string& id) const { return type_ != ResourceType::patient || work_.screens({id}); }

  /// Too much is missing to be believed: nothing is taken back, here or from the chart of whoever is read meanwhile.
  void hold(TypeOutcome& outcome, std::size_t vanished, std::size_t known, bool silent) {
    std::string what = silent && vanished == 0
                           ? "no record at all is shown, where " + std::to_string(*before_.rows) + " were before"
                           : std::to_string(vanished) + " of " + std::to_string(known) + " known records are no longer shown";
    outcome = {Reading::incomplete, what.append(kNothingTaken), false, false};
    hold_ = Hold{before_.hold ? before_.hold->since : work_.started, work_.started,
                 before_.hold ? before_.hold->missing : static_cast<std::int64_t>(vanished)};
  }

  /// The same words, unless another trouble has come between.
  [[nodiscard]] std::string still_held() const {
    if (before_.error.ends_with(kNothingTaken)) return before_.error;
    const auto missing = static_cast<std::size_t>(hold_->missing);
    return (missing == 0 ? std::string("no record at all was shown") : "what is no longer shown: " + records(missing))
        .append(kNothingTaken);
  }

  /// What is read whole up to a moment need not be read again when the rest fails. A sweep shows what is older than the watermark.
  Result<void> keep_part(Instant until) {
    if (!latest_ || hold_ || nobodys_ > 0) return {};
    const Instant reached = std::min(*latest_, until);
    if (before_.watermark && reached <= *before_.watermark) return {};
    PageStep part;
    part.type = type_;
    part.at = work_.started;
    // What was deleted since then is not asked for again once the watermark has moved.
    TypeOutcome deletions;
    if (before_.watermark) follow_deletions(part, deletions);
    if (deletions.reading != Reading::whole) return {};
    // What names something that a later part shows costs a reading; what is named by a part that is not shown again must not be lost.
    if (auto settled = settle(part, shown_ids_.shown()); !settled) return settled;
    part.state = before_;
    part.state->type = type_;
    part.state->watermark = reached;
    if (!before_.ever_read) part.state->reading = Reading::incomplete;
    if (!before_.ever_read) part.state->error = "it is being read in parts";
    return work_.store.commit(part);
  }

  Result<void> settle(PageStep& step, std::unordered_set<std::string> shown) {
    step.seen.insert(step.seen.end(), std::make_move_iterator(late_seen_.begin()), std::make_move_iterator(late_seen_.end()));
    late_seen_.clear();
    return named_.settle(step, std::move(shown));
  }

  Result<void> finish(PageStep& last, const TypeOutcome& outcome, bool all) {
    TypeState state;
    state.type = type_;
    state.ever_read = true;
    state.reading = outcome.reading;
    state.error = outcome.error;
    state.hold = hold_;
    // No record can have been written after the source began to answer; and what it wrote meanwhile must be asked for again.
    state.watermark = outcome.undated ? before_.watermark : latest_;
    const Instant as_of = outcome.as_of.value_or(work_.source_time());
    if (state.watermark && as_of < *state.watermark) state.watermark = as_of;
    state.whole_at = hold_ ? before_.whole_at : work_.started;
    state.how = outcome.how;
    state.rows =
        before_.rows ? std::optional(std::max<std::int64_t>(0, *before_.rows - static_cast<std::int64_t>(deleted_.size()))) : std::nullopt;
    if (all) state.rows = static_cast<std::int64_t>(shown_);
    if (!all && !as_before(outcome)) state.rows.reset();
    last.state = state;
    last.at = work_.started;
    if (sweep_) last.forget_flawed_before = work_.started;
    // Whoever was read while it was refused lacks it, and nothing else would tell.
    last.read_all = last.read_all || (before_.ever_read && before_.reading == Reading::not_granted);
    // Reports that are not granted count as not kept.
    if (type_ == ResourceType::diagnostic_report && before_.reading == Reading::unsupported && before_.watermark) last.read_all = true;
    // Whoever was read under a warning may lack something, and no search would show it again.
    last.read_since = before_.warned_since;
    // What a source shows each time is known each time.
    if (state.watermark && !outcome.all) last.forget_seen_before = Instant{state.watermark->ms - work_.settings.overlap.count()};
    return work_.store.commit(last);
  }

  void tell_unread() {
    if (patientless_ > 0)
      work_.report.problems.push_back(std::string(fhir::name_of(type_)) + ": " + records(patientless_) +
                                      (patientless_ == 1 ? " names" : " name") + std::string(kNamesNobody));
    if (unread_ == 0) return;
    work_.report.unread_records += unread_;
    work_.report.problems.push_back(std::string(fhir::name_of(type_)) + ": " + records(unread_) +
                                    " could not be read; for the patients concerned the type counts as incomplete");
  }

  void tell_incomplete(const TypeOutcome& outcome) {
    work_.report.problems.push_back(std::string(fhir::name_of(type_)) + " was not read whole: " + outcome.error);
  }

  Result<void> give_up(const PageStep& last, const TypeOutcome& outcome) {
    if (auto kept = work_.store.commit(last); !kept) return kept;
    if (outcome.reading != Reading::unsupported) tell_incomplete(outcome);
    return work_.store.note_failure(type_, outcome, work_.started);
  }

  CycleWork& work_;
  ResourceType type_;
  TypeState before_;
  const bool reconciles_;  ///< everything is compared, as an operator has set; a type without times is swept at each poll
  bool sweep_;
  std::optional<Instant> since_;
  std::optional<Hold> hold_;  ///< as it will be after this poll
  std::optional<Instant> latest_;
  std::optional<Instant> followed_;  ///< the source's time when it was last asked for deletions in this poll
  Placing placing_;
  NamedObservations named_;
  ReportOwners owners_;
  std::size_t nobodys_ = 0;      ///< in all that the source showed
  std::size_t unread_ = 0;       ///< of what was new
  std::size_t patientless_ = 0;  ///< of what was new: sound, and of nobody
  std::size_t shown_ = 0;        ///< records, in all
  ShownIds shown_ids_;
  std::unordered_set<std::string> deleted_;
  std::vector<Seen> late_seen_;
};

/// It stays as it is for now.
Result<void> put_off(CycleWork& work, ResourceType type, const TypeState& before) {
  const TypeOutcome outcome{Reading::incomplete, "it is to be read from its beginning, which waits until ehr.quiet_hours are over", false,
                            false};
  work.report.types[type] = outcome;
  work.report.put_off = true;
  work.report.problems.push_back(std::string(fhir::name_of(type)) + " was not read whole: " + outcome.error);
  // Reports that were never asked for blind nobody.
  const bool kept = before.ever_read || type == ResourceType::diagnostic_report;
  return kept ? Result<void>() : work.store.note_failure(type, outcome, work.started);
}

/// The polls of a cycle: which are under way, and which may begin.
class Polls {
 public:
  Polls(CycleWork& work, std::vector<TypeState> states, bool sweep, const TypeSet& entering)
      : work_(work), states_(std::move(states)), sweep_(sweep), order_(work.source.types(), states_, entering), waiting_(order_.types()) {}

  Result<void> run() {
    auto read = work_.source.read_types([this] { return next(); });
    return failed_ ? read : failed_;
  }

  /// Types that answered, or do not exist there.
  [[nodiscard]] std::size_t reached() const { return reached_; }
  [[nodiscard]] bool any_left() const { return !waiting_.empty() || !under_way_.empty(); }

 private:
  std::optional<TypeReading> next() {
    while (failed_ && !work_.stop.stop_requested()) {
      const auto first = std::find_if(waiting_.begin(), waiting_.end(), [this](ResourceType type) { return may_begin(type); });
      if (first == waiting_.end()) return std::nullopt;
      const ResourceType type = *first;
      waiting_.erase(first);
      TypeState before;
      for (const TypeState& state : states_)
        if (state.type == type) before = state;
      if (!work_.source_rests || !is_heavy(before)) return begin(type, before);
      failed_ = put_off(work_, type, before);
      ++reached_;
    }
    return std::nullopt;
  }

  TypeReading begin(ResourceType type, const TypeState& before) {
    TypePoll& poll = under_way_.emplace_back(work_, type, before, sweep_);
    work_.progress.types.push_back(type);
    TypeReading reading = poll.begin();
    reading.on_end = [this, &poll](TypeOutcome outcome) { return end(poll, std::move(outcome)); };
    return reading;
  }

  Result<void> end(TypePoll& poll, TypeOutcome outcome) {
    const ResourceType type = poll.type();
    // What was cut off because we are to stop says nothing of the source.
    if (work_.stop.stop_requested() && outcome.reading == Reading::incomplete) return fail(ErrorCode::internal, "stopped");
    if (auto ended = poll.end(std::move(outcome)); !ended) return ended;
    const Reading reading = work_.report.types[type].reading;
    // Without reports a server may do in peace: that says nothing of whether it answers.
    if (type != ResourceType::diagnostic_report) reached_ += reading == Reading::whole || reading == Reading::unsupported;
    work_.progress.done -= poll.shown();
    std::erase(work_.progress.types, type);
    under_way_.remove_if([&](const TypePoll& other) { return &other == &poll; });
    return {};
  }

  [[nodiscard]] bool may_begin(ResourceType type) const {
    const auto waits_for = [&](ResourceType other) { return order_.must_follow(type, other); };
    const auto first = std::find(waiting_.begin(), waiting_.end(), type);
    return std::none_of(waiting_.begin(), first, waits_for) &&
           std::none_of(under_way_.begin(), under_way_.end(), [&](const TypePoll& poll) { return waits_for(poll.type()); });
  }

  CycleWork& work_;
  const std::vector<TypeState> states_;
  const bool sweep_;
  const TypeOrder order_;
  std::vector<ResourceType> waiting_;
  std::list<TypePoll> under_way_;
  Result<void> failed_;  ///< of what no poll was begun for
  std::size_t reached_ = 0;
};

}  // namespace

Result<void> poll_types(CycleWork& work, bool sweep) {
  const auto states = work.store.type_states();
  if (!states) return tl::unexpected(states.error());
  const bool first_load = std::none_of(states->begin(), states->end(), [](const TypeState& state) { return state.whole_at.has_value(); });
  if (work.source_rests) {
    work.report.put_off = std::exchange(sweep, false);
    work.source.begin_lightly();
  } else {
    sweep = work.report.swept = work.source.begin_reading(sweep, first_load);
  }
  TypeSet entering;
  for (const auto& screener : work.settings.screeners) entering.merge(entry_types(*screener));
  work.progress = {first_load};
  Polls polls(work, *states, sweep, entering);
  auto polled = polls.run();
  if (work.stop.stop_requested() && (!polled || polls.any_left())) {
    work.report.swept = false;
    return {};
  }
  if (!polled) return polled;
  work.source.end_reading();
  if (polls.reached() == 0) work.report.unreachable = work.source_down = true;
  return {};
}

}  // namespace trialflag::screening
