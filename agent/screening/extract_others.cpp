// Procedures and therapies, allergies, consents.
#include <algorithm>

#include "agent/screening/extract.h"
#include "agent/screening/status.h"

namespace trialflag::screening {

using namespace eligibility;

void Extraction::add_therapy(const fhir::Record& record, const fhir::CodeableConcept& code, Source source, bool weak, std::uint32_t index) {
  for (const Hit& hit : hits_.find(code, mappings::Place::procedure)) {
    if (hit.negated || hit.uncertain || hit.long_text || hit.role != mappings::Role::include || !vocabulary_.therapies.has(hit.concept_))
      continue;
    Fact fact = fact_of(hit, source, index);
    fact.weak = fact.weak || weak;
    fact.date = fact.seen = when(record.start.known() ? record.start : record.recorded);
    facts_.facts.push_back(fact);
  }
}

void Extraction::add_procedure(const fhir::Record& record, std::uint32_t index) {
  const StatusWeight standing = status_weight(record);
  if (standing == StatusWeight::ignored) return;
  const bool weak = standing == StatusWeight::weak;
  add_therapy(record, record.code, Source::procedure, weak, index);
  const When start = when(record.start);
  for (const Hit& hit : hits_.find(record.code, mappings::Place::procedure)) {
    if (hit.by_words || !vocabulary_.procedures.has(hit.concept_)) continue;
    const bool condition = vocabulary_.conditions.has(hit.concept_);  // a procedure hints at a condition, it never states one (2.10)
    if (hit.role != mappings::Role::review && (condition || hit.role != mappings::Role::include)) continue;
    Fact fact = fact_of(hit, Source::procedure, index);
    fact.weak = fact.weak || weak;
    fact.date = fact.seen = fact.dated = start;
    if (vocabulary_.drugs.has(hit.concept_)) {
      Exposure exposure;
      exposure.form = Exposure::Form::procedure;
      exposure.start = exposure.end = start;
      exposure.route = hit.attributes.route == "nasal" ? Route::nasal : Route::unknown;
      facts_.exposures.push_back(exposure);
      fact.exposure = static_cast<std::uint32_t>(facts_.exposures.size() - 1);
    }
    facts_.facts.push_back(fact);
  }
}

void Extraction::add_care_plan(const fhir::Record& record, std::uint32_t index) {
  if (status_weight(record) != StatusWeight::counts) return;
  for (const fhir::Activity& activity : record.activities) {
    const bool begun =
        activity.status.empty() || activity.status == "completed" || activity.status == "in-progress" || activity.status == "stopped";
    if (begun) add_therapy(record, activity.code, Source::care_plan, false, index);
  }
}

void Extraction::add_allergy(const fhir::Record& record, std::uint32_t index) {
  const StatusWeight standing = status_weight(record);
  if (standing == StatusWeight::ignored) return;
  Allergy allergy;
  allergy.record = index;
  allergy.weak = standing == StatusWeight::weak;
  allergy.intolerance = record.allergy_type == "intolerance";
  const auto& categories = record.allergy_categories;
  const auto harmless = [](std::string_view category) { return category == "food" || category == "environment"; };
  allergy.food_or_environment_only = !categories.empty() && std::all_of(categories.begin(), categories.end(), harmless);
  // What is denied, or nothing ("no latex allergy", "none"), is no allergy to another drug.
  const bool words_alone = record.code.codings.empty() && !record.code.text.empty();
  const bool denied = words_alone && (tables_.begins_denied(record.code.text) || tables_.answer_word(record.code.text) == "negative");
  allergy.has_content = !record.code.empty() && !denied;
  allergy.seen = when(record.recorded.known() ? record.recorded : record.start);
  std::vector<Fact> facts;
  const auto add = [&](const fhir::CodeableConcept& concept_) {
    for (const Hit& hit : hits_.find(concept_, mappings::Place::allergy)) {
      Fact fact = fact_of(hit, Source::allergy, index);
      if (hit.negated) {
        fact.role = Role::trap;
        fact.answer = Answer::negative;
      }
      fact.date = fact.seen = allergy.seen;
      facts.push_back(fact);
    }
  };
  add(record.code);
  for (const fhir::CodeableConcept& substance : record.substances) {
    allergy.has_content = allergy.has_content || !substance.empty();
    add(substance);
  }
  allergy.facts = arena_.copy(facts);
  const fhir::CodeableConcept& named = record.code.empty() && !record.substances.empty() ? record.substances.front() : record.code;
  allergy.whole.source = Source::allergy;
  allergy.whole.record = index;
  if (named.codings.empty()) {
    allergy.whole.wording = worded({}, named.text, {});
  } else {
    const fhir::Coding& first = named.codings.front();
    allergy.whole.wording = worded(first.system, first.code, words_for(named, first));
  }
  facts_.allergies.push_back(allergy);
}

namespace {

/// The trial-registry numbers in a text: NCT and eight digits, in either case.
template <typename Use>
void each_study(std::string_view text, Use use) {
  constexpr std::size_t kLength = 11;
  for (std::size_t at = 0; at + kLength <= text.size(); ++at) {
    const std::string_view candidate = text.substr(at, kLength);
    const auto is = [&](std::size_t i, char letter) { return (candidate[i] | 0x20) == letter; };
    const bool prefix = is(0, 'n') && is(1, 'c') && is(2, 't');
    if (prefix && std::all_of(candidate.begin() + 3, candidate.end(), [](char c) { return c >= '0' && c <= '9'; }))
      use(candidate.substr(3));
  }
}

}  // namespace

void Extraction::add_consent(const fhir::Record& record, std::uint32_t index) {
  const auto& scope = record.code.codings;
  if (std::none_of(scope.begin(), scope.end(), [](const fhir::Coding& coding) { return coding.code == "research"; })) return;
  Consent consent;
  consent.record = index;
  consent.active = record.status == "active";
  consent.rejected = record.status == "rejected";
  consent.deny = record.provision_type == "deny";
  consent.nested = record.nested_provisions;
  consent.nested_permit = record.nested_permit;
  consent.seen = when(record.start);
  const std::string_view own = trial_.id.starts_with("NCT") ? std::string_view(trial_.id).substr(3) : std::string_view(trial_.id);
  for (const std::string_view text : record.study_texts)
    each_study(text, [&](std::string_view digits) {
      consent.names_a_study = true;
      consent.names_this_study = consent.names_this_study || digits == own;
    });
  facts_.consents.push_back(consent);
}

}  // namespace trialflag::screening
