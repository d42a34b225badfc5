// The second part of a cycle: whoever is pending is read whole, or taken from the store, and screened; one step a patient.
#include <algorithm>
#include <set>
#include <utility>

#include "agent/eligibility/trial.h"
#include "agent/screening/arbitration.h"
#include "agent/screening/arrivals.h"
#include "agent/screening/carry_over.h"
#include "agent/screening/chart_blob.h"
#include "agent/screening/cycle_parts.h"
#include "agent/screening/distrust.h"
#include "agent/screening/entry.h"
#include "agent/screening/facts_blob.h"
#include "agent/screening/links.h"

namespace trialflag::screening {
namespace {

using eligibility::PatientVerdict;
using eligibility::Status;

constexpr int kMostTries = 5;

/// So often one patient is looked at in a cycle because others' links changed: more only a circle asks for.
constexpr int kMostLooks = 20;

/// The chart of a patient, from the source or the store, and what must be kept of how it was come by.
struct Drawn {
  Arena arena;
  std::optional<Chart> chart;        ///< none: all that is asked is what it says to each trial, and that was kept
  std::vector<KeptFacts> facts;      ///< one a screener, when there is no chart
  std::optional<StoredChart> fresh;  ///< set when it was read from the source, or something had arrived
  std::string bytes;
  bool retry = false;
};

std::vector<ResourceKey> keys_of(const Chart& chart) {
  std::vector<ResourceKey> keys;
  for (const auto* records : {&chart.records, &chart.medications})
    for (const fhir::Record& record : *records)
      if (!record.id.empty()) keys.push_back({record.type, std::string(record.id)});
  return keys;
}

/// Why a verdict that would be told is told to nobody; empty: nothing stands against it.
std::string suppressed(const Screener& screener, const PatientVerdict& verdict, const LedgerContext& context, const Prior& prior) {
  const bool candidate = verdict.status == Status::potentially_eligible || verdict.status == Status::needs_review;
  if (candidate && context.opted_out) return "do_not_contact";
  const bool over = prior.flag && ended(prior.flag->state);
  if (candidate && !over && !context.closed.empty()) return context.closed == kTrialFull ? "trial_full" : "trial_closed";
  if (candidate && context.gated && !prior.agreed) return "treating_physician";
  if (candidate && !context.rival.empty()) return context.rival;
  const bool declined = prior.flag && prior.flag->state == FlagState::declined;
  return !declined && refuses_research(screener, verdict) ? "research_refused" : "";
}

/// What a trial says to the patient, before the others have been heard.
struct Judged {
  std::size_t at = 0;  ///< of the screeners
  Prior prior;
  PatientVerdict verdict;
  std::string record;
  VerdictRow row;
  bool sends = true, declined = false, deceased = false;
};

/// One patient's step in the making.
class PatientWork {
 public:
  PatientWork(CycleWork& work, PatientId patient) : work_(work), now_(work.clock.now()) { step_.patient = std::move(patient); }

  /// Whether it could be done; false: the patient stays pending.
  Result<bool> run(Pending pending) {
    if (!work_.screens(step_.patient)) return leave_roster();
    Drawn drawn;
    if (pending == Pending::screen) {
      const auto stored = draw_from_store(drawn);
      if (!stored) return tl::unexpected(stored.error());
      if (!*stored) pending = Pending::read;
    }
    if (pending == Pending::read) {
      if (work_.together) {
        work_.unstored.push_back(step_.patient);
        return true;
      }
      if (work_.source_down) return false;
      const auto read = draw_from_source(drawn);
      if (!read || !*read) return read;
      if (step_.gone) return commit();
    }
    return screen(drawn);
  }

  /// Whose records became more or fewer by the step: under whom the patient lives on, or no longer does.
  [[nodiscard]] std::vector<PatientId> others() const {
    std::vector<PatientId> others;
    for (const auto& other : {step_.unmerged_from, step_.merged_into})
      if (other) others.push_back(*other);
    others.insert(others.end(), released_.begin(), released_.end());
    return others;
  }

  /// Whose record is silent and whose survivor says that it takes its place.
  Result<bool> file_under(const PatientId& survivor) {
    const auto left = leave(survivor);
    return left ? commit() : left;
  }

