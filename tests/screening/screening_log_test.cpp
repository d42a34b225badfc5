// What the screening log keeps of a screening, and how its lines add up (interface.md section 5).
#include <catch2/catch.hpp>
#include <random>

#include "agent/eligibility/fact.h"
#include "agent/screening/consort.h"

using namespace trialflag;
using namespace trialflag::screening;

namespace {

const Day kToday = make_day(2026, 11, 28);

std::string band_of(Day birth) {
  return age_band(birth, birth, kToday);
}

LogLine line(std::string status, std::string failed = "", std::string open = "") {
  LogLine line;
  line.status = std::move(status);
  line.failed = std::move(failed);
  line.open = std::move(open);
  return line;
}

std::int64_t sum_of_steps(const Consort& consort) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < Consort::kSteps.size(); ++i) sum += consort.step(i).count;
  return sum;
}

}  // namespace

TEST_CASE("log: ages stand in bands of ten years, the very old in one") {
  CHECK(band_of(make_day(2009, 11, 28)) == "0-17");
  CHECK(band_of(make_day(2008, 11, 29)) == "0-17");
  CHECK(band_of(make_day(2008, 11, 28)) == "18-29");
  CHECK(band_of(make_day(1986, 11, 29)) == "30-39");
  CHECK(band_of(make_day(1986, 11, 28)) == "40-49");
  CHECK(band_of(make_day(1936, 11, 28)) == "90+");
  CHECK(band_of(make_day(1915, 1, 1)) == "90+");
  CHECK(band_of(make_day(2027, 1, 1)).empty());
}

TEST_CASE("log: a year of birth that leaves two bands open tells both") {
  CHECK(age_band(make_day(1986, 1, 1), make_day(1986, 12, 31), kToday) == "30-49");
  CHECK(age_band(make_day(1936, 1, 1), make_day(1936, 12, 31), kToday) == "80+");
  CHECK(age_band(make_day(1980, 1, 1), make_day(1980, 12, 31), kToday) == "40-49");
}

TEST_CASE("log: a line names what fails and why the rest is open, and nothing of the patient") {
  eligibility::PatientVerdict verdict;
  verdict.trial_version = "2";
  verdict.patient = "Patient/p1";
  verdict.status = eligibility::Status::ineligible;
  eligibility::Verdict entry, failed, open;
  entry.id = "I2.entry";
  entry.holds = eligibility::Truth::yes;
  entry.effect = eligibility::Effect::pass;
  failed.id = "E6.pregabalin";
  failed.effect = eligibility::Effect::fail;
  open.id = "E5.stop_bang";
  open.reason = eligibility::Reason::partial;
  verdict.criteria = {entry, failed, open};
  eligibility::Person person;
  person.gender = eligibility::Person::Gender::female;
  const LogLine told = log_line(verdict, person, "I2.entry", kToday);
  CHECK(told.entered);
  CHECK(told.failed == "E6.pregabalin");
  CHECK(told.open == "E5.stop_bang:partial");
  CHECK(told.sex == "female");
  CHECK(told.age_band.empty());
  verdict.criteria[0].holds = eligibility::Truth::unknown;
  CHECK(log_line(verdict, person, "I2.entry", kToday).entered);
  verdict.criteria[0].holds = eligibility::Truth::no;
  CHECK_FALSE(log_line(verdict, person, "I2.entry", kToday).entered);
}

TEST_CASE("consort: what everybody comes to adds up to the assessed, with the reasons of the unknown") {
  Consort consort({"E1.a", "E2.b", "E3.c"});
  consort.take(line("ineligible", "E1.a E2.b", "E3.c:no_data"), false, std::nullopt);
  consort.take(line("ineligible", "E2.b", "E3.c:stale"), false, FlagState::screen_failed);
  consort.take(line("needs_review", "", "E1.a:weak_evidence"), false, FlagState::fresh);
  consort.take(line("potentially_eligible", "", "E3.c:no_data"), true, FlagState::fresh);
  consort.take(line("not_a_candidate", "E1.a"), false, std::nullopt);
  consort.take(line("not_screened"), false, std::nullopt);
  consort.take_unlogged(40, 2);
  CHECK(consort.assessed().count == 48);
  CHECK(sum_of_steps(consort) == 48);
  CHECK(consort.step(0).count == 41);  // not_a_candidate
  CHECK(consort.step(1).count == 3);   // not_screened
  CHECK(consort.step(2).count == 2);   // ineligible
  CHECK(consort.step(4).count == 0);   // potentially_eligible
  CHECK(consort.step(5).count == 1);   // suppressed
  const auto& criteria = consort.criteria();
  CHECK((criteria[0].fails.count == 1 && criteria[0].alone.count == 0));
  CHECK((criteria[1].fails.count == 2 && criteria[1].alone.count == 1));
  CHECK(criteria[2].open.count == 3);
  CHECK(criteria[2].unknown.at("no_data").count == 2);
  CHECK(consort.state(FlagState::screen_failed).count == 1);
}

TEST_CASE("consort: who fail a criterion cannot be worked out from those for whom it is open") {
  for (const int passing : {0, 1, 9}) {
    Consort consort({"E1.a"});
    consort.take(line("ineligible", "E1.a"), false, std::nullopt);
    for (int i = 0; i < 58; ++i) consort.take(line("needs_review", "", "E1.a:no_data"), false, std::nullopt);
    for (int i = 0; i < passing; ++i) consort.take(line("potentially_eligible"), false, std::nullopt);
    consort.withhold_below(5);
    CHECK(consort.criteria()[0].fails.withheld);
    CHECK(consort.criteria()[0].open.withheld == (passing < 5));
  }
}

TEST_CASE("consort: no withheld count can be worked out from those that are told") {
  std::mt19937 chance(11);
  for (int round = 0; round < 3000; ++round) {
    Consort consort({"E1.a"});
    const auto few = [&] { return static_cast<int>(chance() % 9); };
    for (const char* status : {"ineligible", "needs_review", "potentially_eligible"})
      for (int i = few(); i > 0; --i) consort.take(line(status, "E1.a", "E1.a:no_data"), false, std::nullopt);
    consort.take_unlogged(few(), few());
    const std::int64_t least = 1 + few();
    consort.withhold_below(least);
    std::int64_t hidden = 0, sum = 0;
    for (std::size_t i = 0; i < Consort::kSteps.size(); ++i) {
      const Cell& cell = consort.step(i);
      CHECK((cell.withheld || cell.count == 0 || cell.count >= least));
      if (!cell.withheld) continue;
      ++hidden;
      sum += cell.count;
    }
    CHECK((hidden == 0 || consort.assessed().withheld || (hidden > 1 && sum >= least)));
  }
}
