// Conditions, reasons and drug records judged by decision tables, with what contradicts them (criteria.md 2.10, 2.12, 2.13).
#include "agent/eligibility/table.h"

namespace trialflag::eligibility {
namespace {

Text text_of(Kind kind, Outcome outcome, const Fact& fact) {
  switch (outcome) {
    case Outcome::yes:
      return fact.source == Source::drug ? Text::drug : Text::on_record;
    case Outcome::no:
      if (fact.source == Source::drug) return Text::drug;
      return kind == Kind::exclusion ? Text::past : Text::on_record;
    case Outcome::weak_evidence:
      return fact.source == Source::drug ? Text::drug_weak : Text::weak;
    case Outcome::judgement:
      return Text::judgement;
    case Outcome::partial:
      return Text::partial;
    default:
      return Text::on_record;
  }
}

bool counts(const Fact& fact) {
  return fact.role == Role::include || fact.role == Role::review;
}

/// The same record also touches one of those concepts.
bool touches(const Facts& facts, const std::vector<Concept>& concepts, std::uint32_t record) {
  for (const Concept concept_ : concepts)
    for (const Fact& other : facts.of(concept_))
      if (other.record == record && counts(other)) return true;
  return false;
}

bool condition_on_file(std::span<const Fact> facts, Moment& moment) {
  for (const Fact& fact : facts)
    if (fact.source == Source::condition && fact.course != Course::refuted && counts(fact) && moment.visible(fact.seen)) return true;
  return false;
}

/// Does this reason count for its condition (criteria.md 2.10)?
Truth reason_counts(const RecordsRule& rule, const Fact& fact, std::span<const Fact> same_concept, Moment& moment) {
  if (fact.role != Role::include || condition_on_file(same_concept, moment)) return Truth::no;
  return rule.reason_days ? moment.within_days(fact.date, *rule.reason_days) : Truth::yes;
}

bool surely_after(const When& contradiction, const When& claim) {
  return contradiction.known() && (!claim.known() || later(contradiction, claim));
}

/// A confirmed record that is not before the refuted one says as much as the one that is: that one was refuted in vain.
bool confirmed_since(const RecordsRule& rule, Outcome outcome, std::span<const Fact> same_concept, const Fact* refuted, Question& ask) {
  for (const Fact& fact : same_concept) {
    const bool confirmed = fact.source == Source::condition && fact.course != Course::refuted && !fact.weak && counts(fact);
    if (!confirmed || !ask.moment.visible(fact.seen) || refutes(refuted, fact)) continue;
    const Outcome says = read_cases(rule.cases, fact, nullptr, ask.criterion, ask.moment).settle(ask.criterion.kind);
    if (says == outcome || says == Outcome::yes) return true;
  }
  return false;
}

void judge_record(const RecordsRule& rule, const Fact& fact, std::span<const Fact> same_concept, const Fact* refuted, Question& ask) {
  Readings readings = read_cases(rule.cases, fact, nullptr, ask.criterion, ask.moment);
  if (fact.source == Source::reason) {
    const Truth counted = reason_counts(rule, fact, same_concept, ask.moment);
    if (counted == Truth::no) return;
    if (counted == Truth::unknown) readings.add(Outcome::nothing);
  }
  const Outcome outcome = readings.settle(ask.criterion.kind);
  if (outcome == Outcome::nothing) return;
  const bool cleared = ask.criterion.kind == Kind::exclusion && outcome == Outcome::no;
  const bool contradicted = !fact.weak && fact.source == Source::condition && !cleared && refutes(refuted, fact);
  if (contradicted && !confirmed_since(rule, outcome, same_concept, refuted, ask)) {
    ask.findings.add(Outcome::conflicting, Text::conflicting);
    ask.findings.cite(fact);
    ask.findings.cite(*refuted);
    return;
  }
  ask.findings.add(outcome, text_of(ask.criterion.kind, outcome, fact));
  ask.findings.cite(fact);
}

bool any_denied(const Facts& facts, std::span<const Fact> same_concept) {
  for (const Fact& fact : same_concept)
    if (fact.source == Source::drug && facts.exposures[fact.exposure].not_taken) return true;
  return false;
}

/// The not-taken statement that contradicts the counting records of the drug of `like`, or null (criteria.md 2.13). A concept may hold
/// drugs of several classes: the denial of one says nothing of another.
const Fact* denial(const Facts& facts, std::span<const Fact> same_concept, const Fact& like, Moment& moment) {
  const auto same_drug = [&](const Fact& fact) {
    return fact.source == Source::drug && fact.classes == like.classes && moment.visible(fact.seen);
  };
  const Fact* found = nullptr;
  for (const Fact& fact : same_concept) {
    if (!same_drug(fact)) continue;
    const Exposure& exposure = facts.exposures[fact.exposure];
    if (exposure.not_taken && exposure.start.known() && (found == nullptr || later(exposure.start, facts.exposures[found->exposure].start)))
      found = &fact;
  }
  if (found == nullptr) return nullptr;
  const When& denied = facts.exposures[found->exposure].start;
  for (const Fact& fact : same_concept) {
    if (fact.weak || !same_drug(fact)) continue;
    const Exposure& exposure = facts.exposures[fact.exposure];
    if (exposure.not_taken) continue;
    const bool handed_out = exposure.form == Exposure::Form::dispense || exposure.form == Exposure::Form::administration;
    if (handed_out || !surely_after(denied, exposure.start)) return nullptr;
  }
  return found;
}

void judge_drug(const DrugsRule& rule, const Fact& fact, const Fact* denied, Question& ask) {
  const Exposure& exposure = ask.facts.exposures[fact.exposure];
  if (exposure.not_taken || !counts(fact) || !ask.moment.visible(fact.seen)) return;
  const Outcome outcome = read_cases(rule.cases, fact, &exposure, ask.criterion, ask.moment).settle(ask.criterion.kind);
  if (outcome == Outcome::nothing) return;
  const bool cleared = ask.criterion.kind == Kind::exclusion && outcome == Outcome::no;
  if (denied != nullptr && !fact.weak && !cleared) {
    ask.findings.add(Outcome::conflicting, Text::drug_not_taken);
    ask.findings.cite(fact);
    ask.findings.cite(*denied);
    return;
  }
  ask.findings.add(outcome, text_of(ask.criterion.kind, outcome, fact));
  ask.findings.cite(fact);
}

}  // namespace

const Fact* latest_refuted(std::span<const Fact> facts, Moment& moment) {
  const Fact* found = nullptr;
  for (const Fact& fact : facts)
    if (fact.course == Course::refuted && counts(fact) && moment.visible(fact.seen) && (found == nullptr || later(fact.seen, found->seen)))
      found = &fact;
  return found;
}

bool refutes(const Fact* refuted, const Fact& confirmed) {
  return refuted != nullptr && surely_after(refuted->seen, confirmed.seen);
}

void apply(const RecordsRule& rule, Question& ask) {
  for (const Concept concept_ : rule.concepts) {
    const auto facts = ask.facts.of(concept_);
    if (facts.empty()) continue;
    const Fact* refuted = latest_refuted(facts, ask.moment);
    for (const Fact& fact : facts) {
      if (!rule.from[static_cast<std::size_t>(fact.source)] || !counts(fact) || fact.course == Course::refuted) continue;
      if (!ask.moment.visible(fact.seen) || touches(ask.facts, rule.except, fact.record)) continue;
      judge_record(rule, fact, facts, refuted, ask);
    }
  }
}

void apply(const DrugsRule& rule, Question& ask) {
  for (const Concept concept_ : rule.concepts) {
    const auto facts = ask.facts.of(concept_);
    if (facts.empty()) continue;
    const bool denied = any_denied(ask.facts, facts);
    for (const Fact& fact : facts)
      if (fact.source == Source::drug || (fact.source == Source::procedure && fact.exposure < ask.facts.exposures.size()))
        judge_drug(rule, fact, denied ? denial(ask.facts, facts, fact, ask.moment) : nullptr, ask);
  }
  if (!rule.unreadable) return;
  for (const Fact& fact : ask.facts.unreadable_drugs) {
    if (!ask.moment.visible(fact.seen)) continue;
    ask.findings.add(Outcome::incomplete_source, Text::unreadable_drug);
    ask.findings.cite(fact);
  }
}

void apply(const MorphologyRule& rule, Question& ask) {
  for (const Fact& fact : ask.facts.morphologies) {
    if (!ask.moment.visible(fact.seen)) continue;
    ask.findings.add(rule.then, Text::weak);
    ask.findings.cite(fact);
  }
}

}  // namespace trialflag::eligibility
