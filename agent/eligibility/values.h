// The latest value of some concepts within a window: the ones that stand, and how surely (criteria.md 2.12, 2.14).
#pragma once

#include <span>

#include "agent/eligibility/finding.h"

namespace trialflag::eligibility {

/// Which facts a value rule looks at.
struct ValueFilter {
  std::span<const Concept> concepts;
  std::span<const Role> roles;
  int within_days = 0;
};

/// Of weak standing, or a row that only may mean the concept (criteria.md 2.7): it decides nothing, but may make a verdict weak.
inline bool is_weak(const Fact& fact) {
  return fact.weak || fact.role == Role::review;
}

/// Calls `use(fact, within)` for each observed value of the filter that is visible and (perhaps) inside the window, rejected ones too.
template <typename Use>
void each_value(const ValueFilter& filter, const Facts& facts, Moment& moment, Use use) {
  for (const Concept concept_ : filter.concepts) {
    for (const Fact& fact : facts.of(concept_)) {
      const bool wanted = (fact.source == Source::observation || fact.source == Source::answer) && fact.number.kind != Number::Kind::none;
      bool role = false;
      for (const Role each : filter.roles) role = role || each == fact.role;
      if (!wanted || !role || !moment.visible(fact.seen)) continue;
      const Truth within = moment.within_days(fact.date, filter.within_days);
      if (within != Truth::no) use(fact, within);
    }
  }
}

/// Orders by the earliest time that the value may have.
bool starts_after(const When& a, const When& b);

/// A single latest value, for rules that compute with it.
struct Latest {
  const Fact* fact = nullptr;   ///< null: none
  Number number;                ///< spans the values that share the latest time
  const Fact* rival = nullptr;  ///< another value of that very instant or day, of a different size
  bool rejected = false;        ///< a rejected value stands in the window and no sure one
  const Fact* weak = nullptr;   ///< the latest that is weak or perhaps outside the window, unless it is earlier than `fact`
};
Latest latest_value(const ValueFilter& filter, const Facts& facts, Moment& moment);

}  // namespace trialflag::eligibility