 private:
  /// False: there is no chart, or it cannot be read any more, or what has arrived asks for a whole reading.
  Result<bool> draw_from_store(Drawn& drawn) {
    auto bytes = work_.store.chart(step_.patient);
    if (!bytes) return tl::unexpected(bytes.error());
    if (!*bytes) return false;
    drawn.bytes = std::move(**bytes);
    const auto arrivals = work_.store.arrivals(step_.patient);
    if (!arrivals) return tl::unexpected(arrivals.error());
    if (arrivals->empty()) {
      const auto kept = draw_facts(drawn);
      if (!kept || *kept) return kept;
    }
    auto chart = decode_chart(drawn.bytes, drawn.arena);
    if (!chart) return false;
    drawn.chart = std::move(*chart);
    if (arrivals->empty()) return true;
    if (!enter_all(*drawn.chart, *arrivals, drawn.arena, work_.misdated)) {
      drawn.chart.reset();
      return false;
    }
    drawn.bytes = encode_chart(*drawn.chart);
    drawn.fresh = StoredChart{drawn.bytes, keys_of(*drawn.chart), std::nullopt, {}, awaited_medications(*drawn.chart)};
    return true;
  }

  /// True when what the stored chart says to every trial was kept, under the mapping that is in force.
  Result<bool> draw_facts(Drawn& drawn) {
    for (const auto& screener : work_.settings.screeners) {
      auto kept = work_.store.facts({trial_id(*screener)}, step_.patient);
      if (!kept) return tl::unexpected(kept.error());
      if (!*kept || (*kept)->mapped_under != screener->mapped_under()) return false;
      if (!work_.stored.decode((*kept)->bytes.judged, (*kept)->bytes.told, screener->tables().concept_count())) return false;
      drawn.facts.push_back(std::move(**kept));
    }
    return true;
  }

  Result<bool> draw_from_source(Drawn& drawn) {
    const auto aliases = work_.store.aliases(step_.patient);
    if (!aliases) return tl::unexpected(aliases.error());
    auto whole = work_.source.read(step_.patient, *aliases, drawn.arena);
    if (whole) {
      const auto filed = file_replaced(*whole, drawn.arena);
      if (!filed) return filed.error().code == ErrorCode::conflict ? filed : read_failed(filed.error());
      if (*filed) return draw_from_source(drawn);
      if (auto kept = keep_filed(*aliases, *whole, drawn.arena); !kept) return read_failed(kept.error());
    }
    if (!whole && (whole.error().code == ErrorCode::not_found || whole.error().code == ErrorCode::conflict)) {
      const auto gone = is_gone(whole.error().code == ErrorCode::not_found);
      if (!gone) return tl::unexpected(gone.error());
      if (*gone) return leave({});
    }
    if (!whole) return read_failed(whole.error());
    ++work_.report.read;
    work_.failed_in_a_row = 0;
    const auto survives = is_survived(whole->merged_into, drawn);
    if (!survives) return read_failed(survives.error());
    if (*survives) return leave(whole->merged_into);
    // A record that leads nowhere is replaced by nothing (criteria.md 1.4). One in a circle is.
    const bool nowhere = whole->merged_into.value.empty() || !survivor_on_file_;
    step_.awaited = nowhere ? whole->merged_into : PatientId();
    if (nowhere && !whole->chart.patient.links.empty())
      whole->chart.patient.links = drawn.arena.copy(without_survivors(whole->chart.patient));
    if (auto distrusted = distrust(work_, step_.patient, *aliases, *whole, drawn.arena); !distrusted)
      return read_failed(distrusted.error());
    if (!whole->error.empty()) work_.report.problems.push_back("a patient could not be read whole: " + whole->error);
    drawn.retry = !whole->retry.without(work_.held).none();
    step_.doubted = !whole->doubted.without(work_.held).none() || !whole->refused.none();
    drawn.chart = std::move(whole->chart);
    if (!whole->retry.none()) {
      if (auto carried = carry_over(drawn, *whole); !carried) return tl::unexpected(carried.error());
    }
    drawn.bytes = encode_chart(*drawn.chart);
    drawn.fresh = StoredChart{
        drawn.bytes, keys_of(*drawn.chart), now_, std::move(whole->unread), awaited_medications(*drawn.chart), std::move(whole->members)};
    return true;
  }

