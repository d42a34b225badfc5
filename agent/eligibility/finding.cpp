#include "agent/eligibility/finding.h"

#include <cmath>

namespace trialflag::eligibility {
namespace {

constexpr std::uint32_t bit(Outcome outcome) {
  return 1U << static_cast<unsigned>(outcome);
}

/// The value; or the limit, where only the rounding of a mean, an index or a conversion can have parted them.
double settled(double value, double limit) {
  constexpr double kRounding = 1e-12;
  return std::abs(value - limit) <= kRounding * std::abs(limit) ? limit : value;
}

}  // namespace

Outcome Readings::settle(Kind kind) const {
  for (unsigned i = 0; i <= static_cast<unsigned>(Outcome::needs_person); ++i)
    if (bits_ == 1U << i) return static_cast<Outcome>(i);
  if (bits_ == 0) return Outcome::nothing;
  const std::uint32_t fails = kind == Kind::exclusion ? bit(Outcome::yes) : bit(Outcome::no);
  const std::uint32_t passes = kind == Kind::exclusion ? bit(Outcome::no) | bit(Outcome::nothing) : bit(Outcome::yes);
  return (bits_ & fails) != 0 && (bits_ & passes) == 0 ? Outcome::weak_evidence : Outcome::partial;
}

Truth holds(const Bound& bound, const Number& number) {
  const double limit = bound.limit, low = settled(number.low, limit), high = settled(number.high, limit);
  switch (bound.op) {
    case Bound::Op::at_least:
      if (low >= limit) return Truth::yes;
      return high < limit || (high == limit && number.high_open) ? Truth::no : Truth::unknown;
    case Bound::Op::above:
      if (low > limit || (low == limit && number.low_open)) return Truth::yes;
      return high <= limit ? Truth::no : Truth::unknown;
    case Bound::Op::below:
      if (high < limit || (high == limit && number.high_open)) return Truth::yes;
      return low >= limit ? Truth::no : Truth::unknown;
    case Bound::Op::at_most:
      if (high <= limit) return Truth::yes;
      return low > limit || (low == limit && number.low_open) ? Truth::no : Truth::unknown;
  }
  return Truth::unknown;
}

Outcome weakened(const Fact& fact, Kind kind, Outcome outcome) {
  if (!fact.weak || fact.role != Role::include) return outcome;
  const bool decides = outcome == Outcome::yes || (kind == Kind::inclusion && outcome == Outcome::no);
  return decides ? Outcome::weak_evidence : outcome;
}

}  // namespace trialflag::eligibility
