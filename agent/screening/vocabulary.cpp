#include "agent/screening/vocabulary.h"

namespace trialflag::screening {
namespace {

using namespace eligibility;  // one rule type a function below

void learn(const RecordsRule& rule, Vocabulary& words) {
  words.conditions.add(rule.concepts);
  if (rule.from[static_cast<std::size_t>(Source::procedure)]) words.procedures.add(rule.concepts);
}
void learn(const DrugsRule& rule, Vocabulary& words) {
  words.drugs.add(rule.concepts);
  if (rule.procedures) words.procedures.add(rule.concepts);
}
void learn(const ReliefRule& rule, Vocabulary& words) {
  words.therapies.add(rule.therapy);
  words.measured.add(rule.pain);
}
void learn(const ValuesRule& rule, Vocabulary& words) {
  words.measured.add(rule.concepts);
}
void learn(const DailyMeanRule& rule, Vocabulary& words) {
  words.measured.add(rule.concepts);
}
void learn(const ScorePairRule& rule, Vocabulary& words) {
  for (const Concept each : {rule.widespread, rule.severity}) words.measured.add(each);
}
void learn(const PressureRule& rule, Vocabulary& words) {
  words.drugs.add(rule.drugs);
  for (const Concept each : {rule.systolic, rule.diastolic}) words.measured.add(each);
}
void learn(const PregnancyRule& rule, Vocabulary& words) {
  words.conditions.add(rule.pregnancy);
  words.measured.add(rule.quantities);
  words.states.add(rule.pregnancy);
  for (const Concept each : {rule.pregnancy, rule.test}) words.signs.add(each);
  words.signs.add(rule.quantities);
  words.procedures.add(rule.end);
}
void learn(const LactationRule& rule, Vocabulary& words) {
  words.conditions.add(rule.lactation);
  words.states.add(rule.lactation);
  words.signs.add(rule.lactation);
  words.procedures.add(rule.end);
}
void learn(const ResultRule& rule, Vocabulary& words) {
  words.signs.add(rule.concepts);
}
void learn(const StopBangRule& rule, Vocabulary& words) {
  words.score_total = rule.total;
  for (const Concept item : {rule.snoring, rule.tired, rule.observed}) words.score_items.add(item);
  for (const Concept each : {rule.total, rule.systolic, rule.diastolic, rule.bmi, rule.weight, rule.height, rule.neck})
    words.measured.add(each);
  for (const Concept answer : {rule.total, rule.snoring, rule.tired, rule.observed, rule.neck}) words.answers.add(answer);
}
template <typename Rule>
void learn(const Rule&, Vocabulary&) {}

}  // namespace

Vocabulary vocabulary_of(const Trial& trial) {
  Vocabulary words;
  for (const Criterion& criterion : trial.criteria)
    for (const Clause& clause : criterion.clauses)
      for (const SimpleRule& rule : clause.rules) std::visit([&](const auto& each) { learn(each, words); }, rule);
  words.full_words.add(trial.full_words);
  words.routes = trial.routes;
  return words;
}

std::string describe(const Vocabulary& words) {
  std::string text;
  for (const ConceptSet* set : {&words.conditions, &words.drugs, &words.score_items, &words.answers, &words.full_words, &words.therapies,
                                &words.measured, &words.procedures, &words.states, &words.signs}) {
    for (std::size_t i = 0; i < set->size(); ++i)
      if (set->has(static_cast<eligibility::Concept>(i))) text.append(std::to_string(i)).append(" ");
    text.append("; ");
  }
  return text.append(std::to_string(words.score_total)).append(" ").append(std::to_string(words.routes));
}

}  // namespace trialflag::screening