  /// Whether a Patient is gone who is not there under their id. `searched`: no search for it shows them either; else it told nothing, and
  /// a gateway may say of any address that there is nothing. Those whom a poll shows all the same are doubted, until a reading or a later
  /// sweep tells.
  Result<bool> is_gone(bool searched) {
    const ResourceKey key{fhir::ResourceType::patient, step_.patient.value};
    if (work_.told_gone.contains({key.type, key.id})) return true;
    const bool swept = work_.swept.has(key.type);
    if (swept && work_.vanished.contains({key.type, key.id})) return true;
    if (work_.is_held(key) || !searched) return false;
    if (!swept && !work_.shown_patients.contains(key.id)) {
      const auto doubted = work_.store.is_doubted(step_.patient);
      return doubted ? Result<bool>(!*doubted) : doubted;
    }
    const auto kept = work_.store.doubt(step_.patient, now_);
    return kept ? Result<bool>(false) : tl::unexpected(kept.error());
  }

  Result<bool> read_failed(const Error& error) {
    if (of_state(error)) return tl::unexpected(error);
    work_.report.problems.push_back("a patient could not be read: " + error.message);
    ++work_.failed_in_a_row;
    work_.failed.insert(step_.patient.value);
    if (auto put = work_.store.put_last(step_.patient, now_); !put) return tl::unexpected(put.error());
    return false;
  }

  /// Whether the patient lives on under the record that theirs names: one that is on file, and not this very one at the end of a circle.
  /// Notes also whom the patient was filed under before, if that is over.
  Result<bool> is_survived(const PatientId& named, Drawn& drawn) {
    const auto self = work_.store.patient(step_.patient);
    if (!self) return tl::unexpected(self.error());
    PatientId last;
    bool on_file = named == step_.patient;
    if (!named.value.empty() && named != step_.patient) {
      const auto state = work_.store.patient(named);
      if (!state) return tl::unexpected(state.error());
      last = state->merged_into.value.empty() ? named : state->merged_into;
      on_file = (state->known && !state->unread && !state->departed) || !state->merged_into.value.empty();
      if (!on_file) {
        // Nobody has asked for that record yet: it may lie outside the roster, or be known by records alone that have outlived it.
        const auto other = work_.source.read(named, {}, drawn.arena);
        const bool gone = !other && other.error().code == ErrorCode::not_found;
        if (!other && !gone && !state->known) return tl::unexpected(other.error());
        on_file = !gone;
      }
    }
    survivor_on_file_ = on_file;
    const bool survived = on_file && named != step_.patient && last != step_.patient;
    if (survived && work_.screens(step_.patient)) work_.members.insert({named.value, last.value});
    const bool was_filed = !self->merged_into.value.empty();
    // In a circle of merges the chain that is kept ends with the one whose step comes last.
    if (was_filed && self->merged_into != step_.patient && !(survived && last == self->merged_into))
      step_.unmerged_from = self->merged_into;
    return survived;
  }

  /// Files those under the patient whose place the record says that it takes: who is on file, is filed under nobody, and is not the one
  /// that this record is filed under. Whether there was any.
  Result<bool> file_replaced(const WholePatient& whole, Arena& arena) {
    bool any = false;
    const auto self = work_.store.patient(step_.patient);
    if (!self) return tl::unexpected(self.error());
    for (const PatientId& other : replaced_in(whole.chart.patient)) {
      if (other == step_.patient || other == self->merged_into || other == whole.merged_into || !asked_.insert(other.value).second)
        continue;
      const auto state = work_.store.patient(other);
      if (!state) return tl::unexpected(state.error());
      if (!state->merged_into.value.empty()) continue;
      if (!whole.merged_into.value.empty()) {
        const auto survivor = work_.store.patient(whole.merged_into);
        if (!survivor) return tl::unexpected(survivor.error());
        if (survivor->merged_into == other) continue;
      }
      if (!state->known) {
        const auto read = work_.source.read(other, {}, arena);
        if (!read && read.error().code == ErrorCode::not_found) continue;
        if (!read && read.error().code == ErrorCode::conflict) return fail(ErrorCode::unavailable, read.error().message);
        if (!read) return tl::unexpected(read.error());
      }
      if (work_.screens(step_.patient)) work_.members.insert(other.value);
      PatientWork filing(work_, other);
      if (const auto filed = filing.file_under(step_.patient); !filed) return filed;
      any = true;
    }
    return any;
  }

