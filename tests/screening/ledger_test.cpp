// Whom a verdict makes the ledger tell of what (interface.md section 5).
#include "agent/screening/ledger.h"

#include <catch2/catch.hpp>

using namespace trialflag;
using namespace trialflag::screening;
using eligibility::Effect;
using eligibility::PatientVerdict;
using eligibility::Reason;
using eligibility::Status;

namespace {

const PatientId kPatient{"p1"};

LedgerContext context() {
  LedgerContext context;
  context.site = "here";
  context.now = {1000};
  context.recipients = {{"li", "Dr Li", "li@hospital.example", "en", {}, true, true}};
  return context;
}

PatientVerdict verdict(Status status, Reason open = Reason::no_data) {
  PatientVerdict verdict;
  verdict.trial = "T1";
  verdict.trial_version = "1";
  verdict.status = status;
  eligibility::Verdict pass, other;
  pass.id = "I1.age";
  pass.effect = Effect::pass;
  other.id = "E6.pregabalin";
  other.reason = status == Status::needs_review && open == Reason::no_data ? Reason::weak_evidence : open;
  other.effect = status == Status::ineligible || status == Status::not_a_candidate ? Effect::fail : Effect::open;
  verdict.criteria = {pass, other};
  return verdict;
}

/// A flag that is open and was told to Dr Li.
Prior told(Status status) {
  Prior prior;
  prior.flag = decide(context(), {}, verdict(status), kPatient, "{}", false).flag;
  prior.told = {{"li", "Dr Li", "li@hospital.example"}};
  return prior;
}

LedgerChange next(const Prior& prior, const PatientVerdict& verdict, bool deceased = false) {
  return decide(context(), prior, verdict, kPatient, "{\"again\":1}", deceased);
}

}  // namespace

TEST_CASE("ledger: a flag opens for a candidate and for one to review, for nobody else") {
  for (const Status status : {Status::potentially_eligible, Status::needs_review}) {
    const auto change = next({}, verdict(status));
    REQUIRE(change.flag);
    CHECK(change.flag->passes == 1);
    CHECK(change.flag->opens == 1);
    REQUIRE(change.event);
    CHECK(change.event->kind == "opened");
    REQUIRE(change.notices.size() == 1);
    CHECK(change.notices[0].kind == NoticeKind::opened);
  }
  for (const Status status : {Status::ineligible, Status::not_a_candidate, Status::not_screened})
    CHECK_FALSE(next({}, verdict(status)).flag);
}

TEST_CASE("ledger: ids are functions of what they name") {
  const auto first = next({}, verdict(Status::potentially_eligible));
  const auto again = next({}, verdict(Status::potentially_eligible));
  CHECK(first.flag->id == again.flag->id);
  CHECK(first.notices[0].id == again.notices[0].id);
  CHECK(first.flag->id == flag_id({"T1"}, "here", kPatient));
  CHECK(first.flag->id != flag_id({"T1"}, "there", kPatient));
}

TEST_CASE("ledger: a verdict that leaves the status is no event and tells nobody, but the flag shows what it says") {
  const Prior prior = told(Status::potentially_eligible);
  const auto change = next(prior, verdict(Status::potentially_eligible));
  CHECK_FALSE(change.event);
  CHECK(change.notices.empty());
  REQUIRE(change.flag);
  CHECK(change.flag->record == "{\"again\":1}");
  CHECK(change.flag->events == prior.flag->events);
  CHECK(change.flag->changed_at.ms == prior.flag->changed_at.ms);
}

TEST_CASE("ledger: a fall is told to exactly those who were told") {
  auto prior = told(Status::potentially_eligible);
  prior.told = {{"wang", "Dr Wang", "wang@hospital.example"}};
  const auto change = next(prior, verdict(Status::ineligible));
  REQUIRE(change.flag);
  CHECK(change.flag->status == FlagStatus::ineligible);
  CHECK(change.flag->reason == "E6.pregabalin");
  CHECK(change.suppress_waiting);
  REQUIRE(change.notices.size() == 1);
  CHECK(change.notices[0].kind == NoticeKind::retracted);
  CHECK(change.notices[0].to.recipient == "wang");
}

TEST_CASE("ledger: nobody is told of the fall of a flag that people have ended") {
  for (const FlagState state : {FlagState::enrolled, FlagState::screen_failed, FlagState::declined}) {
    auto prior = told(Status::potentially_eligible);
    prior.flag->state = state;
    CHECK(next(prior, verdict(Status::ineligible)).notices.empty());
  }
}

