// The truth algebra, exhaustively, and how outcomes are weighed (criteria.md section 1, 2.4, 2.7).
#include <catch2/catch.hpp>

#include "agent/eligibility/evaluate.h"

namespace trialflag::eligibility {
namespace {

constexpr Truth kTruths[] = {Truth::no, Truth::unknown, Truth::yes};
constexpr Outcome kOutcomes[] = {
    Outcome::nothing,   Outcome::yes,     Outcome::no,    Outcome::conflicting, Outcome::weak_evidence, Outcome::incomplete_source,
    Outcome::judgement, Outcome::partial, Outcome::stale, Outcome::no_data,     Outcome::needs_person};

Criterion of(Kind kind) {
  Criterion criterion;
  criterion.kind = kind;
  criterion.none = Outcome::no;
  return criterion;
}

}  // namespace

TEST_CASE("truth: and, or and not are Kleene's for all nine pairs") {
  for (const Truth a : kTruths)
    for (const Truth b : kTruths) {
      const bool any_no = a == Truth::no || b == Truth::no, any_yes = a == Truth::yes || b == Truth::yes;
      const bool all_yes = a == Truth::yes && b == Truth::yes, all_no = a == Truth::no && b == Truth::no;
      CHECK(both(a, b) == (any_no ? Truth::no : all_yes ? Truth::yes : Truth::unknown));
      CHECK(either(a, b) == (any_yes ? Truth::yes : all_no ? Truth::no : Truth::unknown));
      CHECK(both(a, b) == both(b, a));
      CHECK(negate(both(a, b)) == either(negate(a), negate(b)));
    }
}

TEST_CASE("truth: making a fact unknown never turns a yes into a no or a no into a yes") {
  for (const Truth a : kTruths)
    for (const Truth b : kTruths) {
      const Truth sure_and = both(a, b), doubtful_and = both(Truth::unknown, b);
      const Truth sure_or = either(a, b), doubtful_or = either(Truth::unknown, b);
      CHECK((doubtful_and == Truth::unknown || doubtful_and == sure_and));
      CHECK((doubtful_or == Truth::unknown || doubtful_or == sure_or));
    }
}

TEST_CASE("truth: effects are those of criteria.md 1.3") {
  CHECK(effect_of(Kind::inclusion, Truth::yes) == Effect::pass);
  CHECK(effect_of(Kind::inclusion, Truth::no) == Effect::fail);
  CHECK(effect_of(Kind::exclusion, Truth::yes) == Effect::fail);
  CHECK(effect_of(Kind::exclusion, Truth::no) == Effect::pass);
  for (const Kind kind : {Kind::inclusion, Kind::exclusion}) CHECK(effect_of(kind, Truth::unknown) == Effect::open);
}

TEST_CASE("truth: conflicting, weak evidence and an incomplete source demote, nothing else does") {
  CHECK(demotes(Reason::conflicting));
  CHECK(demotes(Reason::weak_evidence));
  CHECK(demotes(Reason::incomplete_source));
  for (const Reason reason : {Reason::none, Reason::judgement, Reason::partial, Reason::stale, Reason::no_data, Reason::needs_person})
    CHECK_FALSE(demotes(reason));
}

TEST_CASE("readings: all the same is that; a fail without a pass is weak evidence; anything else is partial") {
  for (const Outcome a : kOutcomes)
    for (const Outcome b : kOutcomes) {
      Readings readings;
      readings.add(a);
      readings.add(b);
      const auto any = [&](Outcome outcome) { return a == outcome || b == outcome; };
      const bool passes = any(Outcome::no) || any(Outcome::nothing);
      const Outcome expected = a == b ? a : any(Outcome::yes) && !passes ? Outcome::weak_evidence : Outcome::partial;
      CHECK(readings.settle(Kind::exclusion) == expected);
    }
}

TEST_CASE("bounds: an interval inside is yes, outside is no, across is unknown") {
  const Bound at_least{Bound::Op::at_least, 4};
  const auto number = [](double low, double high, bool high_open = false) {
    return Number{low, high, Number::Kind::valid, false, high_open};
  };
  CHECK(holds(at_least, number(4, 4)) == Truth::yes);
  CHECK(holds(at_least, number(3.99, 3.99)) == Truth::no);
  CHECK(holds(at_least, number(0, 4, true)) == Truth::no);
  CHECK(holds(at_least, number(0, 4)) == Truth::unknown);
  CHECK(holds({Bound::Op::below, 5}, number(0, 5, true)) == Truth::yes);
  CHECK(holds({Bound::Op::above, 35}, number(35, 35)) == Truth::no);
  CHECK(holds({Bound::Op::at_most, 40}, number(40, 40)) == Truth::yes);
  // What only the rounding of a sum parts from the limit is the limit; what was written is taken as written.
  const double mean = (142.2 + 139.1 + 138.7) / 3;
  REQUIRE(mean < 140);
  CHECK(holds({Bound::Op::below, 140}, number(mean, mean)) == Truth::no);
  CHECK(holds({Bound::Op::below, 140}, number(139.99999999, 139.99999999)) == Truth::yes);
}

TEST_CASE("weigh: a yes beats every unknown, save a conflict") {
  const Criterion criterion = of(Kind::exclusion);
  for (const Outcome doubt : kOutcomes) {
    if (doubt == Outcome::conflicting) continue;
    Findings findings;
    findings.add(doubt, Text::weak);
    findings.add(Outcome::yes, Text::on_record);
    CHECK(weigh(criterion, findings, true).holds == Truth::yes);
  }
  Findings findings;
  findings.add(Outcome::yes, Text::on_record);
  findings.add(Outcome::conflicting, Text::conflicting);
  CHECK(weigh(criterion, findings, false).reason == Reason::conflicting);
}

TEST_CASE("weigh: among unknowns the first of the table is the reason, and an exclusion's no stands beside none") {
  const Criterion criterion = of(Kind::exclusion);
  constexpr Outcome kUnknowns[] = {Outcome::conflicting, Outcome::weak_evidence, Outcome::incomplete_source, Outcome::judgement,
                                   Outcome::partial,     Outcome::stale,         Outcome::no_data,           Outcome::needs_person};
  for (std::size_t i = 0; i < std::size(kUnknowns); ++i)
    for (std::size_t j = 0; j < std::size(kUnknowns); ++j) {
      Findings findings;
      findings.add(kUnknowns[i], Text::weak);
      findings.add(Outcome::no, Text::past);
      findings.add(kUnknowns[j], Text::weak);
      const Decision decision = weigh(criterion, findings, false);
      CHECK(decision.holds == Truth::unknown);
      CHECK(static_cast<std::size_t>(decision.reason) == std::min(i, j) + 1);
    }
}

TEST_CASE("weigh: an incomplete type hides behind stronger doubts, and a settled no does not care") {
  const Criterion criterion = of(Kind::exclusion);
  Findings nothing;
  CHECK(weigh(criterion, nothing, false).basis == Basis::absence);
  CHECK(weigh(criterion, nothing, true).reason == Reason::incomplete_source);
  Findings weak;
  weak.add(Outcome::weak_evidence, Text::weak);
  CHECK(weigh(criterion, weak, true).reason == Reason::weak_evidence);
  Findings judged;
  judged.add(Outcome::judgement, Text::judgement);
  CHECK(weigh(criterion, judged, true).reason == Reason::incomplete_source);
  Findings male;
  male.add(Outcome::no, Text::male).settles = true;
  CHECK(weigh(criterion, male, true).holds == Truth::no);
}

}  // namespace trialflag::eligibility
