// Allergies to the study drugs, and allergies as a hint of past treatment (criteria.md section 3, E12 and E6).
#include <algorithm>

#include "agent/eligibility/table.h"

namespace trialflag::eligibility {
namespace {

struct Hits {
  bool study = false, study_sure = false, possible = false, in_long_text = false, unnamed = false, none_known = false, food = false;
  bool known_denial = false;  ///< its codes or words speak of a denial or of nothing: it is no allergy to another drug
};

/// Does one hit name the study drug (and surely so)?
void read_study(const AllergyRule& rule, const Fact& fact, Hits& hits) {
  const bool named = contains(rule.study_drugs, fact.concept_) && fact.role != Role::trap;
  const bool listed = fact.concept_ == rule.study_allergy;
  const bool possible = (listed && fact.role == Role::review) || (contains(rule.possible_drugs, fact.concept_) && fact.role != Role::trap);
  if (fact.long_text) {
    hits.in_long_text = hits.in_long_text || named || possible || (listed && fact.role == Role::include);
    return;
  }
  if (named || (listed && fact.role == Role::include)) {
    hits.study = true;
    hits.study_sure = hits.study_sure || !fact.weak;
  }
  hits.possible = hits.possible || possible;
}

Hits read_hits(const AllergyRule& rule, const Allergy& allergy) {
  Hits hits;
  for (const Fact& fact : allergy.facts) {
    read_study(rule, fact, hits);
    const bool counted = fact.role == Role::include || fact.role == Role::review;
    hits.unnamed = hits.unnamed || (fact.concept_ == rule.unspecified && counted);
    hits.food = hits.food || (fact.concept_ == rule.food_environment && counted);
    hits.none_known = hits.none_known || (fact.concept_ == rule.none_known && fact.role == Role::include && !fact.long_text);
    const bool says_nothing = fact.concept_ == rule.none_known || fact.concept_ == rule.no_information;
    hits.known_denial = hits.known_denial || says_nothing || fact.answer == Answer::negative;
  }
  return hits;
}

struct JudgedAllergy {
  Outcome outcome = Outcome::nothing;
  Text text = Text::weak;
};

JudgedAllergy judge(const Allergy& allergy, const Hits& hits) {
  if (hits.study) {
    const bool sure = hits.study_sure && !allergy.weak && !allergy.intolerance;
    return {sure ? Outcome::yes : Outcome::weak_evidence, sure ? Text::on_record : Text::weak};
  }
  if (hits.possible) return {Outcome::weak_evidence, Text::weak};
  if (hits.in_long_text) return {Outcome::judgement, Text::judgement};
  if (hits.unnamed) return {allergy.food_or_environment_only ? Outcome::nothing : Outcome::judgement, Text::allergy_unnamed};
  if (allergy.weak) return {};
  if (hits.none_known) return {Outcome::no, Text::allergy_none_known};
  if (hits.known_denial || hits.food || allergy.food_or_environment_only || !allergy.has_content) return {};
  return {Outcome::no, Text::allergy_other};
}

/// A hit on the study drug that the words deny ("no ketamine allergy") is no allergy to another drug either.
bool only_denied(const AllergyRule& rule, const Allergy& allergy) {
  return std::any_of(allergy.facts.begin(), allergy.facts.end(), [&](const Fact& fact) {
    return fact.answer == Answer::negative && (contains(rule.study_drugs, fact.concept_) || fact.concept_ == rule.study_allergy);
  });
}

/// Is the hit one that the judgement rests on? Its words may speak of other things too ("no known drug allergy").
bool supports(const AllergyRule& rule, Text judged, const Fact& fact) {
  if (fact.role == Role::trap) return false;
  if (judged == Text::allergy_none_known) return fact.concept_ == rule.none_known;
  if (judged == Text::allergy_unnamed) return fact.concept_ == rule.unspecified;
  return contains(rule.study_drugs, fact.concept_) || contains(rule.possible_drugs, fact.concept_) || fact.concept_ == rule.study_allergy;
}

}  // namespace

void apply(const AllergyRule& rule, Question& ask) {
  for (const Allergy& allergy : ask.facts.allergies) {
    if (!ask.moment.visible(allergy.seen)) continue;
    const JudgedAllergy judged = judge(allergy, read_hits(rule, allergy));
    if (judged.outcome == Outcome::nothing || (judged.text == Text::allergy_other && only_denied(rule, allergy))) continue;
    ask.findings.add(judged.outcome, judged.text);
    if (judged.text == Text::allergy_other) ask.findings.cite(allergy.whole);
    for (const Fact& fact : allergy.facts)
      if (judged.text != Text::allergy_other && supports(rule, judged.text, fact)) ask.findings.cite(fact);
  }
}

void apply(const AllergyHintRule& rule, Question& ask) {
  for (const Allergy& allergy : ask.facts.allergies) {
    if (!ask.moment.visible(allergy.seen)) continue;
    for (const Fact& fact : allergy.facts) {
      if (fact.role == Role::trap) continue;
      const bool listed = fact.concept_ == rule.hint && std::find(rule.covers.begin(), rule.covers.end(), fact.covers) != rule.covers.end();
      if (!contains(rule.concepts, fact.concept_) && !listed) continue;
      ask.findings.add(fact.long_text ? Outcome::judgement : rule.then, fact.long_text ? Text::judgement : Text::weak);
      ask.findings.cite(fact);
    }
  }
}

}  // namespace trialflag::eligibility
