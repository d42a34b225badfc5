#include "agent/screening/clinical.h"

#include <catch2/catch.hpp>

using namespace trialflag::screening;

namespace {

DueNotice notice(NoticeKind kind, FlagStatus status, FlagState state) {
  DueNotice due;
  due.notice.kind = kind;
  due.notice.event = 2;
  due.notice.to.channel = Channel::fhir;
  due.flag.emplace();
  due.flag->id = {"f1"};
  due.flag->patient = {"p1"};
  due.flag->status = status;
  due.flag->state = state;
  due.event.emplace();
  due.event->status = status;
  due.event->who = "engine";
  return due;
}

std::string_view subject(NoticeKind kind, FlagStatus status, FlagState state, std::string_view why = {}) {
  DueNotice due = notice(kind, status, state);
  due.event->why = why;
  return subject_status(ClinicalFacts(due));
}

std::string_view task(NoticeKind kind, FlagState state) {
  return task_status(ClinicalFacts(notice(kind, FlagStatus::needs_review, state)));
}

}  // namespace

TEST_CASE("write-back: a ResearchSubject's status follows the flag, and what people say of it goes before") {
  using enum FlagStatus;
  CHECK(subject(NoticeKind::opened, potentially_eligible, FlagState::fresh) == "candidate");
  CHECK(subject(NoticeKind::opened, needs_review, FlagState::fresh) == "potential-candidate");
  CHECK(subject(NoticeKind::changed, potentially_eligible, FlagState::contacted) == "candidate");
  CHECK(subject(NoticeKind::changed, needs_review, FlagState::screening) == "screening");
  CHECK(subject(NoticeKind::changed, needs_review, FlagState::enrolled) == "on-study");
  CHECK(subject(NoticeKind::changed, needs_review, FlagState::screen_failed) == "ineligible");
  CHECK(subject(NoticeKind::changed, needs_review, FlagState::declined) == "not-registered");
  CHECK(subject(NoticeKind::retracted, ineligible, FlagState::fresh) == "ineligible");
  CHECK(subject(NoticeKind::retracted, ineligible, FlagState::screening) == "ineligible");
  CHECK(subject(NoticeKind::retracted, withdrawn, FlagState::fresh) == "withdrawn");
  CHECK(subject(NoticeKind::retracted, withdrawn, FlagState::fresh, kOptedOut) == "withdrawn");
  CHECK(subject(NoticeKind::retracted, potentially_eligible, FlagState::fresh, kTrialClosed) == "not-registered");
  CHECK(subject(NoticeKind::retracted, potentially_eligible, FlagState::fresh, kTrialFull) == "not-registered");
  CHECK(subject(NoticeKind::retracted, ineligible, FlagState::enrolled) == "on-study");
}

TEST_CASE("write-back: a Task is requested, ends with the flag, and is cancelled when the flag falls") {
  CHECK(task(NoticeKind::opened, FlagState::fresh) == "requested");
  CHECK(task(NoticeKind::changed, FlagState::acknowledged) == "received");
  CHECK(task(NoticeKind::changed, FlagState::contacted) == "completed");
  CHECK(task(NoticeKind::changed, FlagState::declined) == "completed");
  CHECK(task(NoticeKind::retracted, FlagState::fresh) == "cancelled");
  CHECK(task(NoticeKind::retracted, FlagState::acknowledged) == "cancelled");
}

TEST_CASE("write-back: no status that is written is taken for another state when it is read back") {
  for (const FlagState state : {FlagState::screening, FlagState::enrolled, FlagState::screen_failed, FlagState::declined})
    CHECK(state_of_subject(subject(NoticeKind::changed, FlagStatus::needs_review, state)) == state);
  CHECK(state_of_task(task(NoticeKind::changed, FlagState::acknowledged)) == FlagState::acknowledged);
  CHECK(state_of_task(task(NoticeKind::changed, FlagState::contacted)) == FlagState::contacted);
  CHECK(state_of_task("rejected") == FlagState::declined);
  CHECK(state_of_subject("eligible") == FlagState::screening);
  CHECK(state_of_subject("off-study") == FlagState::enrolled);
  CHECK_FALSE(state_of_task("cancelled"));
  CHECK_FALSE(state_of_task("entered-in-error"));
  CHECK_FALSE(state_of_subject("a word of their own"));
}

TEST_CASE("write-back: who goes on in the EHR is followed, and what contradicts a person here is a conflict") {
  using enum FlagState;
  constexpr bool kByPerson = false, kBySource = true, kSubject = false, kTask = true;
  CHECK(judge_move(fresh, kByPerson, contacted, kTask) == Move::take);
  CHECK(judge_move(contacted, kByPerson, screening, kSubject) == Move::take);
  CHECK(judge_move(screening, kByPerson, screen_failed, kSubject) == Move::take);
  CHECK(judge_move(enrolled, kByPerson, enrolled, kSubject) == Move::none);
  // What says less does not contradict.
  CHECK(judge_move(screening, kByPerson, contacted, kTask) == Move::none);
  CHECK(judge_move(contacted, kByPerson, fresh, kSubject) == Move::none);
  // What goes back, or to another end, does.
  CHECK(judge_move(screening, kByPerson, fresh, kSubject) == Move::conflict);
  CHECK(judge_move(enrolled, kByPerson, screening, kSubject) == Move::conflict);
  CHECK(judge_move(screen_failed, kByPerson, enrolled, kSubject) == Move::conflict);
  CHECK(judge_move(enrolled, kByPerson, declined, kTask) == Move::conflict);
  // The EHR may take back what it has said itself.
  CHECK(judge_move(enrolled, kBySource, screen_failed, kSubject) == Move::take);
  CHECK(judge_move(screening, kBySource, fresh, kSubject) == Move::take);
}

TEST_CASE("write-back: a person's act is told from the EHR's and the engine's, and who was forgotten is not named") {
  DueNotice due = notice(NoticeKind::changed, FlagStatus::needs_review, FlagState::contacted);
  CHECK_FALSE(ClinicalFacts(due).by_person);
  due.event->kind = "set";
  due.event->who = "nurse";
  CHECK(ClinicalFacts(due).by_person);
  due.event->who = "EHR";
  CHECK_FALSE(ClinicalFacts(due).by_person);
  CHECK(ClinicalFacts(due).patient == "p1");
  due.flag->reason = "forgotten";
  CHECK(ClinicalFacts(due).patient.empty());
}
