// Blood pressure above goal on many drug classes (criteria.md section 3, E9.refractory_hypertension).
#include <array>
#include <limits>

#include "agent/eligibility/table.h"
#include "agent/eligibility/values.h"

namespace trialflag::eligibility {
namespace {

constexpr std::array<Role, 2> kRead{Role::include, Role::review};

/// The mean over the last two days that have readings.
struct TwoDays {
  bool known = false, rejected = false;
  Number mean;
  const Fact* doubt = nullptr;  ///< the highest reading, not earlier than those days, that is weak or of an unsure day
};

struct DaySum {
  Day day{std::numeric_limits<std::int32_t>::min()};
  double low = 0, high = 0;
  int count = 0;
};

Number mean_of(const DaySum& newest, const DaySum& second) {
  Number mean{newest.low / newest.count, newest.high / newest.count, Number::Kind::valid, false, false};
  if (second.count == 0) return mean;
  mean.low = (mean.low + second.low / second.count) / 2;
  mean.high = (mean.high + second.high / second.count) / 2;
  return mean;
}

TwoDays last_two_days(Concept concept_, int window_days, Question& ask) {
  const Concept concepts[] = {concept_};
  DaySum newest, second;
  TwoDays result;
  each_value({concepts, kRead, window_days}, ask.facts, ask.moment, [&](const Fact& fact, Truth) {
    if (fact.number.kind == Number::Kind::rejected) result.rejected = true;
    if (fact.number.kind != Number::Kind::valid || is_weak(fact) || fact.date.first != fact.date.last) return;
    const Day day = fact.date.first;
    if (day > newest.day) {
      second = newest;
      newest = {day};
    } else if (day < newest.day && day > second.day) {
      second = {day};
    }
    if (day != newest.day && day != second.day) return;
    DaySum& sum = day == newest.day ? newest : second;
    sum.low += fact.number.low;
    sum.high += fact.number.high;
    ++sum.count;
  });
  each_value({concepts, kRead, window_days}, ask.facts, ask.moment, [&](const Fact& fact, Truth) {
    const bool unsure = is_weak(fact) || fact.date.first != fact.date.last;
    if (fact.number.kind != Number::Kind::valid || !unsure || fact.date.last < newest.day) return;
    if (result.doubt == nullptr || fact.number.high > result.doubt->number.high) result.doubt = &fact;
  });
  result.known = newest.count > 0;
  result.rejected = result.rejected && !result.known;
  if (result.known) result.mean = mean_of(newest, second);
  return result;
}

/// The distinct classes that the patient is on.
struct Classes {
  std::array<std::string_view, 16> names{};
  std::size_t count = 0;
  bool diuretic = false;

