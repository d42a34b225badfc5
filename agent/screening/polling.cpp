// The first part of a cycle: which patients did the source touch? Each page becomes one step; a type's watermark moves with its end alone.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "agent/screening/cycle_parts.h"
#include "agent/screening/entry.h"
#include "fhir/decode.h"

namespace trialflag::screening {
namespace {

using fhir::ResourceType;

PatientId subject_of(const fhir::Record& record) {
  const auto target = fhir::target_of(record.subject.target);
  if (!target || target->type != "Patient") return {};
  return {std::string(target->id)};
}

bool replaced(const fhir::Patient& patient) {
  return std::any_of(patient.links.begin(), patient.links.end(), [](const fhir::PatientLink& link) { return link.type == "replaced-by"; });
}

/// The mass-vanish brake: a server that suddenly shows nothing is more likely ill than empty.
bool implausible(std::size_t vanished, std::size_t known) {
  return vanished == known || (vanished > 20 && vanished * 20 > known);
}

/// Nobody can tell whose this is, so everybody may lack it. Whom a Medication concerns is told by those who refer to its id.
bool is_nobodys(const Touched& touched) {
  if (touched.patient != nullptr) return touched.patient->id.empty();
  if (touched.record->type == ResourceType::medication) return touched.record->id.empty();
  return touched.record->subject.target.empty();
}

std::string records(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " record" : " records");
}

/// Polls one type.
class TypePoll {
 public:
  TypePoll(CycleWork& work, ResourceType type, TypeState before, bool sweep)
      : work_(work), type_(type), before_(std::move(before)), sweep_(sweep) {}

  Result<void> run() {
    std::optional<Instant> since;
    if (before_.watermark && !sweep_) since = Instant{before_.watermark->ms - work_.settings.overlap.count()};
    // A type without times is read anew each time: whoever reads all there is also sees what is gone.
    sweep_ = sweep_ || (!since && before_.whole_at);
    latest_ = before_.watermark;
    auto outcome = work_.source.changed(type_, since, [this](std::span<const Touched> page) { return take(page); });
    if (!outcome) return tl::unexpected(outcome.error());
    PageStep last;
    last.type = type_;
    if (outcome->reading == Reading::whole && since) follow_deletions(*since, last, *outcome);
    if (outcome->reading == Reading::whole && sweep_) {
      if (auto swept = sweep(last, *outcome); !swept) return swept;
    }
    if (outcome->reading == Reading::whole && nobodys_ > 0)
      *outcome = {Reading::incomplete, records(nobodys_) + " could not be read or placed, and whose is not told", false, false};
    work_.report.types[type_] = *outcome;
    tell_unread();
    return outcome->reading == Reading::whole ? finish(last) : give_up(last, *outcome);
  }

 private:
  Result<void> take(std::span<const Touched> page) {
    if (work_.stop.stop_requested()) return fail(ErrorCode::internal, "stopped");
    PageStep step;
    step.type = type_;
    std::map<PatientId, Chart> strangers;
    for (const Touched& touched : page) {
      note(touched);
      const auto seen = work_.store.was_seen(type_, touched.fingerprint);
      if (!seen) return tl::unexpected(seen.error());
      if (*seen) continue;
      ++work_.report.touched;
      ++work_.report.touched_by_type[type_];
      if (!touched.readable && !is_nobodys(touched)) ++unread_;
      step.seen.push_back({touched.fingerprint, touched.updated});
      const auto placed = touched.patient != nullptr ? place_patient(touched, step) : place_record(touched, step, strangers);
      if (!placed) return placed;
    }
    judge_strangers(strangers, step);
    return work_.store.commit(step);
  }

  /// Remembers how far the source has come, and for a sweep what it still has.
  void note(const Touched& touched) {
    // A time in the future would blind the polls to come.
    if (touched.updated && *touched.updated <= work_.started && (!latest_ || *latest_ < *touched.updated)) latest_ = touched.updated;
    if (is_nobodys(touched)) ++nobodys_;
    if (sweep_) present_.insert(std::string(touched.patient != nullptr ? touched.patient->id : touched.record->id));
  }

  Result<void> place_patient(const Touched& touched, PageStep& step) {
    const fhir::Patient& patient = *touched.patient;
    const PatientId id{std::string(patient.id)};
    if (id.value.empty()) return {};
    const auto state = work_.store.patient(id);
    if (!state) return tl::unexpected(state.error());
    if (!state->merged_into.value.empty()) return {};
    // Of somebody who never was a candidate nothing on the Patient can make one: the entry criterion is in other records.
    if (replaced(patient)) work_.merged.push_back(id);
    const bool read = state->candidate || replaced(patient) || !touched.readable;
    step.patients.push_back({id, read ? Pending::read : Pending::nothing, std::nullopt});
    return {};
  }