TEST_CASE("ledger: what stands in the EHR of a flag that people have ended is still to say how it ended") {
  auto prior = told(Status::potentially_eligible);
  prior.flag->state = FlagState::declined;
  prior.told.push_back({"ehr", "", "", Channel::fhir});
  const auto change = next(prior, verdict(Status::ineligible));
  REQUIRE(change.notices.size() == 1);
  CHECK(change.notices[0].to.channel == Channel::fhir);
  CHECK(change.notices[0].kind == NoticeKind::changed);
}

TEST_CASE("ledger: who was not yet told gets neither opening nor retraction") {
  auto prior = told(Status::potentially_eligible);
  prior.told.clear();
  const auto change = next(prior, verdict(Status::ineligible));
  CHECK(change.suppress_waiting);
  CHECK(change.notices.empty());
}

TEST_CASE("ledger: a death is urgent and says so") {
  const auto change = next(told(Status::needs_review), verdict(Status::not_a_candidate), true);
  REQUIRE(change.notices.size() == 1);
  CHECK(change.notices[0].urgent);
  CHECK(change.flag->reason == "deceased");
}

TEST_CASE(
    "ledger: a flag that needs review for nothing but an unread source opens in silence, and its notice goes once the source is whole") {
  auto silent = next({}, verdict(Status::needs_review, Reason::incomplete_source));
  REQUIRE(silent.flag);
  CHECK(silent.notices.empty());
  const auto heard = next({silent.flag, {}}, verdict(Status::potentially_eligible));
  REQUIRE(heard.notices.size() == 1);
  CHECK(heard.notices[0].kind == NoticeKind::opened);
}

TEST_CASE("ledger: a change that only an unread source brings and takes away is told to nobody") {
  const auto away = next(told(Status::potentially_eligible), verdict(Status::needs_review, Reason::incomplete_source));
  REQUIRE(away.flag);
  CHECK(away.notices.empty());
  const auto back = next({away.flag, told(Status::potentially_eligible).told}, verdict(Status::potentially_eligible));
  REQUIRE(back.flag);
  CHECK(back.notices.empty());
}

TEST_CASE("ledger: a real change between listed statuses is told as a change to the told, as an opening to the others") {
  auto with = context();
  with.recipients = {{"li", "", "li@h.example", "en", {}, true, true}, {"wu", "", "wu@h.example", "en", {}, true, false}};
  const auto change = decide(with, told(Status::needs_review), verdict(Status::potentially_eligible), kPatient, "{}", false);
  REQUIRE(change.notices.size() == 2);
  CHECK(change.notices[0].kind == NoticeKind::changed);
  CHECK(change.notices[0].to.recipient == "li");
  CHECK(change.notices[1].kind == NoticeKind::opened);
  CHECK(change.notices[1].to.recipient == "wu");
}

TEST_CASE(
    "ledger: a mail of a flag that has moved goes on its own to who knows the other flag, in whose place that of the other goes to who "
    "does not") {
  const auto status = GENERATE(Status::potentially_eligible, Status::needs_review, Status::ineligible);
  const bool stands = status != Status::ineligible;
  Prior knows = told(Status::potentially_eligible);
  knows.moving = {{"n1", {"li", "Dr Li", "li@hospital.example"}}};
  const auto known = next(knows, verdict(status));
  CHECK(known.led_on.empty());
  CHECK(known.fallen.size() == (stands ? 0 : 1));
  Prior strange;
  strange.moving = knows.moving;
  const auto unknown = next(strange, verdict(status));
  CHECK(unknown.led_on.size() == (stands ? 1 : 0));
  CHECK(unknown.fallen.size() == (stands ? 0 : 1));
}

TEST_CASE("ledger: what is to go in the place of a moved flag's mail stays as it is, or another takes its place, or that flag has fallen") {
  Prior prior;
  prior.moving = {{"n1", {"li", "Dr Li", "li@hospital.example"}}};
  const auto first = next(prior, verdict(Status::potentially_eligible));
  REQUIRE(first.led_on.size() == 1);
  REQUIRE(first.notices.size() == 1);
  CHECK(first.led_on[0].by == first.notices[0].id);
  prior.flag = first.flag;
  prior.moving[0].led = true;
  const auto same = next(prior, verdict(Status::potentially_eligible));
  CHECK_FALSE(same.event);
  CHECK(same.led_on.size() + same.fallen.size() == 0);
  const auto less = next(prior, verdict(Status::needs_review));
  REQUIRE(less.led_on.size() == 1);
  CHECK(less.led_on[0].by != first.led_on[0].by);
  CHECK(next(prior, verdict(Status::ineligible)).fallen == std::vector<std::string>{"n1"});
}

