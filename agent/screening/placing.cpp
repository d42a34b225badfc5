#include "agent/screening/placing.h"

#include <utility>

#include "agent/screening/chart_blob.h"
#include "agent/screening/entry.h"
#include "agent/screening/links.h"
#include "agent/screening/version_order.h"
#include "fhir/decode.h"

namespace trialflag::screening {

using fhir::ResourceType;

PatientId subject_of(const fhir::Record& record) {
  const auto target = fhir::target_of(record.subject.target);
  if (!target || target->type != "Patient") return {};
  return {std::string(target->id)};
}

Result<void> mark_holders(ScreeningStore& store, const ResourceKey& key, PageStep& step, const PatientId& subject) {
  const auto holders = store.patients_of(key);
  if (!holders) return tl::unexpected(holders.error());
  for (const PatientId& holder : *holders)
    if (holder != subject) step.patients.push_back({holder, Pending::read, std::nullopt});
  return {};
}

void Placing::begin(PageStep& step) {
  step_ = &step;
  met_.clear();
  strangers_.clear();
  arrived_.clear();
}

Result<void> Placing::place(const Touched& touched) {
  return touched.patient != nullptr ? place_patient(touched) : place_record(touched);
}

void Placing::end() {
  judge_strangers();
  for (const auto& [id, chart] : arrived_) step_->arrivals.push_back({id, encode_chart(chart)});
  step_ = nullptr;
}

Result<void> Placing::look_again(const Touched& touched) {
  if (touched.record == nullptr || !touched.readable || type_ == ResourceType::medication || is_report()) return {};
  if (!asking_) asking_ = trials_asking();
  const PatientId id = subject_of(*touched.record);
  if (asking_->empty() || id.value.empty() || !work_.screens(id)) return {};
  const auto state = state_of(id);
  if (!state) return tl::unexpected(state.error());
  if (!state->charted && state->merged_into.value.empty()) strangers_[id].records.push_back(*touched.record);
  return {};
}

Result<PatientState> Placing::state_of(const PatientId& patient) {
  if (const auto met = met_.find(patient); met != met_.end()) return met->second;
  auto state = work_.store.patient(patient);
  if (state) met_.emplace(patient, *state);
  return state;
}

Result<void> Placing::place_patient(const Touched& touched) {
  const fhir::Patient& patient = *touched.patient;
  const PatientId id{std::string(patient.id)};
  if (id.value.empty()) return {};
  const PatientId survivor = replaced_by(patient);
  if (!survivor.value.empty() && work_.screens(survivor)) work_.members.insert(id.value);
  const auto takes_place = names_unfiled(patient, id);
  if (!takes_place) return tl::unexpected(takes_place.error());
  if (auto followed = follow_survivor(id); !followed) return followed;
  if (!work_.screens(id)) return {};
  const auto state = state_of(id);
  if (!state) return tl::unexpected(state.error());
  // Of somebody who never was a candidate nothing on the Patient can make one: the entry criterion is in other records.
  const bool merged = !survivor.value.empty() || !state->merged_into.value.empty() || *takes_place;
  if (merged) work_.merged.push_back(id);
  // A history may show several versions, and in which order is not to be relied on.
  const auto before = arrived_.find(id);
  const bool again = before != arrived_.end() && !before->second.patient.id.empty();
  const bool read = state->candidate || state->departed || merged || again || !touched.readable;
  const bool enters = state->charted && !merged && !again && touched.readable && patient.links.empty();
  step_->patients.push_back({id, enters ? Pending::screen : read ? Pending::read : Pending::nothing, std::nullopt});
  if (enters) arrived_[id].patient = patient;
  if (read || enters) work_.shown_patients.insert(id.value);
  return {};
}

Result<void> Placing::follow_survivor(const PatientId& id) {
  auto waiting = work_.store.awaiting_survivor(id);
  if (!waiting) return tl::unexpected(waiting.error());
  const auto state = state_of(id);
  if (!state) return tl::unexpected(state.error());
  if (!state->charted) {
    const auto aliases = work_.store.aliases(id);
    if (!aliases) return tl::unexpected(aliases.error());
    waiting->insert(waiting->end(), aliases->begin(), aliases->end());
  }
  for (const PatientId& patient : *waiting) {
    step_->patients.push_back({patient, Pending::read, std::nullopt});
    work_.merged.push_back(patient);
  }
  return {};
}

Result<bool> Placing::names_unfiled(const fhir::Patient& patient, const PatientId& id) {
  bool unfiled = false;
  for (const PatientId& replaced : replaced_in(patient)) {
    if (work_.screens(replaced)) work_.members.insert(id.value);
    const auto state = work_.store.patient(replaced);
    if (!state) return tl::unexpected(state.error());
    unfiled = unfiled || (replaced != id && state->merged_into.value.empty());
  }
  return unfiled;
}

Result<void> Placing::place_record(const Touched& touched) {
  if (type_ == ResourceType::medication && touched.readable) return place_medication(*touched.record);
  if (is_report()) return place_report(touched);
  PatientId id = subject_of(*touched.record);
  const auto state = id.value.empty() ? PatientState() : state_of(id);
  if (!state) return tl::unexpected(state.error());
  const bool may_enter =
      touched.readable && state->charted && state->merged_into.value.empty() && !touched.record->id.empty() && work_.screens(id);
  // A history may show several versions, and in which order is not to be relied on.
  const bool enters = may_enter && enters_first(*touched.record);
  if (auto marked = mark_holders(work_.store, {type_, std::string(touched.record->id)}, *step_, enters ? id : PatientId()); !marked)
    return marked;
  if (id.value.empty() || !work_.screens(id)) return {};
  if (!state->merged_into.value.empty()) {
    step_->patients.push_back({state->merged_into, Pending::read, std::nullopt});
  } else if (enters) {
    step_->patients.push_back({id, Pending::screen, std::nullopt});
    arrived_[id].records.push_back(*touched.record);
  } else if (state->charted || (!touched.readable && !touched.elsewhere)) {
    step_->patients.push_back({id, Pending::read, std::nullopt});
  } else if (state->unread && touched.readable) {
    arrived_[id].records.push_back(*touched.record);
  } else {
    strangers_[id].records.push_back(*touched.record);
  }
  return {};
}

bool Placing::enters_first(const fhir::Record& record) {
  Chart alone;
  alone.records.push_back(record);
  const auto [known, first] = entered_.try_emplace(std::string(record.id), encode_chart(alone));
  if (first) return true;
  Arena arena;
  const auto other = decode_chart(known->second, arena);
  if (other && are_misdated(other->records.front(), record)) work_.misdated.emplace(type_, record.id);
  return false;
}

Result<void> Placing::place_medication(const fhir::Record& medication) {
  const auto holders = work_.store.patients_of({type_, std::string(medication.id)});
  if (!holders) return tl::unexpected(holders.error());
  const bool again = !enters_first(medication);
  for (const PatientId& holder : *holders) {
    step_->patients.push_back({holder, again ? Pending::read : Pending::screen, std::nullopt});
    if (!again) arrived_[holder].medications.push_back(medication);
  }
  const auto awaiting = work_.store.awaiting(std::string(medication.id));
  if (!awaiting) return tl::unexpected(awaiting.error());
  for (const PatientId& patient : *awaiting) step_->patients.push_back({patient, Pending::read, std::nullopt});
  return {};
}

Result<void> Placing::place_report(const Touched& touched) {
  if (auto marked = mark_holders(work_.store, {type_, std::string(touched.record->id)}, *step_); !marked) return marked;
  const PatientId id = subject_of(*touched.record);
  if (id.value.empty() || !work_.screens(id)) return {};
  const auto state = state_of(id);
  if (!state) return tl::unexpected(state.error());
  if (!state->merged_into.value.empty()) step_->patients.push_back({state->merged_into, Pending::read, std::nullopt});
  if (state->charted && !touched.readable) step_->patients.push_back({id, Pending::read, std::nullopt});
  return {};
}

void Placing::judge_strangers() {
  if (!asking_) asking_ = trials_asking();
  for (auto& [id, chart] : strangers_) {
    chart.reference = "Patient/" + id.value;
    chart.patient.id = id.value;
    PatientMark mark{id, Pending::nothing, std::nullopt};
    for (const std::size_t trial : *asking_) {
      const auto look = work_.sittings[trial].look_at_entry(chart, work_.started);
      if (look.in_doubt) mark.pending = Pending::read;
      if (look.revisit_at && (!mark.revisit_at || *look.revisit_at < *mark.revisit_at)) mark.revisit_at = look.revisit_at;
    }
    if (mark.pending == Pending::read) arrived_[id].records.insert(arrived_[id].records.end(), chart.records.begin(), chart.records.end());
    step_->patients.push_back(std::move(mark));
  }
}

std::vector<std::size_t> Placing::trials_asking() const {
  std::vector<std::size_t> asking;
  for (std::size_t trial = 0; trial < work_.sittings.size(); ++trial) {
    const Screener& screener = *work_.settings.screeners[trial];
    const auto of_nothing = work_.sittings[trial].look_at_entry(Chart(), work_.started);
    if (entry_types(screener).has(type_) || of_nothing.in_doubt || of_nothing.revisit_at) asking.push_back(trial);
  }
  return asking;
}

}  // namespace trialflag::screening
