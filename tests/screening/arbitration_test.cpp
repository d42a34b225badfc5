// Which of several trials has the conversation with one human.
#include "agent/screening/arbitration.h"

#include <catch2/catch.hpp>

using namespace trialflag;
using namespace trialflag::screening;

namespace {

using Reasons = std::vector<std::string>;

Flag flag_in(const std::string& trial, FlagState state, std::int64_t opened_at = 0, bool told = false) {
  Flag flag;
  flag.trial = {trial};
  flag.state = state;
  flag.opened_at = {opened_at};
  if (told) flag.announced = FlagStatus::potentially_eligible;
  return flag;
}

Candidacy wants(const std::string& trial, const Flag* flag = nullptr, int priority = 0) {
  Candidacy candidacy;
  candidacy.trial = {trial};
  candidacy.stands = flag == nullptr || !ended(flag->state);
  candidacy.can_tell = candidacy.stands;
  candidacy.priority = priority;
  candidacy.flag = flag;
  return candidacy;
}

Reasons judged(const std::vector<Candidacy>& trials, const std::vector<Flag>& elsewhere = {}) {
  return arbitrate(trials, elsewhere, {1000});
}

}  // namespace

TEST_CASE("arbitration: one trial alone, or none that stands, suppresses nobody") {
  CHECK(judged({wants("A")}) == Reasons{""});
  auto falls = wants("B");
  falls.stands = falls.can_tell = false;
  CHECK(judged({wants("A"), falls}) == Reasons{"", ""});
}

TEST_CASE("arbitration: the greater priority, then the earlier opened, then the trial's id") {
  CHECK(judged({wants("A"), wants("B", nullptr, 1)}) == Reasons{"other_trial:B", ""});
  const Flag early = flag_in("B", FlagState::fresh, 10), late = flag_in("A", FlagState::fresh, 20);
  CHECK(judged({wants("A", &late), wants("B", &early)}) == Reasons{"other_trial:B", ""});
  CHECK(judged({wants("B"), wants("A")}) == Reasons{"other_trial:A", ""});
}

TEST_CASE("arbitration: a conversation that has begun is left for a greater priority alone") {
  const Flag told = flag_in("B", FlagState::fresh, 20, true), early = flag_in("A", FlagState::fresh, 10);
  CHECK(judged({wants("A", &early), wants("B", &told)}) == Reasons{"other_trial:B", ""});
  CHECK(judged({wants("A", &early, 1), wants("B", &told)}) == Reasons{"", "other_trial:A"});
}

TEST_CASE("arbitration: a conversation of which nothing is known anew stays where it is, unless people have begun another one") {
  const Flag told = flag_in("B", FlagState::fresh, 20, true), called = flag_in("C", FlagState::contacted);
  auto blind = wants("B", &told);
  blind.stays = true;
  CHECK(judged({wants("A", nullptr, 9), blind}) == Reasons{"other_trial:B", ""});
  CHECK(judged({blind, wants("C", &called)}) == Reasons{"other_trial:C", ""});
}

TEST_CASE("arbitration: what people set keeps the conversation whatever the priority, the further the firmer") {
  const Flag seen = flag_in("A", FlagState::acknowledged), called = flag_in("B", FlagState::contacted);
  CHECK(judged({wants("A", &seen), wants("B", nullptr, 9)}) == Reasons{"", "other_trial:A"});
  CHECK(judged({wants("A", &seen, 9), wants("B", &called)}) == Reasons{"other_trial:B", ""});
  const Flag in = flag_in("C", FlagState::enrolled);
  CHECK(judged({wants("B", &called), wants("C", &in)}) == Reasons{"enrolled:C", ""});
}

TEST_CASE("arbitration: who could not be told of anyway does not silence others") {
  auto mute = wants("A", nullptr, 9);
  mute.can_tell = false;
  CHECK(judged({mute, wants("B")}) == Reasons{"other_trial:B", ""});
  const Flag called = flag_in("A", FlagState::contacted);
  auto closed = wants("A", &called);
  closed.closed = true;
  CHECK(judged({closed, wants("B")}) == Reasons{"other_trial:B", ""});
  const Flag failed = flag_in("A", FlagState::screen_failed, 0, true);
  CHECK(judged({wants("A", &failed), wants("B")}) == Reasons{"", ""});
}

TEST_CASE("arbitration: what people did under a record that was merged counts for the human") {
  CHECK(judged({wants("A"), wants("B", nullptr, 1)}, {flag_in("A", FlagState::contacted)}) == Reasons{"", "other_trial:A"});
  CHECK(judged({wants("A"), wants("B")}, {flag_in("A", FlagState::enrolled)}) == Reasons{"enrolled:A", "enrolled:A"});
  CHECK(judged({wants("A"), wants("B")}, {flag_in("A", FlagState::declined)}) == Reasons{"decided:A", ""});
  CHECK(judged({wants("A")}, {flag_in("Z", FlagState::enrolled)}) == Reasons{"enrolled:Z"});
  CHECK(judged({wants("A")}, {flag_in("Z", FlagState::contacted)}) == Reasons{""});
}
