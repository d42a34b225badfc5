// Results that answer yes or no: any within a window, or the latest alone (criteria.md 2.12, 2.14).
#include "agent/eligibility/values.h"

namespace trialflag::eligibility {
namespace {

/// Calls `use(fact, within)` for each answered result of the rule that is visible and (perhaps) inside the window.
template <typename Use>
void each_answer(const ResultRule& rule, Question& ask, Use use) {
  for (const Concept concept_ : rule.concepts) {
    for (const Fact& fact : ask.facts.of(concept_)) {
      const bool answered = fact.source == Source::observation && fact.role != Role::trap && fact.answer != Answer::none;
      if (!answered || !ask.moment.visible(fact.seen)) continue;
      const Truth within = ask.moment.within_days(fact.date, rule.within_days);
      if (within != Truth::no) use(fact, within);
    }
  }
}

void apply_any(const ResultRule& rule, Question& ask) {
  each_answer(rule, ask, [&](const Fact& fact, Truth) {
    if (fact.answer != rule.answer) return;
    ask.findings.add(rule.then, Text::result);
    ask.findings.cite(fact);
  });
}

/// What the answers that are not surely earlier than the newest say; a weak one counts where there is no sure one, or where it would
/// change the verdict.
void apply_latest(const ResultRule& rule, Question& ask) {
  const Fact* newest = nullptr;
  each_answer(rule, ask, [&](const Fact& fact, Truth) {
    if (!fact.weak && (newest == nullptr || starts_after(fact.date, newest->date))) newest = &fact;
  });
  Readings readings;
  bool rivals = false;
  const Fact* doubt = nullptr;
  each_answer(rule, ask, [&](const Fact& fact, Truth within) {
    if (newest != nullptr && later(newest->date, fact.date)) return;
    if (fact.weak) {
      if (fact.answer == rule.answer && (newest == nullptr || newest->answer != rule.answer)) doubt = &fact;
      return;
    }
    readings.add(fact.answer == rule.answer ? rule.then : Outcome::nothing);
    if (within == Truth::unknown) readings.add(Outcome::nothing);
    rivals = rivals || (newest != nullptr && fact.answer != newest->answer);
  });
  const bool conflict = rivals && newest->date.first == newest->date.last;
  const Outcome sure = conflict ? Outcome::conflicting : readings.settle(ask.criterion.kind);
  const Outcome outcome = sure == Outcome::nothing && doubt != nullptr ? Outcome::weak_evidence : sure;
  if (outcome == Outcome::nothing) return;
  ask.findings.add(outcome, Text::value);
  each_answer(rule, ask, [&](const Fact& fact, Truth) {
    const bool stands = newest != nullptr && !fact.weak && !later(newest->date, fact.date);
    if (stands || &fact == doubt) ask.findings.cite(fact);
  });
}

}  // namespace

void apply(const ResultRule& rule, Question& ask) {
  if (rule.latest) {
    apply_latest(rule, ask);
  } else {
    apply_any(rule, ask);
  }
}

}  // namespace trialflag::eligibility
