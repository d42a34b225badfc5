// Drug records: which drug, whether it was taken, by which route and for what (criteria.md 2.11, 2.13).
#include <algorithm>

#include "agent/screening/extract.h"
#include "agent/screening/status.h"
#include "fhir/decode.h"

namespace trialflag::screening {

using namespace eligibility;
using fhir::ResourceType;

/// All that says which drug it is.
struct Extraction::Medication {
  std::vector<const fhir::CodeableConcept*> concepts;
  std::vector<std::string_view> displays;  ///< of the references, which are read as texts
  bool unresolved = false;                 ///< an ingredient is referred to that is nowhere, and is not named
  std::vector<const fhir::Drug*> met = {};

  void add(const fhir::Drug& drug) {
    met.push_back(&drug);
    concepts.push_back(&drug.code);
    for (const fhir::CodeableConcept& ingredient : drug.ingredients) concepts.push_back(&ingredient);
  }
};

namespace {

const fhir::Drug* drug_named(std::span<const fhir::Drug> drugs, std::string_view target) {
  if (!target.empty() && target.front() == '#') target.remove_prefix(1);
  for (const fhir::Drug& drug : drugs)
    if (drug.id == target) return &drug;
  return nullptr;
}

/// A drug, and the record that holds what it refers to by "#…".
struct Found {
  const fhir::Drug* drug = nullptr;
  const fhir::Record* holder = nullptr;
};

Found resource_named(const Chart& chart, const fhir::Record& record, std::string_view target) {
  // Another server's Medication may bear the id of one that is kept here, and be another drug.
  const auto named = fhir::is_elsewhere(target, record.full_url) ? std::nullopt : fhir::target_of(target);
  for (const fhir::Record& medication : chart.medications) {
    if (medication.contained_drugs.empty()) continue;
    if ((named && named->type == "Medication" && named->id == medication.id) ||
        (!medication.full_url.empty() && medication.full_url == target))
      return {&medication.contained_drugs.front(), &medication};
  }
  return {};
}

Found drug_at(const Chart& chart, const fhir::Record& holder, std::string_view target) {
  if (target.starts_with('#')) return {drug_named(holder.contained_drugs, target), &holder};
  return target.empty() ? Found() : resource_named(chart, holder, target);
}

Exposure::Form form_of(ResourceType type) {
  switch (type) {
    case ResourceType::medication_statement:
      return Exposure::Form::statement;
    case ResourceType::medication_dispense:
      return Exposure::Form::dispense;
    case ResourceType::medication_administration:
      return Exposure::Form::administration;
    default:
      return Exposure::Form::request;
  }
}

bool is_active(const fhir::Record& record) {
  if (record.type == ResourceType::medication_administration) return record.status == "in-progress";
  if (record.type == ResourceType::medication_dispense) return false;
  const bool ended = record.status == "completed" || record.status == "stopped" || record.status == "not-taken";
  return !ended;
}

/// `days` after `start`; whole days, as supplies are counted.
When supply_until(const When& start, double days) {
  const int whole = static_cast<int>(std::clamp(days, 0.0, 36500.0));
  return When::on(start.first + whole, start.last + whole);
}

}  // namespace

Extraction::Medication Extraction::medication_of(const fhir::Record& record) const {
  Medication medication;
  if (!record.code.empty()) medication.concepts.push_back(&record.code);
  if (!record.medication.display.empty()) medication.displays.push_back(record.medication.display);
  std::vector<Found> open;
  if (const Found found = drug_at(*chart_, record, record.medication.target); found.drug != nullptr) open.push_back(found);
  while (!open.empty()) {
    const Found at = open.back();
    open.pop_back();
    medication.add(*at.drug);
    for (const fhir::Reference& ingredient : at.drug->ingredient_refs) {
      if (!ingredient.display.empty()) medication.displays.push_back(ingredient.display);
      const Found part = drug_at(*chart_, *at.holder, ingredient.target);
      const bool met = std::find(medication.met.begin(), medication.met.end(), part.drug) != medication.met.end();
      if (part.drug != nullptr && !met) open.push_back(part);
      if (part.drug == nullptr && ingredient.display.empty()) medication.unresolved = true;
    }
  }
  return medication;
}

bool Extraction::identifies(const fhir::Coding& coding) const {
  if (coding.code.empty() || says_nothing(coding)) return false;
  return tables_.system_key(coding.system) == "ATC" || tables_.knows(coding.system, coding.code, mappings::Place::drug);
}

/// "Unknown", "no information": whatever stands beside it names no drug. "No known medications" is an answer.
bool Extraction::says_nothing(const fhir::Coding& coding) const {
  const std::string_view key = tables_.system_key(coding.system);
  return key == "DAR" || (key == "IPS_ABSENT" && !coding.code.starts_with("no-known"));
}

bool Extraction::readable(const Medication& medication) const {
  if (!medication.displays.empty()) return true;
  for (const fhir::CodeableConcept* concept_ : medication.concepts) {
    if (std::any_of(concept_->codings.begin(), concept_->codings.end(), [&](const fhir::Coding& each) { return says_nothing(each); }))
      continue;
    if (!concept_->text.empty()) return true;
    for (const fhir::Coding& coding : concept_->codings)
      if (!coding.display.empty() || identifies(coding)) return true;
  }
  return false;
}

/// Of a drug that its own code tells, its ingredients tell nothing more.
bool Extraction::lacks_ingredient(const Medication& medication) const {
  if (!medication.unresolved || medication.met.empty()) return false;
  const auto& codings = medication.met.front()->code.codings;
  return std::none_of(codings.begin(), codings.end(), [&](const fhir::Coding& coding) { return identifies(coding); });
}

void Extraction::add_drug(const fhir::Record& record, std::uint32_t index) {
  const StatusWeight standing = status_weight(record);
  if (standing == StatusWeight::ignored || standing == StatusWeight::refuted) return;
  const When start = when(record.start.known() ? record.start : record.recorded);
  Exposure exposure;
  exposure.form = form_of(record.type);
  exposure.not_taken = standing == StatusWeight::not_taken;
  exposure.active = is_active(record) && !exposure.not_taken;
  exposure.start = start;
  exposure.end = when(record.end.known() ? record.end : record.supply_end);
  if (record.supply_days && start.known()) {
    exposure.supply_end = supply_until(start, *record.supply_days);
    // An order is filled within its validity, and what it supplies may be taken beyond.
    if (!exposure.end.known() || (exposure.form == Exposure::Form::request && exposure.supply_end.last > exposure.end.last))
      exposure.end = exposure.supply_end;
  }
  const bool own_date_ends = exposure.form == Exposure::Form::statement || exposure.form == Exposure::Form::administration;
  if (!exposure.end.known() && own_date_ends) exposure.end = start;
  exposure.route = route_of(record);
  exposure.indications = indications_of(record);
  const Medication medication = medication_of(record);
  facts_.exposures.push_back(exposure);
  const auto at = static_cast<std::uint32_t>(facts_.exposures.size() - 1);
  const bool told = readable(medication);
  if (told) add_drug_facts(medication, standing == StatusWeight::weak, at, index);
  if (exposure.not_taken || (told && !lacks_ingredient(medication))) return;
  Fact fact;
  fact.record = index;
  fact.source = Source::drug;
  fact.seen = fact.date = start;
  fact.wording = worded({}, {}, {});
  facts_.unreadable_drugs.push_back(fact);
}

void Extraction::add_drug_facts(const Medication& medication, bool weak, std::uint32_t exposure, std::uint32_t index) {
  const std::size_t first = facts_.facts.size();
  const auto add = [&](const fhir::CodeableConcept& concept_, std::string_view display) {
    for (const Hit& hit : hits_.find(concept_, mappings::Place::drug, display)) {
      Exposure& use = facts_.exposures[exposure];
      const bool nasal = hit.attributes.route == "nasal" || (hit.concept_ == vocabulary_.routes && hit.attributes.kind == "nasal");
      if (use.route == Route::unknown && nasal && !hit.negated) use.route = Route::nasal;
      if (use.route == Route::unknown && hit.concept_ == vocabulary_.routes && hit.attributes.kind == "iv") use.route = Route::iv;
      if (hit.negated || (hit.role != mappings::Role::include && hit.role != mappings::Role::review)) continue;
      if (!vocabulary_.drugs.has(hit.concept_)) continue;
      const auto known = std::any_of(facts_.facts.begin() + static_cast<std::ptrdiff_t>(first), facts_.facts.end(), [&](Fact& fact) {
        if (fact.concept_ != hit.concept_ || fact.classes != hit.attributes.classes) return false;
        const bool surer = hit.role == mappings::Role::include && fact.role == Role::review;
        fact.weak = surer ? weak || hit.weak : fact.weak && (weak || hit.weak);
        if (surer) fact.role = Role::include;
        return true;
      });
      if (known) continue;
      Fact fact = fact_of(hit, Source::drug, index);
      fact.weak = weak || hit.weak;
      fact.course = hit.past ? Course::past : Course::open;
      fact.exposure = exposure;
      fact.date = fact.seen = facts_.exposures[exposure].start;
      fact.end = facts_.exposures[exposure].end;
      facts_.facts.push_back(fact);
    }
  };
  static const fhir::CodeableConcept kNothing;
  for (const fhir::CodeableConcept* concept_ : medication.concepts) add(*concept_, {});
  for (const std::string_view display : medication.displays) add(kNothing, display);
}

Route Extraction::route_of(const fhir::Record& record) {
  Route route = Route::unknown;
  bool unread = false;
  for (const fhir::CodeableConcept& each : record.routes) {
    bool read = false;
    for (const Hit& hit : hits_.find(each, mappings::Place::route)) {
      if (hit.concept_ != vocabulary_.routes || hit.negated) continue;
      if (hit.attributes.kind == "iv") return Route::iv;
      route = hit.attributes.kind == "nasal" ? Route::nasal : route == Route::unknown ? Route::other : route;
      read = true;
    }
    unread = unread || (!read && !each.empty());
  }
  return unread && route == Route::other ? Route::unknown : route;
}

const fhir::Record* Extraction::record_at(ResourceType type, std::string_view reference) const {
  if (reference.empty()) return nullptr;
  const auto target = fhir::target_of(reference);
  for (const fhir::Record& record : chart_->records) {
    if (record.type != type) continue;
    if ((target && target->type == fhir::name_of(type) && target->id == record.id) ||
        (!record.full_url.empty() && record.full_url == reference))
      return &record;
  }
  return nullptr;
}

void Extraction::add_indications(const fhir::CodeableConcept& concept_, mappings::Place place, std::string_view display,
                                 std::vector<Indication>& to, bool weak) {
  for (const Hit& hit : hits_.find(concept_, place, display)) {
    if (hit.negated || hit.role == mappings::Role::ignore || hit.role == mappings::Role::evidence) continue;
    to.push_back({hit.concept_, static_cast<Role>(hit.role), hit.by_words || hit.weak || weak, false, hit.attributes.kind});
  }
}

void Extraction::add_reason_indications(const fhir::Record& record, std::vector<Indication>& to) {
  for (const fhir::CodeableConcept& reason : record.reasons) add_indications(reason, mappings::Place::reason, {}, to);
  for (const fhir::Reference& reference : record.reason_refs) {
    const fhir::Record* condition = record_at(ResourceType::condition, reference.target);
    if (condition == nullptr) {
      add_indications({}, mappings::Place::reason, reference.display, to);
      continue;
    }
    const StatusWeight standing = status_weight(*condition);
    if (standing == StatusWeight::counts || standing == StatusWeight::weak)
      add_indications(condition->code, mappings::Place::condition, {}, to, standing == StatusWeight::weak);
  }
}

std::span<const Indication> Extraction::indications_of(const fhir::Record& record) {
  std::vector<Indication> found;
  add_reason_indications(record, found);
  for (Indication& own : found) own.own_reason = true;
  if (const fhir::Record* encounter = record_at(ResourceType::encounter, record.encounter.target);
      encounter != nullptr && reasons_speak(*encounter)) {
    add_reason_indications(*encounter, found);
    add_indications(encounter->code, mappings::Place::other, {}, found);
    for (const fhir::CodeableConcept& type : encounter->categories) add_indications(type, mappings::Place::other, {}, found);
  }
  for (const fhir::Reference& whole : record.part_of) {
    const fhir::Record* procedure = record_at(ResourceType::procedure, whole.target);
    if (procedure == nullptr || status_weight(*procedure) == StatusWeight::ignored) continue;
    const bool weak = status_weight(*procedure) == StatusWeight::weak;
    add_reason_indications(*procedure, found);
    add_indications(procedure->code, mappings::Place::procedure, {}, found, weak);
    for (const fhir::CodeableConcept& category : procedure->categories)
      add_indications(category, mappings::Place::procedure, {}, found, weak);
  }
  for (const fhir::CodeableConcept& category : record.categories) add_indications(category, mappings::Place::other, {}, found);
  return arena_.copy(found);
}

}  // namespace trialflag::screening
