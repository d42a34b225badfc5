// Rules that count, and rules that bound from both sides: over facts made by hand, as a verdict's truth and reason.
#include <catch2/catch.hpp>

#include "agent/eligibility/evaluate.h"

namespace trialflag::eligibility {
namespace {

constexpr Concept kPressure = 0, kSmoking = 1;

When day_of(const char* date) {
  const Day day = Zone::utc().day_of(*parse_instant(date, Zone::utc()));
  return When::on(day, day);
}

Fact value(const char* date, double number, std::uint32_t record) {
  Fact fact;
  fact.concept_ = kPressure;
  fact.source = Source::observation;
  fact.number = {number, number, Number::Kind::valid, false, false};
  fact.date = fact.seen = day_of(date);
  fact.record = record;
  return fact;
}

Fact answer(const char* date, Answer answered, std::uint32_t record) {
  Fact fact = value(date, 0, record);
  fact.concept_ = kSmoking;
  fact.number = {};
  fact.answer = answered;
  return fact;
}

Fact weak(Fact fact) {
  fact.weak = true;
  return fact;
}

/// The decision of a criterion of one rule over these facts, which stand in the order of their concepts.
Decision decided(SimpleRule rule, std::vector<Fact> list, Kind kind = Kind::inclusion) {
  Facts facts;
  facts.origins.resize(10);
  facts.wordings.resize(1);
  facts.times.resize(10);
  facts.facts = std::move(list);
  std::uint32_t of_pressure = 0;
  for (const Fact& fact : facts.facts) of_pressure += fact.concept_ == kPressure ? 1 : 0;
  facts.begins = {0, of_pressure, static_cast<std::uint32_t>(facts.facts.size())};
  Trial trial;
  trial.criteria.emplace_back();
  trial.criteria.front().kind = kind;
  trial.criteria.front().none = Outcome::no;
  trial.criteria.front().clauses.push_back({false, {std::move(rule)}});
  const Zone zone = Zone::utc();
  Judgement judgement;
  Evaluator(trial, zone).judge(facts, *parse_instant("2026-11-22", zone), judgement);
  return judgement.decisions.front();
}

ValuesRule twice_at_most_180() {
  ValuesRule rule;
  rule.concepts = {kPressure};
  rule.roles = {Role::include};
  rule.pick = ValuesRule::Pick::any;
  rule.times = 2;
  rule.within_days = 365;
  rule.cases = {{Bound{Bound::Op::at_most, 180}, Outcome::yes}};
  return rule;
}

ResultRule latest_positive(Outcome then) {
  ResultRule rule;
  rule.concepts = {kSmoking};
  rule.latest = true;
  rule.then = then;
  return rule;
}

Decision aged(const char* born) {
  Facts facts;
  facts.origins.resize(1);
  facts.wordings.resize(1);
  facts.times.resize(1);
  facts.person.birth = day_of(born);
  Trial trial;
  trial.criteria.emplace_back();
  trial.criteria.front().clauses.push_back({false, {AgeRule{18, 80}}});
  const Zone zone = Zone::utc();
  Judgement judgement;
  Evaluator(trial, zone).judge(facts, *parse_instant("2026-11-22", zone), judgement);
  return judgement.decisions.front();
}

}  // namespace

TEST_CASE("rules: a value that must stand in two records decides with the second") {
  CHECK(decided(twice_at_most_180(), {value("2026-10-01", 120, 1)}).holds == Truth::no);
  CHECK(decided(twice_at_most_180(), {value("2026-10-01", 120, 1), value("2026-10-02", 130, 2)}).holds == Truth::yes);
  CHECK(decided(twice_at_most_180(), {value("2026-10-01", 120, 1), value("2026-10-02", 190, 2)}).holds == Truth::no);
  CHECK(decided(twice_at_most_180(), {value("2026-10-01", 120, 1), value("2024-10-02", 130, 2)}).holds == Truth::no);
}

TEST_CASE("rules: two values of one record count once") {
  CHECK(decided(twice_at_most_180(), {value("2026-10-01", 120, 1), value("2026-10-01", 121, 1)}).holds == Truth::no);
}

TEST_CASE("rules: a record that perhaps counts leaves a count open, and a weak one is weak evidence") {
  Fact straddling = value("2026-10-02", 170, 2);
  straddling.number.high = 190;
  const Decision open = decided(twice_at_most_180(), {value("2026-10-01", 120, 1), straddling});
  CHECK(open.holds == Truth::unknown);
  CHECK(open.reason == Reason::partial);
  const Decision doubtful = decided(twice_at_most_180(), {value("2026-10-01", 120, 1), weak(value("2026-10-02", 130, 2))});
  CHECK(doubtful.holds == Truth::unknown);
  CHECK(doubtful.reason == Reason::weak_evidence);
}

TEST_CASE("rules: the latest answer counts alone") {
  const Fact smoked = answer("2026-01-01", Answer::positive, 1), stopped = answer("2026-06-01", Answer::negative, 2);
  CHECK(decided(latest_positive(Outcome::yes), {smoked}).holds == Truth::yes);
  CHECK(decided(latest_positive(Outcome::yes), {smoked, stopped}).holds == Truth::no);
  ResultRule any = latest_positive(Outcome::yes);
  any.latest = false;
  CHECK(decided(any, {smoked, stopped}).holds == Truth::yes);
}

TEST_CASE("rules: two latest answers that differ are conflicting") {
  const Decision both_ways =
      decided(latest_positive(Outcome::yes), {answer("2026-06-01", Answer::positive, 1), answer("2026-06-01", Answer::negative, 2)});
  CHECK(both_ways.holds == Truth::unknown);
  CHECK(both_ways.reason == Reason::conflicting);
}

TEST_CASE("rules: a later weak answer that would change the verdict is weak evidence") {
  const Decision doubtful =
      decided(latest_positive(Outcome::yes), {answer("2026-01-01", Answer::negative, 1), weak(answer("2026-06-01", Answer::positive, 2))});
  CHECK(doubtful.holds == Truth::unknown);
  CHECK(doubtful.reason == Reason::weak_evidence);
  CHECK(decided(latest_positive(Outcome::yes), {weak(answer("2026-01-01", Answer::positive, 1)), answer("2026-06-01", Answer::negative, 2)})
            .holds == Truth::no);
}

TEST_CASE("rules: an age has an upper end, which is the last day of that age") {
  CHECK(aged("1946-11-22").holds == Truth::yes);
  CHECK(aged("1945-11-23").holds == Truth::yes);
  CHECK(aged("1945-11-22").holds == Truth::no);
  CHECK(aged("2008-11-22").holds == Truth::yes);
  CHECK(aged("2008-11-23").holds == Truth::no);
}

}  // namespace trialflag::eligibility