  void add(std::string_view name, const PressureRule& rule) {
    for (std::size_t i = 0; i < count; ++i)
      if (names[i] == name) return;
    if (count < names.size()) names[count++] = name;
    for (const std::string& each : rule.diuretics) diuretic = diuretic || each == name;
  }
};

Classes classes_on(const PressureRule& rule, Question& ask) {
  Classes classes;
  for (const Fact& fact : ask.facts.of(rule.drugs)) {
    const bool counted = fact.source == Source::drug && (fact.role == Role::include || fact.role == Role::review);
    if (!counted || !ask.moment.visible(fact.seen) || on(ask.facts.exposures[fact.exposure], ask.moment) == Truth::no) continue;
    each_class(fact.classes, [&](std::string_view name) { classes.add(name, rule); });
  }
  return classes;
}

void cite_drugs(const PressureRule& rule, Question& ask) {
  for (const Fact& fact : ask.facts.of(rule.drugs)) {
    if (fact.source != Source::drug || fact.role == Role::trap || !ask.moment.visible(fact.seen)) continue;
    if (on(ask.facts.exposures[fact.exposure], ask.moment) != Truth::no) ask.findings.cite(fact);
  }
}

void cite_pressures(const PressureRule& rule, int window_days, Question& ask) {
  const Concept concepts[] = {rule.systolic, rule.diastolic};
  each_value({concepts, kRead, window_days}, ask.facts, ask.moment, [&](const Fact& fact, Truth) { ask.findings.cite(fact); });
}

Truth above(const TwoDays& pressure, double limit) {
  const Bound bound{Bound::Op::at_least, limit};
  const Truth sure = pressure.known ? holds(bound, pressure.mean) : Truth::no;
  const bool doubtful = pressure.doubt != nullptr && holds(bound, pressure.doubt->number) != Truth::no;
  return sure == Truth::no && doubtful ? Truth::unknown : sure;
}

void judge_classes(const PressureRule& rule, Truth high, Question& ask) {
  const Classes classes = classes_on(rule, ask);
  const int count = static_cast<int>(classes.count);
  const bool many = count >= rule.classes_any;
  const bool enough = high != Truth::no && count >= rule.classes_with_diuretic && classes.diuretic;
  if (many || enough) {
    ask.findings.add(Outcome::weak_evidence, Text::pressure_classes).value = count;
    cite_drugs(rule, ask);
    if (high != Truth::no) cite_pressures(rule, rule.window_days, ask);
    return;
  }
  if (high == Truth::no) return;
  for (const Fact& fact : ask.facts.unreadable_drugs) {
    if (!ask.moment.visible(fact.seen)) continue;
    ask.findings.add(Outcome::incomplete_source, Text::unreadable_drug);
    ask.findings.cite(fact);
  }
}

void judge_crisis(const PressureRule& rule, Concept concept_, double limit, Question& ask) {
  const Concept concepts[] = {concept_};
  const Latest latest = latest_value({concepts, kRead, rule.window_days}, ask.facts, ask.moment);
  const Fact* fact = latest.fact;
  Truth crisis = fact == nullptr ? Truth::no : holds({Bound::Op::at_least, limit}, latest.number);
  if (crisis == Truth::unknown && latest.rival != nullptr) {
    ask.findings.add(Outcome::conflicting, Text::state_conflict);
    ask.findings.cite(*fact);
    ask.findings.cite(*latest.rival);
    return;
  }
  if (latest.weak != nullptr && crisis == Truth::no && holds({Bound::Op::at_least, limit}, latest.weak->number) != Truth::no) {
    fact = latest.weak;
    crisis = Truth::yes;
  }
  if (crisis == Truth::no) return;
  const bool recent = ask.moment.within_days(fact->date, rule.crisis_days) != Truth::no;
  ask.findings.add(recent ? Outcome::weak_evidence : Outcome::stale, recent ? Text::pressure_crisis : Text::pressure_stale);
  ask.findings.cite(*fact);
}

/// The days in which a crisis counts as new hold no reading but one that cannot be used.
bool rejected_since(const PressureRule& rule, Question& ask) {
  const auto rejected = [&](Concept concept_) {
    const Concept concepts[] = {concept_};
    return latest_value({concepts, kRead, rule.crisis_days}, ask.facts, ask.moment).rejected;
  };
  return rejected(rule.systolic) || rejected(rule.diastolic);
}

}  // namespace

void apply(const PressureRule& rule, Question& ask) {
  const TwoDays systolic = last_two_days(rule.systolic, rule.window_days, ask);
  const TwoDays diastolic = last_two_days(rule.diastolic, rule.window_days, ask);
  const Truth high = either(above(systolic, rule.systolic_high), above(diastolic, rule.diastolic_high));
  judge_classes(rule, high, ask);
  if (high != Truth::no) ask.findings.drugs_matter();
  judge_crisis(rule, rule.systolic, rule.systolic_crisis, ask);
  judge_crisis(rule, rule.diastolic, rule.diastolic_crisis, ask);
  if (!systolic.rejected && !diastolic.rejected && !rejected_since(rule, ask)) return;
  ask.findings.add(Outcome::incomplete_source, Text::rejected);
  const Concept concepts[] = {rule.systolic, rule.diastolic};
  each_value({concepts, kRead, rule.window_days}, ask.facts, ask.moment, [&](const Fact& fact, Truth) {
    if (fact.number.kind == Number::Kind::rejected) ask.findings.cite(fact);
  });
}

}  // namespace trialflag::eligibility
