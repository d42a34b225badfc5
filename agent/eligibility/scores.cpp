// Scores made of parts: STOP-Bang, and the two ACR scores against a diagnosis (criteria.md section 3, E5 and I2).
#include <algorithm>
#include <array>
#include <optional>

#include "agent/eligibility/table.h"
#include "agent/eligibility/values.h"

namespace trialflag::eligibility {
namespace {

constexpr std::array<Role, 1> kTotal{Role::include};  ///< a row that only may be the score is none
constexpr std::array<Role, 3> kMeasured{Role::include, Role::evidence, Role::review};

bool is_answer(const Fact& fact) {
  const bool observed = fact.source == Source::observation || fact.source == Source::answer;
  return observed && fact.role == Role::include && (fact.answer == Answer::positive || fact.answer == Answer::negative);
}

/// The latest recorded answer: yes, no, or unknown when there is none, when two of one time differ, or when a later weak one differs.
Truth answered(Concept item, Question& ask) {
  const Fact* latest = nullptr;
  const auto facts = ask.facts.of(item);
  for (const Fact& fact : facts)
    if (is_answer(fact) && !fact.weak && ask.moment.visible(fact.seen) && (latest == nullptr || later(fact.date, latest->date)))
      latest = &fact;
  if (latest == nullptr) return Truth::unknown;
  bool contradicted = false;
  for (const Fact& fact : facts) {
    const bool unread = fact.role == Role::include && fact.answer == Answer::unknown;
    if (!(is_answer(fact) || unread) || !ask.moment.visible(fact.seen) || fact.answer == latest->answer) continue;
    contradicted = contradicted || !later(latest->date, fact.date);
  }
  ask.findings.cite(*latest);
  if (contradicted) return Truth::unknown;
  return latest->answer == Answer::positive ? Truth::yes : Truth::no;
}

Truth present_condition(Concept concept_, Question& ask) {
  Truth result = Truth::no;
  const Fact* refuted = latest_refuted(ask.facts.of(concept_), ask.moment);
  for (const Fact& fact : ask.facts.of(concept_)) {
    const bool diagnosis = fact.source == Source::condition || fact.source == Source::reason;
    if (!diagnosis || (fact.role != Role::include && fact.role != Role::review) || fact.course == Course::refuted) continue;
    if (!ask.moment.visible(fact.seen)) continue;
    const bool sure = fact.source == Source::condition && !is_weak(fact) && !refutes(refuted, fact);
    Truth present = ask.moment.present(fact);
    if (present == Truth::yes && !sure) present = Truth::unknown;
    if (present != Truth::no) ask.findings.cite(fact);
    result = either(result, present);
  }
  return result;
}

Truth snoring(const StopBangRule& rule, Question& ask) {
  const Truth present = present_condition(rule.snoring, ask);
  if (present == Truth::yes) return Truth::yes;
  const Truth answer = answered(rule.snoring, ask);
  return present == Truth::unknown && answer == Truth::no ? Truth::unknown : answer;
}

Truth below_goal(const StopBangRule& rule, Question& ask) {
  const Concept systolic[] = {rule.systolic}, diastolic[] = {rule.diastolic};
  const Latest upper = latest_value({systolic, kMeasured, rule.window_days}, ask.facts, ask.moment);
  const Latest lower = latest_value({diastolic, kMeasured, rule.window_days}, ask.facts, ask.moment);
  if (upper.fact == nullptr || lower.fact == nullptr || upper.weak != nullptr || lower.weak != nullptr) return Truth::unknown;
  ask.findings.cite(*upper.fact);
  ask.findings.cite(*lower.fact);
  return both(holds({Bound::Op::below, rule.systolic_below}, upper.number), holds({Bound::Op::below, rule.diastolic_below}, lower.number));
}

Truth pressure(const StopBangRule& rule, Question& ask) {
  bool doubtful = false;
  const Fact* refuted = latest_refuted(ask.facts.of(rule.hypertension), ask.moment);
  for (const Fact& fact : ask.facts.of(rule.hypertension)) {
    const bool diagnosis = fact.source == Source::condition || fact.source == Source::reason;
    if (!diagnosis || fact.course == Course::refuted || !ask.moment.visible(fact.seen)) continue;
    if (fact.role != Role::include && fact.role != Role::review) continue;
    ask.findings.cite(fact);
    if (fact.role == Role::include && !fact.weak && !refutes(refuted, fact)) return Truth::yes;
    doubtful = true;
  }
  for (const Fact& fact : ask.facts.of(rule.antihypertensives)) {
    if (fact.source != Source::drug || fact.role == Role::trap || !ask.moment.visible(fact.seen)) continue;
    if (on(ask.facts.exposures[fact.exposure], ask.moment) == Truth::no) continue;
    ask.findings.cite(fact);
    doubtful = true;
  }
  if (doubtful) return Truth::unknown;
  return below_goal(rule, ask) == Truth::yes ? Truth::no : Truth::unknown;
}

Truth heavy(const StopBangRule& rule, Question& ask) {
  constexpr int kAnyTime = 200 * 366;
  const Concept bmi[] = {rule.bmi}, weight[] = {rule.weight}, height[] = {rule.height};
  const Bound above{Bound::Op::above, rule.bmi_above};
  const Latest index = latest_value({bmi, kMeasured, rule.window_days}, ask.facts, ask.moment);
  if (index.fact != nullptr) {
    ask.findings.cite(*index.fact);
    return index.weak != nullptr ? Truth::unknown : holds(above, index.number);
  }
  if (index.rejected) return Truth::unknown;
  const Latest mass = latest_value({weight, kMeasured, rule.window_days}, ask.facts, ask.moment);
  const Latest size = latest_value({height, kMeasured, kAnyTime}, ask.facts, ask.moment);
  if (mass.fact == nullptr || size.fact == nullptr || size.number.low <= 0) return Truth::unknown;
  ask.findings.cite(*mass.fact);
  ask.findings.cite(*size.fact);
  if (mass.weak != nullptr || size.weak != nullptr) return Truth::unknown;
  const double tall = size.number.high / 100, small = size.number.low / 100;
  return holds(above, {mass.number.low / (tall * tall), mass.number.high / (small * small), Number::Kind::valid, false, false});
}

Truth thick_neck(const StopBangRule& rule, Question& ask) {
  const Concept neck[] = {rule.neck};
  const Latest girth = latest_value({neck, kMeasured, rule.window_days}, ask.facts, ask.moment);
  if (girth.fact == nullptr) return Truth::unknown;
  ask.findings.cite(*girth.fact);
  if (girth.weak != nullptr) return Truth::unknown;
  if (holds({Bound::Op::at_most, rule.neck_false_to}, girth.number) == Truth::yes) return Truth::no;
  const double from = ask.facts.person.gender == Person::Gender::female ? rule.neck_true_female : rule.neck_true_male;
  return holds({Bound::Op::at_least, from}, girth.number) == Truth::yes ? Truth::yes : Truth::unknown;
}

Truth male(const Person& person) {
  if (person.gender == Person::Gender::male) return Truth::yes;
  return person.gender == Person::Gender::female ? Truth::no : Truth::unknown;
}

struct Sum {
  int low = 0, high = 0;
  std::uint32_t missing = 0;
};

/// The eight items in the order S T O P B A N G.
Sum sum_items(const StopBangRule& rule, Question& ask) {
  const Person& person = ask.facts.person;
  const Truth items[] = {snoring(rule, ask),
                         answered(rule.tired, ask),
                         answered(rule.observed, ask),
                         pressure(rule, ask),
                         heavy(rule, ask),
                         ask.moment.aged(person.birth, rule.age),
                         thick_neck(rule, ask),
                         male(person)};
  Sum sum;
  for (std::size_t i = 0; i < std::size(items); ++i) {
    sum.low += items[i] == Truth::yes ? 1 : 0;
    sum.high += items[i] == Truth::no ? 0 : 1;
    if (items[i] == Truth::unknown) sum.missing |= 1U << i;
  }
  return sum;
}

Outcome score_outcome(const StopBangRule& rule, const Number& total) {
  const Truth high = holds({Bound::Op::at_least, static_cast<double>(rule.threshold)}, total);
  return high == Truth::yes ? Outcome::yes : high == Truth::no ? Outcome::no : Outcome::partial;
}

/// No sure total on file: the items decide, unless a weak total says something else.
void judge_items(const StopBangRule& rule, const Latest& total, Question& ask) {
  ask.findings.add(Outcome::nothing, Text::score_items);
  const std::size_t at = ask.findings.size() - 1;
  const Sum sum = sum_items(rule, ask);
  ask.findings.cite_record(ask.facts.person.record);
  Finding& finding = ask.findings.at(at);
  finding.low = sum.low;
  finding.high = sum.high;
  finding.items = sum.missing;
  if (sum.low >= rule.threshold) {
    finding.outcome = Outcome::yes;
  } else if (total.rejected) {
    finding.outcome = Outcome::incomplete_source;
    finding.text = Text::rejected;
  } else if (sum.high < rule.threshold) {
    finding.outcome = Outcome::no;
  } else {
    finding.outcome = Outcome::partial;
    finding.text = Text::score_partial;
  }
  if (total.weak == nullptr || finding.outcome == Outcome::yes || score_outcome(rule, total.weak->number) == finding.outcome) return;
  Outcome outcome = Outcome::weak_evidence;
  if (!is_weak(*total.weak)) {  // it counts or does not, by what its date means
    Readings readings;
    readings.add(score_outcome(rule, total.weak->number));
    readings.add(finding.outcome);
    outcome = readings.settle(ask.criterion.kind);
  }
  finding.outcome = Outcome::nothing;
  ask.findings.add(outcome, outcome == Outcome::partial ? Text::partial : Text::score_total);
  ask.findings.cite(*total.weak);
}

void judge_total(const StopBangRule& rule, const Latest& total, Question& ask) {
  ask.findings.add(Outcome::nothing, Text::score_total);
  const std::size_t at = ask.findings.size() - 1;
  ask.findings.cite(*total.fact);
  Outcome outcome = score_outcome(rule, total.number);
  if (outcome == Outcome::partial && total.rival != nullptr) {
    outcome = Outcome::conflicting;
    ask.findings.cite(*total.rival);
  }
  if (total.weak != nullptr && score_outcome(rule, total.weak->number) != outcome) {
    outcome = Outcome::weak_evidence;
    ask.findings.cite(*total.weak);
  }
  if (outcome == Outcome::no) {
    const Sum sum = sum_items(rule, ask);
    if (sum.low >= rule.threshold) outcome = Outcome::conflicting;
  }
  Finding& finding = ask.findings.at(at);
  finding.outcome = outcome;
  finding.settles = outcome == Outcome::no;
}

bool usable_score(const Fact& fact, Moment& moment) {
  const bool valid = fact.number.kind == Number::Kind::valid && fact.role == Role::include && !fact.weak;
  return valid && fact.date.known() && fact.date.first == fact.date.last && moment.visible(fact.seen);
}

/// The latest day that has scores of both kinds.
std::optional<Day> day_of_both(const ScorePairRule& rule, Question& ask) {
  std::optional<Day> latest;
  for (const Fact& widespread : ask.facts.of(rule.widespread)) {
    if (!usable_score(widespread, ask.moment)) continue;
    for (const Fact& severity : ask.facts.of(rule.severity)) {
      if (!usable_score(severity, ask.moment) || severity.date.first != widespread.date.first) continue;
      if (!latest || severity.date.first > *latest) latest = severity.date.first;
    }
  }
  return latest;
}

/// Calls `use` for each score of that day that no other of its kind follows.
template <typename Use>
void each_last_score(Concept kind, Day day, Question& ask, Use use) {
  const auto facts = ask.facts.of(kind);
  const auto on_day = [&](const Fact& fact) { return usable_score(fact, ask.moment) && fact.date.first == day; };
  for (const Fact& fact : facts) {
    if (!on_day(fact)) continue;
    const bool followed =
        std::any_of(facts.begin(), facts.end(), [&](const Fact& other) { return on_day(other) && later(other.date, fact.date); });
    if (!followed) use(fact);
  }
}

Truth in_arm(const ScorePairRule::Arm& arm, const Fact& widespread, const Fact& severity) {
  const Truth low = holds({Bound::Op::at_least, arm.widespread_low}, widespread.number);
  const Truth high = holds({Bound::Op::at_most, arm.widespread_high}, widespread.number);
  return both(both(low, high), holds({Bound::Op::at_least, arm.severity_low}, severity.number));
}

/// Are the criteria met by every pair of the day's last scores? No as soon as one pair fails them.
Truth all_met(const ScorePairRule& rule, Day day, Question& ask) {
  Truth all = Truth::yes;
  each_last_score(rule.widespread, day, ask, [&](const Fact& widespread) {
    each_last_score(rule.severity, day, ask, [&](const Fact& severity) {
      Truth met = Truth::no;
      for (const auto& arm : rule.arms) met = either(met, in_arm(arm, widespread, severity));
      all = both(all, met);
    });
  });
  return all;
}

}  // namespace

void apply(const StopBangRule& rule, Question& ask) {
  const Concept concepts[] = {rule.total};
  const Latest total = latest_value({concepts, kTotal, rule.window_days}, ask.facts, ask.moment);
  if (total.fact != nullptr) {
    judge_total(rule, total, ask);
  } else {
    judge_items(rule, total, ask);
  }
}

void apply(const ScorePairRule& rule, Question& ask) {
  const std::optional<Day> day = day_of_both(rule, ask);
  const bool diagnosed = std::any_of(ask.findings.all().begin(), ask.findings.all().end(),
                                     [](const Finding& finding) { return finding.outcome == Outcome::yes; });
  if (!day || !diagnosed) return;
  const Truth met = all_met(rule, *day, ask);
  if (met == Truth::unknown) return;
  const bool confirms = met == Truth::yes;
  ask.findings.add(confirms ? Outcome::yes : Outcome::conflicting, confirms ? Text::on_record : Text::scores_contradict).confirms =
      confirms;
  for (const Concept kind : {rule.widespread, rule.severity})
    each_last_score(kind, *day, ask, [&](const Fact& fact) { ask.findings.cite(fact); });
}

}  // namespace trialflag::eligibility