  /// A record that is silent stays where it is filed as long as the other one says that it takes its place; so whoever was named before and
  /// is named no longer is read again.
  Result<void> keep_filed(const std::vector<PatientId>& aliases, WholePatient& whole, Arena& arena) {
    if (auto kept = stay_filed(whole, arena); !kept || aliases.empty()) return kept;
    const auto bytes = work_.store.chart(step_.patient);
    if (!bytes) return tl::unexpected(bytes.error());
    const auto former = *bytes ? decode_chart(**bytes, arena) : Result<Chart>(Chart());
    if (!former) return {};
    for (const PatientId& alias : aliases)
      if (takes_place_of(former->patient, alias) && !takes_place_of(whole.chart.patient, alias)) released_.push_back(alias);
    return {};
  }

  Result<void> stay_filed(WholePatient& whole, Arena& arena) {
    const auto self = work_.store.patient(step_.patient);
    if (!self) return tl::unexpected(self.error());
    if (self->merged_into.value.empty() || !whole.merged_into.value.empty()) return {};
    const auto merges = work_.store.merges();
    if (!merges) return tl::unexpected(merges.error());
    const auto under = std::find_if(merges->begin(), merges->end(), [&](const auto& merge) { return merge.first == step_.patient; });
    if (under == merges->end()) return {};
    const auto other = work_.source.read(under->second, {}, arena);
    if (!other && other.error().code != ErrorCode::not_found) return tl::unexpected(other.error());
    if (other && takes_place_of(other->chart.patient, step_.patient)) whole.merged_into = under->second;
    return {};
  }

  /// Nobody watches the patient any more, so nobody must act on a flag that says so: the flag is withdrawn, the chart is kept.
  Result<bool> leave_roster() {
    step_.left_roster = true;
    step_.left_on = today();
    const auto priors = work_.store.priors(step_.patient);
    if (!priors) return tl::unexpected(priors.error());
    for (const Prior& prior : *priors) keep(withdraw(context_of(true), prior, Leaving::off_roster));
    return commit();
  }

  /// A type that was read before and fails now stays as it was, with what has arrived since, until it is read again (or too stale, which
  /// the cycle judges by type).
  Result<void> carry_over(Drawn& drawn, const WholePatient& whole) {
    const auto bytes = work_.store.chart(step_.patient);
    if (!bytes) return tl::unexpected(bytes.error());
    if (!*bytes) return {};
    const auto arrivals = work_.store.arrivals(step_.patient);
    if (!arrivals) return tl::unexpected(arrivals.error());
    auto former = decode_chart(**bytes, drawn.arena);
    if (!former) return {};
    std::erase_if(former->records, [&](const fhir::Record& one) { return work_.told_gone.contains({one.type, std::string(one.id)}); });
    // What has arrived and cannot be entered is missing in what is carried over.
    if (!enter_all(*former, *arrivals, drawn.arena, work_.misdated))
      for (const fhir::ResourceType type : work_.source.types())
        if (whole.retry.has(type)) former->incomplete.add(type);
    carry_over_types(*former, whole, work_.source.types(), *drawn.chart);
    return {};
  }

  /// The patient is no more, or lives on under another record.
  Result<bool> leave(const PatientId& survivor) {
    step_.gone = true;
    step_.left_on = today();
    if (!survivor.value.empty()) step_.merged_into = survivor;
    if (survivor.value.empty()) {  // whoever was filed here stands for themselves
      const auto aliases = work_.store.aliases(step_.patient);
      if (!aliases) return tl::unexpected(aliases.error());
      released_.insert(released_.end(), aliases->begin(), aliases->end());
    }
    const auto priors = work_.store.priors(step_.patient);
    if (!priors) return tl::unexpected(priors.error());
    for (const Prior& prior : *priors) keep(withdraw(context_of(true), prior, step_.merged_into ? Leaving::merged : Leaving::gone));
    return true;
  }

