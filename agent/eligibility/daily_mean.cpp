// The mean of the days' means over a window (criteria.md section 3, I4).
#include <algorithm>
#include <array>

#include "agent/eligibility/values.h"

namespace trialflag::eligibility {
namespace {

/// Sums of the day's scores; a window of at most 31 days keeps them on the stack.
struct Days {
  static constexpr int kMost = 32;
  std::array<double, kMost> low{}, high{};
  std::array<int, kMost> count{};
  int days = 0;
  double mean_low = 0, mean_high = 0;

  void add(int slot, const Number& number) {
    const auto at = static_cast<std::size_t>(slot);
    low[at] += number.low;
    high[at] += number.high;
    ++count[at];
  }
  void finish() {
    for (std::size_t i = 0; i < kMost; ++i) {
      if (count[i] == 0) continue;
      ++days;
      mean_low += low[i] / count[i];
      mean_high += high[i] / count[i];
    }
    if (days > 0) {
      mean_low /= days;
      mean_high /= days;
    }
  }
  [[nodiscard]] Number mean() const { return {mean_low, mean_high, Number::Kind::valid, false, false}; }
};

Outcome judge_mean(const DailyMeanRule& rule, const Days& days) {
  if (days.days == 0) return Outcome::nothing;
  if (days.days < rule.least_days) return Outcome::partial;
  switch (holds(rule.bound, days.mean())) {
    case Truth::yes:
      return Outcome::yes;
    case Truth::no:
      return Outcome::no;
    case Truth::unknown:
      return Outcome::partial;
  }
  return Outcome::partial;
}

}  // namespace

void apply(const DailyMeanRule& rule, Question& ask) {
  static constexpr std::array<Role, 1> kRoles{Role::include};
  const ValueFilter filter{rule.concepts, kRoles, std::min(rule.within_days, Days::kMost - 1)};
  Days sure, all;
  bool has_weak = false, has_interval = false;
  const auto usable = [](const Fact& fact) { return fact.number.kind == Number::Kind::valid; };
  each_value(filter, ask.facts, ask.moment, [&](const Fact& fact, Truth) {
    if (!usable(fact)) return;
    const int age = ask.moment.day() - fact.date.last;
    if (fact.date.first != fact.date.last || age < 0 || age >= Days::kMost) {
      has_interval = true;
      return;
    }
    all.add(age, fact.number);
    if (fact.weak) {
      has_weak = true;
    } else {
      sure.add(age, fact.number);
    }
  });
  sure.finish();
  all.finish();
  Outcome outcome = judge_mean(rule, sure);
  const Outcome with_weak = judge_mean(rule, all);
  const bool changed = has_weak && with_weak != outcome && (with_weak == Outcome::yes || with_weak == Outcome::no);
  if (changed) outcome = Outcome::weak_evidence;
  if (outcome == Outcome::nothing && has_interval) outcome = Outcome::partial;
  if (outcome == Outcome::nothing) return;
  Finding& finding = ask.findings.add(outcome, outcome == Outcome::partial ? Text::mean_so_far : Text::mean);
  finding.value = changed ? all.mean_low : sure.mean_low;
  finding.low = changed ? all.days : sure.days;
  each_value(filter, ask.facts, ask.moment, [&](const Fact& fact, Truth) {
    if (usable(fact) && (changed || !fact.weak)) ask.findings.cite(fact);
  });
}

}  // namespace trialflag::eligibility
