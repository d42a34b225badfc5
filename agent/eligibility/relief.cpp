// Pain after non-drug therapy (criteria.md section 3, I3.nonpharmacological).
#include <array>

#include "agent/eligibility/values.h"

namespace trialflag::eligibility {
namespace {

/// The first dated include of that source.
When first_date(Concept concept_, Source source, Question& ask) {
  When first;
  for (const Fact& fact : ask.facts.of(concept_)) {
    if (fact.source != source || fact.course == Course::refuted || fact.role != Role::include || !fact.date.known()) continue;
    if (ask.moment.visible(fact.seen) && (!first.known() || later(first, fact.date))) first = fact.date;
  }
  return first;
}

bool condition_on_file(Concept concept_, Question& ask) {
  for (const Fact& fact : ask.facts.of(concept_)) {
    const bool counted = fact.role == Role::include || fact.role == Role::review;
    if (counted && fact.source == Source::condition && fact.course != Course::refuted && ask.moment.visible(fact.seen)) return true;
  }
  return false;
}

/// The first day on which the condition is on file; a reason speaks only where no Condition does (criteria.md 2.10). Unknown without a
/// date.
When first_date(Concept concept_, Question& ask) {
  return first_date(concept_, condition_on_file(concept_, ask) ? Source::condition : Source::reason, ask);
}

bool is_therapy(const Fact& fact) {
  const bool source = fact.source == Source::procedure || fact.source == Source::service_request || fact.source == Source::care_plan;
  return source && fact.role == Role::include;
}

/// The latest therapy after `since`; sure ones before weak ones.
const Fact* latest_therapy(const ReliefRule& rule, const When& since, Question& ask) {
  const Fact* latest = nullptr;
  for (const Fact& fact : ask.facts.of(rule.therapy)) {
    if (!is_therapy(fact) || !ask.moment.visible(fact.seen)) continue;
    if (since.known() && (!fact.date.known() || !(fact.date.last > since.first))) continue;
    const bool surer = latest != nullptr && latest->weak && !fact.weak;
    const bool newer = latest != nullptr && latest->weak == fact.weak && (later(fact.date, latest->date) || !latest->date.known());
    if (latest == nullptr || surer || newer) latest = &fact;
  }
  return latest;
}

/// The pain scores after `start`: the latest sure one, another of that instant that differs in truth, a weak one not earlier that does.
struct Pain {
  const Fact* latest = nullptr;
  const Fact* rival = nullptr;
  const Fact* doubt = nullptr;
};

Pain pain_after(const ReliefRule& rule, const When& start, Question& ask) {
  constexpr int kAnyTime = 200 * 366;
  static constexpr std::array<Role, 1> kRoles{Role::include};
  Pain pain;
  const auto each_after = [&](auto use) {
    each_value({rule.pain, kRoles, kAnyTime}, ask.facts, ask.moment, [&](const Fact& fact, Truth) {
      if (fact.number.kind == Number::Kind::valid && later(fact.date, start)) use(fact);
    });
  };
  each_after([&](const Fact& fact) {
    if (!fact.weak && (pain.latest == nullptr || later(fact.date, pain.latest->date))) pain.latest = &fact;
  });
  if (pain.latest == nullptr) return pain;
  const Truth truth = holds(rule.bound, pain.latest->number);
  each_after([&](const Fact& fact) {
    if (later(pain.latest->date, fact.date) || holds(rule.bound, fact.number) == truth) return;
    (fact.weak ? pain.doubt : pain.rival) = &fact;
  });
  return pain;
}

struct JudgedRelief {
  Outcome outcome;
  Text text;
};

JudgedRelief judge(const ReliefRule& rule, const Pain& pain, Question& ask) {
  if (pain.latest == nullptr) return {Outcome::partial, Text::relief_unmeasured};
  const Truth recent = ask.moment.within_days(pain.latest->date, rule.stale_days);
  if (recent == Truth::no) return {Outcome::stale, Text::stale_value};
  if (pain.rival != nullptr) return {Outcome::conflicting, Text::state_conflict};
  if (pain.doubt != nullptr) return {Outcome::weak_evidence, Text::weak};
  const Truth painful = holds(rule.bound, pain.latest->number);
  if (recent == Truth::unknown && painful == Truth::yes) return {Outcome::partial, Text::partial};
  switch (painful) {
    case Truth::yes:
      return {Outcome::yes, Text::relief_none};
    case Truth::no:
      return {Outcome::judgement, Text::relief_some};
    case Truth::unknown:
      break;
  }
  return {Outcome::partial, Text::partial};
}

}  // namespace

void apply(const ReliefRule& rule, Question& ask) {
  const When since = first_date(rule.since, ask);
  const Fact* therapy = latest_therapy(rule, since, ask);
  if (therapy == nullptr) return;
  const Pain pain = pain_after(rule, therapy->date, ask);
  JudgedRelief judged = judge(rule, pain, ask);
  const bool unsure_order = since.known() && !later(therapy->date, since);
  if (judged.outcome == Outcome::yes && unsure_order) judged.outcome = Outcome::partial;
  ask.findings.add(weakened(*therapy, ask.criterion.kind, judged.outcome), judged.text);
  // The summary quotes the first record: the old score, not the therapy.
  const bool score_first = judged.outcome == Outcome::stale;
  for (const Fact* each : {score_first ? pain.latest : therapy, score_first ? therapy : pain.latest, pain.rival, pain.doubt})
    if (each != nullptr) ask.findings.cite(*each);
}

}  // namespace trialflag::eligibility