  Result<bool> screen(Drawn& drawn) {
    step_.drop_chart = true;
    if (auto looked = look_for_opt_out(); !looked) return tl::unexpected(looked.error());
    std::vector<Judged> all(work_.sittings.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (auto judged = judge(i, drawn, all[i]); !judged) return tl::unexpected(judged.error());
    }
    const auto rivals = hear_rivals(all);
    if (!rivals) return tl::unexpected(rivals.error());
    for (std::size_t i = 0; i < all.size(); ++i) enter(std::move(all[i]), (*rivals)[i]);
    if (!step_.drop_chart) step_.revisit_at.reset();
    if (auto looked = look_for_visits(drawn); !looked) return tl::unexpected(looked.error());
    step_.chart = std::move(drawn.fresh);
    step_.still_pending = drawn.retry ? Pending::read : Pending::nothing;
    for (const LedgerChange& change : step_.changes)
      if (change.event) step_.snapshot = drawn.bytes;
    ++work_.report.screened;
    return commit();
  }

  /// When somebody with an open flag is next expected: from the chart, and when the source was asked anyway, by one question more.
  Result<void> look_for_visits(const Drawn& drawn) {
    const bool open = std::any_of(step_.changes.begin(), step_.changes.end(),
                                  [](const LedgerChange& change) { return listed(change.flag->status) && !ended(change.flag->state); });
    if (!open || !drawn.chart) return {};
    step_.encounters = planned_encounters(*drawn.chart, now_);
    if (!drawn.fresh || !drawn.fresh->read_at) return {};
    const auto aliases = work_.store.aliases(step_.patient);
    if (!aliases) return tl::unexpected(aliases.error());
    // Whatever goes wrong: what was known stays, and nobody waits for it.
    if (auto told = work_.source.appointments(step_.patient, *aliases, now_)) step_.appointments = to_come(std::move(*told), now_);
    return {};
  }

  /// What the patient's records say to a trial: mapped now, and then to be kept in `row`, or as it was kept. What is judged is always what
  /// stands in the store, so that a later screening of it cannot differ.
  Result<void> take_facts(std::size_t at, const Drawn& drawn, bool declined, VerdictRow& row) {
    const Screener& screener = *work_.settings.screeners[at];
    if (drawn.chart) {
      std::vector<Remark> remarks;
      const eligibility::Facts& mapped = work_.sittings[at].map(*drawn.chart, false, remarks);
      row.facts = KeptFacts{screener.mapped_under(), encode_facts(mapped, mapped.incomplete)};
    }
    const FactBytes& bytes = row.facts ? row.facts->bytes : drawn.facts[at].bytes;
    if (auto read = work_.stored.decode(bytes.judged, bytes.told, screener.tables().concept_count()); !read) return read;
    work_.stored.facts.declined = declined;
    work_.stored.facts.incomplete |= static_cast<std::uint32_t>(work_.blind.to_bits());
    return {};
  }

  Result<void> judge(std::size_t at, const Drawn& drawn, Judged& judged) {
    const Screener& screener = *work_.settings.screeners[at];
    const TrialId trial{trial_id(screener)};
    auto prior = work_.store.prior(trial, step_.patient);
    if (!prior) return tl::unexpected(prior.error());
    judged.at = at;
    judged.prior = std::move(*prior);
    judged.declined = judged.prior.flag && judged.prior.flag->state == FlagState::declined;
    judged.sends = work_.settings.sends && !work_.settings.mute.contains(trial);
    VerdictRow& row = judged.row;
    if (auto taken = take_facts(at, drawn, judged.declined, row); !taken) return taken;
    const eligibility::Facts& facts = work_.stored.facts;
    judged.deceased = facts.person.deceased;
    judged.verdict = work_.sittings[at].evaluate(facts, "Patient/" + step_.patient.value, now_);
    judged.record = work_.settings.write_record(judged.verdict);
    row.trial = trial;
    row.log = log_line(judged.verdict, facts.person, entry_criterion(screener), screener.zone().day_of(now_));
    return {};
  }

