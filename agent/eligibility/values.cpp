#include "agent/eligibility/values.h"

#include <algorithm>
#include <limits>

namespace trialflag::eligibility {
namespace {

Readings read_value(const std::vector<ValueCase>& cases, const Number& number) {
  Readings readings;
  for (const ValueCase& line : cases) {
    const Truth applied = line.bound ? holds(*line.bound, number) : Truth::yes;
    if (applied == Truth::no) continue;
    readings.add(line.then);
    if (applied == Truth::yes) return readings;
  }
  readings.add(Outcome::nothing);
  return readings;
}

struct Window {
  const Fact* newest = nullptr;  ///< the sure value that starts last
  bool weak = false, rejected = false;
};

Window look(const ValueFilter& filter, Question& ask) {
  Window window;
  each_value(filter, ask.facts, ask.moment, [&](const Fact& fact, Truth) {
    if (fact.number.kind == Number::Kind::rejected) {
      window.rejected = true;
    } else if (is_weak(fact)) {
      window.weak = true;
    } else {
      if (window.newest == nullptr || starts_after(fact.date, window.newest->date)) window.newest = &fact;
    }
  });
  return window;
}

void add_value(Question& ask, Outcome outcome, Text text, const Fact& fact) {
  ask.findings.add(outcome, text);
  ask.findings.cite(fact);
}

/// What a value says that lies outside of the window, if its date means that.
Outcome beyond(const ValuesRule& rule, const Fact& fact, const Question& ask) {
  if (!rule.older_days) return Outcome::nothing;
  const Outcome older = read_value(rule.older, fact.number).settle(ask.criterion.kind);
  return older == Outcome::partial ? Outcome::stale : older;
}

/// What the sure values that share the latest time say.
Outcome judge_latest(const ValuesRule& rule, const ValueFilter& filter, const Fact& newest, Question& ask) {
  Readings all;
  bool differ = false, exact = true, first = true;
  Readings before;
  each_value(filter, ask.facts, ask.moment, [&](const Fact& fact, Truth within) {
    if (is_weak(fact) || fact.number.kind != Number::Kind::valid || later(newest.date, fact.date)) return;
    Readings readings = read_value(rule.cases, fact.number);
    if (within == Truth::unknown) readings.add(beyond(rule, fact, ask));
    differ = differ || (!first && !(readings == before));
    before = readings;
    first = false;
    exact = exact && fact.date.first == fact.date.last;
    all.merge(readings);
  });
  return differ && exact ? Outcome::conflicting : all.settle(ask.criterion.kind);
}

/// A weak value that is not earlier than the latest sure one and would change the verdict.
const Fact* weak_change(const ValuesRule& rule, const ValueFilter& filter, const Fact* newest, Outcome verdict, Question& ask) {
  const Fact* found = nullptr;
  each_value(filter, ask.facts, ask.moment, [&](const Fact& fact, Truth) {
    if (!is_weak(fact) || fact.number.kind != Number::Kind::valid || (newest != nullptr && later(newest->date, fact.date))) return;
    if (read_value(rule.cases, fact.number).settle(ask.criterion.kind) != verdict) found = &fact;
  });
  return found;
}

void apply_latest(const ValuesRule& rule, const ValueFilter& filter, const Window& window, Question& ask) {
  const Outcome verdict = window.newest == nullptr ? Outcome::nothing : judge_latest(rule, filter, *window.newest, ask);
  if (window.weak) {
    if (const Fact* weak = weak_change(rule, filter, window.newest, verdict, ask); weak != nullptr) {
      add_value(ask, Outcome::weak_evidence, Text::value, *weak);
      if (window.newest != nullptr) ask.findings.cite(*window.newest);
      return;
    }
  }
  if (verdict == Outcome::nothing) return;
  add_value(ask, verdict, rule.text, *window.newest);
  if (verdict != Outcome::conflicting) return;
  each_value(filter, ask.facts, ask.moment, [&](const Fact& fact, Truth) {
    if (!is_weak(fact) && &fact != window.newest && !later(window.newest->date, fact.date)) ask.findings.cite(fact);
  });
}

void apply_any(const ValuesRule& rule, const ValueFilter& filter, Question& ask) {
  each_value(filter, ask.facts, ask.moment, [&](const Fact& fact, Truth within) {
    if (fact.number.kind != Number::Kind::valid) return;
    Readings readings = read_value(rule.cases, fact.number);
    if (within == Truth::unknown) readings.add(beyond(rule, fact, ask));
    Outcome outcome = readings.settle(ask.criterion.kind);
    if (is_weak(fact) && outcome == Outcome::yes) outcome = Outcome::weak_evidence;
    if (outcome != Outcome::nothing) add_value(ask, outcome, rule.text, fact);
  });
}

/// How many records have a value that gives the outcome of the rule's only case, surely and perhaps.
struct Count {
  int sure = 0, perhaps = 0;
  bool weak = false;  ///< some of `perhaps` for a weak record
};

template <typename Use>
Count count_values(const ValuesRule& rule, const ValueFilter& filter, Question& ask, Use use) {
  Count count;
  const Outcome wanted = rule.cases.front().then;
  Readings sure;
  sure.add(wanted);
  std::uint32_t last = std::numeric_limits<std::uint32_t>::max();
  each_value(filter, ask.facts, ask.moment, [&](const Fact& fact, Truth within) {
    if (fact.number.kind != Number::Kind::valid || fact.record == last) return;
    const Readings readings = read_value(rule.cases, fact.number);
    if (!readings.has(wanted)) return;
    const bool counts = readings == sure && within == Truth::yes && !is_weak(fact);
    ++(counts ? count.sure : count.perhaps);
    count.weak = count.weak || is_weak(fact);
    last = fact.record;
    use(fact, counts);
  });
  return count;
}

void apply_times(const ValuesRule& rule, const ValueFilter& filter, Question& ask) {
  const Count count = count_values(rule, filter, ask, [](const Fact&, bool) {});
  if (count.sure + count.perhaps < rule.times) return;
  const bool enough = count.sure >= rule.times;
  ask.findings.add(enough ? rule.cases.front().then : count.weak ? Outcome::weak_evidence : Outcome::partial, rule.text);
  count_values(rule, filter, ask, [&](const Fact& fact, bool counts) {
    if (counts || !enough) ask.findings.cite(fact);
  });
}

void apply_older(const ValuesRule& rule, Question& ask) {
  ValueFilter filter{rule.concepts, rule.roles, *rule.older_days};
  const Fact* found = nullptr;
  Outcome outcome = Outcome::nothing;
  each_value(filter, ask.facts, ask.moment, [&](const Fact& fact, Truth) {
    if (is_weak(fact) || fact.number.kind != Number::Kind::valid) return;
    const Outcome each = beyond(rule, fact, ask);
    if (each == Outcome::nothing || (found != nullptr && !starts_after(fact.date, found->date))) return;
    found = &fact;
    outcome = each;
  });
  if (found != nullptr) add_value(ask, outcome, Text::stale_value, *found);
}

void add_rejected(const ValueFilter& filter, Question& ask) {
  ask.findings.add(Outcome::incomplete_source, Text::rejected);
  each_value(filter, ask.facts, ask.moment, [&](const Fact& fact, Truth) {
    if (fact.number.kind == Number::Kind::rejected) ask.findings.cite(fact);
  });
}

}  // namespace

void apply(const ValuesRule& rule, Question& ask) {
  const ValueFilter filter{rule.concepts, rule.roles, rule.within_days};
  const Window window = look(filter, ask);
  if (rule.pick == ValuesRule::Pick::latest) {
    apply_latest(rule, filter, window, ask);
  } else if (rule.times > 1) {
    apply_times(rule, filter, ask);
  } else {
    apply_any(rule, filter, ask);
  }
  if (window.newest != nullptr) return;  // a weak value decides nothing, so it stands in for none
  if (window.rejected) {
    if (ask.criterion.kind == Kind::exclusion) add_rejected(filter, ask);
    return;
  }
  if (rule.older_days) apply_older(rule, ask);
}

bool starts_after(const When& a, const When& b) {
  if (a.first != b.first) return a.first > b.first;
  if (a.is_instant() != b.is_instant()) return a.is_instant();
  return a.is_instant() && a.instant > b.instant;
}

Latest latest_value(const ValueFilter& filter, const Facts& facts, Moment& moment) {
  Latest latest;
  const Fact* weak = nullptr;
  bool rejected = false;
  each_value(filter, facts, moment, [&](const Fact& fact, Truth within) {
    if (fact.number.kind == Number::Kind::rejected) {
      rejected = true;
    } else if (is_weak(fact) || within != Truth::yes) {
      if (weak == nullptr || starts_after(fact.date, weak->date)) weak = &fact;
    } else if (latest.fact == nullptr || starts_after(fact.date, latest.fact->date)) {
      latest.fact = &fact;
    }
  });
  latest.rejected = rejected && latest.fact == nullptr;
  if (weak != nullptr && (latest.fact == nullptr || !later(latest.fact->date, weak->date))) latest.weak = weak;
  if (latest.fact == nullptr) return latest;
  latest.number = latest.fact->number;
  each_value(filter, facts, moment, [&](const Fact& fact, Truth) {
    if (is_weak(fact) || fact.number.kind != Number::Kind::valid || later(latest.fact->date, fact.date)) return;
    const bool differs = fact.number.low != latest.fact->number.low || fact.number.high != latest.fact->number.high;
    if (differs && fact.date.first == fact.date.last) latest.rival = &fact;
    latest.number.low = std::min(latest.number.low, fact.number.low);
    latest.number.high = std::max(latest.number.high, fact.number.high);
  });
  return latest;
}

}  // namespace trialflag::eligibility
