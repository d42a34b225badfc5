// Conditions, and reasons that speak of one (criteria.md 2.5, 2.10–2.12).
#include <algorithm>

#include "agent/eligibility/moment.h"
#include "agent/screening/extract.h"
#include "agent/screening/status.h"

namespace trialflag::screening {

using namespace eligibility;
using fhir::ResourceType;

namespace {

Course course_of(const fhir::Record& record, StatusWeight standing) {
  if (standing == StatusWeight::refuted) return Course::refuted;
  if (record.status.empty()) return Course::open;
  const bool past = record.status == "inactive" || record.status == "remission" || record.status == "resolved";
  return past ? Course::past : Course::present;
}

/// A code of ICD-O morphology with malignant behaviour: "8140/3", "M-8010/6"; under ICD-10 "M81400/3".
bool malignant_morphology(const fhir::Coding& coding) {
  const std::size_t slash = coding.code.find('/');
  if (slash == std::string_view::npos || slash + 2 != coding.code.size()) return false;
  const bool icd_o =
      coding.system.find("icd-o") != std::string_view::npos || coding.system.find("2.16.840.1.113883.6.43") != std::string_view::npos;
  const std::string_view stem = coding.code.substr(0, slash);
  const std::size_t digits = stem.size() - std::min(stem.size(), stem.find_first_of("0123456789"));
  if (digits < 4 || !(icd_o || stem.front() == 'M' || stem.front() == 'm')) return false;
  return coding.code.back() == '3' || coding.code.back() == '6';
}

/// Does a hit of a condition make a fact: includes and reviews, and the traps that answer something ("not pregnant").
bool speaks(const Hit& hit) {
  if (hit.negated) return false;
  if (hit.role == mappings::Role::trap) return !hit.by_words && !hit.attributes.answer.empty();
  return hit.role == mappings::Role::include || hit.role == mappings::Role::review;
}

}  // namespace

void Extraction::add_condition(const fhir::Record& record, std::uint32_t index) {
  const StatusWeight standing = status_weight(record);
  if (standing == StatusWeight::ignored) return;
  const When onset = when(record.start), recorded = when(record.recorded), abated = when(record.end);
  for (const Hit& hit : hits_.find(record.code, mappings::Place::condition)) {
    if (!speaks(hit)) continue;
    Fact fact = fact_of(hit, Source::condition, index);
    fact.weak = fact.weak || standing == StatusWeight::weak;
    fact.course = hit.past && standing != StatusWeight::refuted ? Course::past : course_of(record, standing);
    fact.date = onset.known() ? onset : recorded;
    fact.seen = recorded.known() ? recorded : onset;
    fact.end = abated;
    fact.ended_undated = record.abated && !abated.known();
    fact.dated = later(abated, onset) || !onset.known() ? abated : onset;
    if (!fact.dated.known()) fact.dated = recorded;
    fact.answer = answer_named(hit.attributes.answer);
    facts_.facts.push_back(fact);
  }
  if (standing == StatusWeight::refuted) return;
  for (const fhir::Coding& coding : record.code.codings) {
    if (!malignant_morphology(coding)) continue;
    Fact fact;
    fact.record = index;
    fact.seen = recorded.known() ? recorded : onset;
    fact.wording = worded(coding.system, coding.code, words_for(record.code, coding));
    facts_.morphologies.push_back(fact);
  }
}

void Extraction::add_reasons(const fhir::Record& record, std::uint32_t index) {
  if (!reasons_speak(record)) return;
  const RecordedTime& recorded = record.start.known() ? record.start : record.recorded;
  const auto add = [&](const fhir::CodeableConcept& reason, std::string_view display) {
    for (const Hit& hit : hits_.find(reason, mappings::Place::reason, display)) {
      if (hit.role != mappings::Role::include || hit.negated) continue;
      Fact fact = fact_of(hit, Source::reason, index);
      fact.weak = true;
      fact.course = hit.past ? Course::past : Course::open;
      fact.date = fact.seen = fact.dated = when(recorded);
      facts_.facts.push_back(fact);
    }
  };
  for (const fhir::CodeableConcept& reason : record.reasons) add(reason, {});
  for (const fhir::Reference& reference : record.reason_refs)
    if (!reference.display.empty() && record_at(ResourceType::condition, reference.target) == nullptr) add({}, reference.display);
}

}  // namespace trialflag::screening