  /// For each trial why it stands aside for another conversation with the same human; empty: it does not.
  Result<std::vector<std::string>> hear_rivals(const std::vector<Judged>& all) {
    std::vector<Candidacy> trials;
    bool any = false;
    for (const Judged& judged : all) any = trials.emplace_back(candidacy_of(judged)).stands || any;
    if (!any) return std::vector<std::string>(all.size());
    auto ids = work_.store.aliases(step_.patient);
    if (!ids) return tl::unexpected(ids.error());
    ids->push_back(step_.patient);
    std::vector<Flag> elsewhere;
    for (const PatientId& id : *ids) {
      const auto priors = work_.store.priors(id);
      if (!priors) return tl::unexpected(priors.error());
      for (const Prior& prior : *priors) {
        const bool here = id == step_.patient && std::any_of(trials.begin(), trials.end(),
                                                             [&](const Candidacy& trial) { return trial.trial == prior.flag->trial; });
        if (here) continue;
        elsewhere.push_back(*prior.flag);
        step_.heard.emplace_back(prior.flag->id, prior.flag->events);
      }
    }
    return arbitrate(trials, elsewhere, now_);
  }

  Candidacy candidacy_of(const Judged& judged) const {
    const std::optional<Flag>& flag = judged.prior.flag;
    Candidacy trial;
    trial.trial = judged.row.trial;
    trial.flag = flag ? &*flag : nullptr;
    const bool unknown = judged.verdict.status == Status::not_screened;
    const Status standing = standing_of(flag, judged.verdict);
    trial.stands = (standing == Status::potentially_eligible || standing == Status::needs_review) && !(flag && ended(flag->state));
    if (!trial.stands) return trial;
    const LedgerContext context = context_of(trial.trial, judged.sends);
    const bool announced = flag && flag->announced;
    const FlagStatus status = unknown ? flag->status : status_of(standing);
    const Telling telling = telling_of(work_, trial.trial, judged.sends);
    const bool wanted = status == FlagStatus::potentially_eligible ? telling.of_eligible : telling.of_review;
    const bool heard = !judged.prior.told.empty() || wanted;
    trial.closed = !context.closed.empty();
    trial.can_tell = context.sends && heard && !trial.closed && !context.opted_out && (!context.gated || judged.prior.agreed) &&
                     (announced || !(unknown || blind(judged.verdict)));
    trial.stays = unknown && announced;
    if (const auto rules = work_.settings.rules.find(trial.trial); rules != work_.settings.rules.end())
      trial.priority = rules->second.priority;
    return trial;
  }

  /// What was judged becomes a row, and what it does to the flag.
  void enter(Judged judged, const std::string& rival) {
    const Screener& screener = *work_.settings.screeners[judged.at];
    LedgerContext context = context_of(judged.row.trial, judged.sends);
    context.rival = rival;
    VerdictRow& row = judged.row;
    row.status = eligibility::name_of(judged.verdict.status);
    row.screened_under =
        screened_under(screener, work_.blind, telling_of(work_, judged.row.trial, judged.sends)) + (judged.declined ? "+declined" : "");
    row.suppressed = suppressed(screener, judged.verdict, context, judged.prior);
    row.revisit_at = judged.verdict.revisit_at;
    row.record = judged.record;
    step_.verdicts.push_back(std::move(row));
    if (judged.verdict.status == Status::not_a_candidate) {
      keep_entry(screener, judged.verdict);
    } else {
      step_.drop_chart = false;
      step_.candidate = true;
    }
    LedgerChange change = decide(context, judged.prior, judged.verdict, step_.patient, judged.record, judged.deceased);
    if (change.event) {
      change.event->trial_file = screener.trial().file_hash;
      change.event->zone = screener.zone().name();
      change.event->blind = static_cast<std::uint32_t>(work_.blind.to_bits());
      change.event->declined = judged.declined;
    }
    step_.at = now_;
    step_.deceased = step_.deceased || judged.deceased;
    // What leaves the flag as it is must not be judged by a state that a person changes meanwhile.
    if (!change.flag && judged.prior.flag) step_.heard.emplace_back(judged.prior.flag->id, judged.prior.flag->events);
    keep(std::move(change));
  }