TEST_CASE("ledger: a patient of whom nothing can be learnt is to be reviewed when on the list already, in silence, and comes onto none") {
  const auto prior = told(Status::potentially_eligible);
  const auto doubted = next(prior, verdict(Status::not_screened));
  REQUIRE(doubted.flag);
  CHECK(doubted.flag->status == FlagStatus::needs_review);
  CHECK(doubted.notices.empty());
  CHECK(next({doubted.flag, prior.told}, verdict(Status::potentially_eligible)).notices.empty());
  CHECK_FALSE(next({}, verdict(Status::not_screened)).flag);
  const auto fell = next(prior, verdict(Status::ineligible));
  CHECK_FALSE(next({fell.flag, {}}, verdict(Status::not_screened)).flag);
}

TEST_CASE("ledger: in shadow a flag is listed and nobody told; going live tells it") {
  auto shadow = context();
  shadow.sends = false;
  const auto listed = decide(shadow, {}, verdict(Status::potentially_eligible), kPatient, "{}", false);
  REQUIRE(listed.flag);
  CHECK(listed.notices.empty());
  CHECK(next({listed.flag, {}}, verdict(Status::potentially_eligible)).notices.size() == 1);
}

TEST_CASE("ledger: a flag that fell and stands again is told anew, by another notice") {
  const auto prior = told(Status::potentially_eligible);
  const auto fell = next(prior, verdict(Status::ineligible));
  const auto again = next({fell.flag, {}}, verdict(Status::potentially_eligible));
  REQUIRE(again.notices.size() == 1);
  CHECK(again.event->kind == "reopened");
  CHECK(again.notices[0].kind == NoticeKind::opened);
  CHECK(again.notices[0].id != notice_id(prior.flag->id, 1, Told{"li", "", ""}));
}

TEST_CASE("ledger: a patient who vanished is taken back; one who was merged away is told as a change") {
  const auto gone = withdraw(context(), told(Status::needs_review), Leaving::gone);
  REQUIRE(gone.notices.size() == 1);
  CHECK(gone.notices[0].kind == NoticeKind::retracted);
  CHECK(gone.flag->status == FlagStatus::withdrawn);
  const auto merged = withdraw(context(), told(Status::needs_review), Leaving::merged);
  REQUIRE(merged.notices.size() == 1);
  CHECK(merged.notices[0].kind == NoticeKind::changed);
  CHECK_FALSE(withdraw(context(), {merged.flag, {}}, Leaving::merged).flag);
}

TEST_CASE("ledger: a recipient hears of the trials and statuses that are theirs") {
  auto with = context();
  with.recipients = {{"li", "", "li@h.example", "en", {"T2"}, true, true}, {"wu", "", "wu@h.example", "en", {"T1"}, true, false}};
  CHECK(decide(with, {}, verdict(Status::needs_review), kPatient, "{}", false).notices.empty());
  const auto change = decide(with, {}, verdict(Status::potentially_eligible), kPatient, "{}", false);
  REQUIRE(change.notices.size() == 1);
  CHECK(change.notices[0].to.recipient == "wu");
}

TEST_CASE("ledger: closing a trial and opting out are events under the versions that the verdict was reached under") {
  PatientVerdict good = verdict(Status::potentially_eligible);
  good.tables_version = "tables 7";
  good.engine_version = "engine 3";
  const Prior prior = told(Status::potentially_eligible);
  LedgerContext closed = context(), opted_out = context();
  closed.closed = "not recruiting";
  opted_out.opted_out = true;
  for (const LedgerContext& each : {closed, opted_out}) {
    const auto change = decide(each, prior, good, kPatient, "{}", false);
    REQUIRE(change.event);
    CHECK(change.event->tables_version == "tables 7");
    CHECK(change.event->engine_version == "engine 3");
    CHECK(change.notices.at(0).kind == NoticeKind::retracted);
  }
}
