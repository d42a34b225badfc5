// Scores made of parts: STOP-Bang, and the two ACR scores against a diagnosis (criteria.md section 3, E5 and I2).
#include <algorithm>
#include <array>

#include "agent/eligibility/table.h"
#include "agent/eligibility/values.h"

namespace trialflag::eligibility {
namespace {

constexpr std::array<Role, 1> kInclude{Role::include};
constexpr std::array<Role, 2> kMeasured{Role::include, Role::evidence};

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
    if (!is_answer(fact) || !ask.moment.visible(fact.seen) || fact.answer == latest->answer) continue;
    contradicted = contradicted || !later(latest->date, fact.date);
  }
  ask.findings.cite(*latest);
  if (contradicted) return Truth::unknown;
  return latest->answer == Answer::positive ? Truth::yes : Truth::no;
}

Truth present_condition(Concept concept_, Question& ask) {
  Truth result = Truth::no;
  for (const Fact& fact : ask.facts.of(concept_)) {
    if (fact.source != Source::condition || fact.role != Role::include || fact.weak || fact.course == Course::refuted) continue;
    if (!ask.moment.visible(fact.seen)) continue;
    const Truth present = ask.moment.present(fact);
    if (present != Truth::no) ask.findings.cite(fact);
    result = either(result, present);
  }
  return result;
}

Truth snoring(const StopBangRule& rule, Question& ask) {
  if (present_condition(rule.snoring, ask) == Truth::yes) return Truth::yes;
  return answered(rule.snoring, ask);
}

Truth below_goal(const StopBangRule& rule, Question& ask) {
  const Concept systolic[] = {rule.systolic}, diastolic[] = {rule.diastolic};
  const Latest upper = latest_value({systolic, kInclude, rule.window_days}, ask.facts, ask.moment);
  const Latest lower = latest_value({diastolic, kInclude, rule.window_days}, ask.facts, ask.moment);
  if (upper.fact == nullptr || lower.fact == nullptr || upper.weak != nullptr || lower.weak != nullptr) return Truth::unknown;
  ask.findings.cite(*upper.fact);
  ask.findings.cite(*lower.fact);
  return both(holds({Bound::Op::below, rule.systolic_below}, upper.number), holds({Bound::Op::below, rule.diastolic_below}, lower.number));
}

Truth pressure(const StopBangRule& rule, Question& ask) {
  bool doubtful = false;
  for (const Fact& fact : ask.facts.of(rule.hypertension)) {
    const bool diagnosis = fact.source == Source::condition || fact.source == Source::reason;
    if (!diagnosis || fact.course == Course::refuted || !ask.moment.visible(fact.seen)) continue;
    if (fact.role != Role::include && fact.role != Role::review) continue;
    ask.findings.cite(fact);
    if (fact.role == Role::include && !fact.weak) return Truth::yes;
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
  const Latest mass = latest_value({weight, kMeasured, rule.window_days}, ask.facts, ask.moment);
  const Latest size = latest_value({height, kMeasured, kAnyTime}, ask.facts, ask.moment);
  if (mass.fact == nullptr || size.fact == nullptr || size.number.low <= 0) return Truth::unknown;
  ask.findings.cite(*mass.fact);
  ask.findings.cite(*size.fact);
  if (mass.weak != nullptr || size.weak != nullptr) return Truth::unknown;
  const double tall = size.number.high / 100, small = size.number.low / 100;
  return holds(above, {Number::Kind::valid, mass.number.low / (tall * tall), mass.number.high / (small * small), false, false});
}

Truth thick_neck(const StopBangRule& rule, Question& ask) {
  const Concept neck[] = {rule.neck};
  const Latest girth = latest_value({neck, kInclude, rule.window_days}, ask.facts, ask.moment);
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
  finding.outcome = Outcome::weak_evidence;
  finding.text = Text::score_total;
  ask.findings.cite(*total.weak);
}

void judge_total(const StopBangRule& rule, const Latest& total, Question& ask) {
  ask.findings.add(Outcome::nothing, Text::score_total);
  const std::size_t at = ask.findings.size() - 1;
  ask.findings.cite(*total.fact);
  Outcome outcome = score_outcome(rule, total.number);
  bool overrides = false;
  if (total.weak != nullptr && score_outcome(rule, total.weak->number) != outcome) {
    outcome = Outcome::weak_evidence;
    ask.findings.cite(*total.weak);
  }
  if (outcome == Outcome::no) {
    const Sum sum = sum_items(rule, ask);
    overrides = sum.low >= rule.threshold;
    if (overrides) outcome = Outcome::conflicting;
  }
  Finding& finding = ask.findings.at(at);
  finding.outcome = outcome;
  finding.overrides = overrides;
  finding.settles = outcome == Outcome::no;
}

/// Scores of both kinds on one day: the latest such day.
struct Pair {
  const Fact* widespread = nullptr;
  const Fact* severity = nullptr;
};

Pair latest_pair(const ScorePairRule& rule, Question& ask) {
  Pair pair;
  const auto usable = [&](const Fact& fact) {
    const bool valid = fact.number.kind == Number::Kind::valid && fact.role == Role::include && !fact.weak;
    return valid && fact.date.known && fact.date.first == fact.date.last && ask.moment.visible(fact.seen);
  };
  for (const Fact& widespread : ask.facts.of(rule.widespread)) {
    if (!usable(widespread)) continue;
    for (const Fact& severity : ask.facts.of(rule.severity)) {
      if (!usable(severity) || severity.date.first != widespread.date.first) continue;
      if (pair.widespread == nullptr || widespread.date.first > pair.widespread->date.first) pair = {&widespread, &severity};
    }
  }
  return pair;
}

Truth in_arm(const ScorePairRule::Arm& arm, const Pair& pair) {
  const Truth low = holds({Bound::Op::at_least, arm.widespread_low}, pair.widespread->number);
  const Truth high = holds({Bound::Op::at_most, arm.widespread_high}, pair.widespread->number);
  return both(both(low, high), holds({Bound::Op::at_least, arm.severity_low}, pair.severity->number));
}

}  // namespace

void apply(const StopBangRule& rule, Question& ask) {
  const Concept concepts[] = {rule.total};
  const Latest total = latest_value({concepts, kInclude, rule.window_days}, ask.facts, ask.moment);
  if (total.fact != nullptr) {
    judge_total(rule, total, ask);
  } else {
    judge_items(rule, total, ask);
  }
}

void apply(const ScorePairRule& rule, Question& ask) {
  const Pair pair = latest_pair(rule, ask);
  if (pair.widespread == nullptr) return;
  Truth met = Truth::no;
  for (const auto& arm : rule.arms) met = either(met, in_arm(arm, pair));
  bool diagnosed = false;
  for (const Finding& finding : ask.findings.all()) diagnosed = diagnosed || finding.outcome == Outcome::yes;
  if (!diagnosed || met == Truth::unknown) return;
  Finding& finding = ask.findings.add(met == Truth::yes ? Outcome::yes : Outcome::conflicting,
                                      met == Truth::yes ? Text::on_record : Text::scores_contradict);
  finding.overrides = met == Truth::no;
  finding.confirms = met == Truth::yes;
  ask.findings.cite(*pair.widespread);
  ask.findings.cite(*pair.severity);
}

}  // namespace trialflag::eligibility