  /// Of no candidate the moment is kept at which the entry criterion may come to hold by itself; and whether it holds, or may, so that the
  /// Patient alone stands against it (a death, a record that is not active) and can bring them back.
  void keep_entry(const Screener& screener, const PatientVerdict& verdict) {
    const std::string entry = entry_criterion(screener);
    for (const auto& criterion : verdict.criteria) {
      if (criterion.id != entry) continue;
      step_.candidate = step_.candidate || criterion.holds != eligibility::Truth::no;
      if (!criterion.revisit_at) continue;
      if (!step_.revisit_at || *criterion.revisit_at < *step_.revisit_at) step_.revisit_at = criterion.revisit_at;
    }
  }

  Day today() const {
    const auto& screeners = work_.settings.screeners;
    return screeners.empty() ? Zone::utc().day_of(now_) : screeners.front()->zone().day_of(now_);
  }

  LedgerContext context_of(bool sends) const { return {work_.settings.site, now_, sends, work_.settings.recipients}; }
  LedgerContext context_of(const TrialId& trial, bool sends) const {
    LedgerContext context = context_of(sends);
    if (const auto closed = work_.closed.find(trial); closed != work_.closed.end()) context.closed = closed->second;
    if (const auto rules = work_.settings.rules.find(trial); rules != work_.settings.rules.end()) context.gated = rules->second.gated;
    context.opted_out = opted_out_;
    return context;
  }

  /// Whether the patient, or who is filed under this record now, must not be approached.
  Result<void> look_for_opt_out() {
    if (work_.opt_outs.empty()) return {};
    const auto aliases = work_.store.aliases(step_.patient);
    if (!aliases) return tl::unexpected(aliases.error());
    opted_out_ = work_.opt_outs.contains(step_.patient.value);
    for (const PatientId& alias : *aliases) opted_out_ = opted_out_ || work_.opt_outs.contains(alias.value);
    return {};
  }

  void keep(LedgerChange change) {
    step_.led_on.insert(step_.led_on.end(), change.led_on.begin(), change.led_on.end());
    step_.fallen.insert(step_.fallen.end(), change.fallen.begin(), change.fallen.end());
    step_.at = now_;
    if (!change.flag) return;
    step_.changes.push_back(std::move(change));
  }

  Result<bool> commit() {
    if (auto done = work_.store.commit(step_); !done) return tl::unexpected(done.error());
    for (const LedgerChange& change : step_.changes) {
      if (!change.event) continue;
      const std::string& kind = change.event->kind;
      ++(kind == "opened" || kind == "reopened" ? work_.report.opened : kind == "changed" ? work_.report.changed : work_.report.fell);
    }
    return true;
  }

  CycleWork& work_;
  Instant now_;
  PatientStep step_;
  bool opted_out_ = false;
  std::set<std::string> asked_;      ///< whom the record replaces, as far as they were looked for
  bool survivor_on_file_ = false;    ///< the record that the patient's names
  std::vector<PatientId> released_;  ///< whom it replaces no longer
};

}  // namespace

Result<bool> work_off(CycleWork& work, const ScreeningStore::Todo& todo) {
  for (int attempt = 0; attempt < kMostTries; ++attempt) {
    PatientWork patient(work, todo.patient);
    auto done = patient.run(todo.pending);
    if (done && *done) {
      for (const PatientId& other : patient.others()) {
        if (++work.looked_at[other.value] > kMostLooks) {
          work.report.problems.push_back(
              "the links between some patients' records lead in circles; they are followed again in the next cycle");
          continue;
        }
        const auto also = work_off(work, ScreeningStore::Todo{other, Pending::read});
        if (!also || !*also) return also;
      }
    }
    // A person acted on the flag between reading and writing it: look again.
    if (!done && done.error().code == ErrorCode::conflict) continue;
    return done;
  }
  return false;
}

}  // namespace trialflag::screening