  Result<void> place_record(const Touched& touched, PageStep& step, std::map<PatientId, Chart>& strangers) {
    if (auto marked = mark_holders({type_, std::string(touched.record->id)}, step); !marked) return marked;
    PatientId id = subject_of(*touched.record);
    if (id.value.empty()) return {};
    const auto state = work_.store.patient(id);
    if (!state) return tl::unexpected(state.error());
    if (!state->merged_into.value.empty()) {
      step.patients.push_back({state->merged_into, Pending::read, std::nullopt});
    } else if (state->charted || !touched.readable) {
      step.patients.push_back({id, Pending::read, std::nullopt});
    } else {
      strangers[id].records.push_back(*touched.record);
    }
    return {};
  }

  /// Whose chart holds it must be read again, also when it now names somebody else.
  Result<void> mark_holders(const ResourceKey& key, PageStep& step) {
    const auto holders = work_.store.patients_of(key);
    if (!holders) return tl::unexpected(holders.error());
    for (const PatientId& holder : *holders) step.patients.push_back({holder, Pending::read, std::nullopt});
    return {};
  }

  /// Nothing but the id is kept of somebody who is no candidate, so only what this page says can make them one.
  void judge_strangers(std::map<PatientId, Chart>& strangers, PageStep& step) {
    for (auto& [id, chart] : strangers) {
      chart.reference = "Patient/" + id.value;
      chart.patient.id = id.value;
      PatientMark mark{id, Pending::nothing, std::nullopt};
      for (const auto& screener : work_.settings.screeners) {
        const EntryLook look = look_at_entry(*screener, chart, work_.started);
        if (look.in_doubt) mark.pending = Pending::read;
        if (look.revisit_at && (!mark.revisit_at || *look.revisit_at < *mark.revisit_at)) mark.revisit_at = look.revisit_at;
      }
      step.patients.push_back(std::move(mark));
    }
  }

  void follow_deletions(Instant since, PageStep& last, TypeOutcome& outcome) {
    const auto deleted = work_.source.deleted(type_, since);
    if (!deleted) {
      if (deleted.error().code != ErrorCode::not_found)
        outcome = {Reading::incomplete, "deletions: " + deleted.error().message, false, false};
      return;
    }
    for (const std::string& id : *deleted) mark_gone(id, last);
  }

  void mark_gone(const std::string& id, PageStep& last) {
    if (type_ != ResourceType::patient) return void(mark_holders({type_, id}, last));
    const auto state = work_.store.patient({id});
    if (state && state->known) last.patients.push_back({{id}, Pending::read, std::nullopt});
  }

  Result<void> sweep(PageStep& last, TypeOutcome& outcome) {
    const auto known = work_.store.ids_of(type_);
    if (!known) return tl::unexpected(known.error());
    std::vector<std::string> vanished;
    for (const std::string& id : *known)
      if (!present_.contains(id)) vanished.push_back(id);
    if (vanished.empty()) return {};
    if (implausible(vanished.size(), known->size())) {
      outcome = {
          Reading::incomplete,
          std::to_string(vanished.size()) + " of " + std::to_string(known->size()) +
              " known records are no longer shown; nothing is taken back for that until a later sweep shows them or fewer are missing",
          false, false};
      return {};
    }
    for (const std::string& id : vanished) mark_gone(id, last);
    return {};
  }

  Result<void> finish(PageStep& last) {
    TypeState state;
    state.type = type_;
    state.ever_read = true;
    state.reading = Reading::whole;
    state.watermark = latest_;
    state.whole_at = work_.started;
    last.state = state;
    if (latest_) last.forget_seen_before = Instant{latest_->ms - work_.settings.overlap.count()};
    return work_.store.commit(last);
  }

  void tell_unread() {
    if (unread_ == 0) return;
    work_.report.unread_records += unread_;
    work_.report.problems.push_back(std::string(fhir::name_of(type_)) + ": " + records(unread_) +
                                    " could not be read; for the patients concerned the type counts as incomplete");
  }

  Result<void> give_up(const PageStep& last, const TypeOutcome& outcome) {
    if (auto kept = work_.store.commit(last); !kept) return kept;
    if (outcome.reading != Reading::unsupported) {
      work_.report.problems.push_back(std::string(fhir::name_of(type_)) + " was not read whole: " + outcome.error);
    }
    return work_.store.note_failure(type_, outcome);
  }

  CycleWork& work_;
  ResourceType type_;
  TypeState before_;
  bool sweep_;
  std::optional<Instant> latest_;
  std::size_t nobodys_ = 0;  ///< in all that the source showed
  std::size_t unread_ = 0;   ///< of what was new
  std::unordered_set<std::string> present_;
};

}  // namespace

Result<void> poll_types(CycleWork& work, bool sweep) {
  const auto states = work.store.type_states();
  if (!states) return tl::unexpected(states.error());
  std::size_t reached = 0;
  for (const ResourceType type : work.source.types()) {
    if (work.stop.stop_requested()) return {};
    TypeState before;
    for (const TypeState& state : *states)
      if (state.type == type) before = state;
    const auto polled = TypePoll(work, type, before, sweep).run();
    if (!polled && work.stop.stop_requested()) return {};
    if (!polled) return polled;
    const Reading reading = work.report.types[type].reading;
    reached += reading == Reading::whole || reading == Reading::unsupported;
  }
  if (reached == 0) work.report.unreachable = work.source_down = true;
  return {};
}

}  // namespace trialflag::screening
