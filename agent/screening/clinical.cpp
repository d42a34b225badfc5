#include "agent/screening/clinical.h"

#include <algorithm>
#include <array>
#include <utility>

namespace trialflag::screening {
namespace {

using Meaning = std::pair<std::string_view, FlagState>;

constexpr std::array<Meaning, 13> kSubjects = {{{"candidate", FlagState::fresh},
                                                {"potential-candidate", FlagState::fresh},
                                                {"screening", FlagState::screening},
                                                {"eligible", FlagState::screening},
                                                {"pending-on-study", FlagState::screening},
                                                {"on-study", FlagState::enrolled},
                                                {"on-study-intervention", FlagState::enrolled},
                                                {"on-study-observation", FlagState::enrolled},
                                                {"follow-up", FlagState::enrolled},
                                                {"off-study", FlagState::enrolled},
                                                {"ineligible", FlagState::screen_failed},
                                                {"not-registered", FlagState::declined},
                                                {"withdrawn", FlagState::declined}}};

constexpr std::array<Meaning, 9> kTasks = {{{"requested", FlagState::fresh},
                                            {"received", FlagState::acknowledged},
                                            {"accepted", FlagState::acknowledged},
                                            {"ready", FlagState::acknowledged},
                                            {"in-progress", FlagState::acknowledged},
                                            {"on-hold", FlagState::acknowledged},
                                            {"completed", FlagState::contacted},
                                            {"rejected", FlagState::declined},
                                            {"draft", FlagState::fresh}}};

template <std::size_t size>
std::optional<FlagState> meaning(const std::array<Meaning, size>& meanings, std::string_view status) {
  const auto at = std::find_if(meanings.begin(), meanings.end(), [&](const Meaning& one) { return one.first == status; });
  return at == meanings.end() ? std::nullopt : std::optional(at->second);
}

/// The states that end a flag are equally far.
int rank(FlagState state) {
  return std::min(static_cast<int>(state), static_cast<int>(FlagState::enrolled));
}

std::string_view subject_taken_back(const ClinicalFacts& facts) {
  using Cause = LinkFacts::Cause;
  if (facts.link.cause == Cause::closed || facts.link.cause == Cause::full || facts.link.cause == Cause::other_trial)
    return "not-registered";
  return facts.link.cause == Cause::opted_out || facts.status == FlagStatus::withdrawn ? "withdrawn" : "ineligible";
}

}  // namespace

ClinicalFacts::ClinicalFacts(const DueNotice& due) : link(due), trial(due.notice.trial.value), event(due.notice.event) {
  at = due.notice.created_at;
  retracted = due.notice.kind == NoticeKind::retracted;
  if (!due.flag) return;
  flag = due.flag->id.value;
  patient = due.flag->reason == "forgotten" ? std::string() : due.flag->patient.value;
  status = due.flag->status;
  state = due.flag->state;
  record = due.flag->record;
  opened_at = due.flag->opened_at;
  if (!due.event) return;
  at = due.event->at;
  const bool set = due.event->kind == "set" || due.event->kind == "acknowledged";
  by_ehr = set && due.event->who == kByEhr;
  by_person = set && !by_ehr;
  // A source that cannot be read takes nothing back of what was told, whatever people do meanwhile.
  if (set && listed(status) && due.flag->announced) status = *due.flag->announced;
  if (!due.event->record.empty()) record = due.event->record;
  if (retracted) status = due.event->status;
}

std::string_view subject_status(const ClinicalFacts& facts) {
  if (facts.state == FlagState::enrolled) return "on-study";
  if (facts.state == FlagState::screen_failed) return "ineligible";
  if (facts.state == FlagState::declined) return "not-registered";
  if (facts.retracted) return subject_taken_back(facts);
  if (facts.state == FlagState::screening) return "screening";
  return facts.status == FlagStatus::potentially_eligible ? "candidate" : "potential-candidate";
}

std::string_view task_status(const ClinicalFacts& facts) {
  if (facts.retracted && !ended(facts.state)) return "cancelled";
  if (facts.state == FlagState::fresh) return "requested";
  return facts.state == FlagState::acknowledged ? "received" : "completed";
}

std::optional<FlagState> state_of_subject(std::string_view status) {
  return meaning(kSubjects, status);
}

std::optional<FlagState> state_of_task(std::string_view status) {
  return meaning(kTasks, status);
}

bool over(std::string_view task_status) {
  constexpr std::array<std::string_view, 5> kOver = {"completed", "rejected", "failed", "cancelled", "entered-in-error"};
  return std::find(kOver.begin(), kOver.end(), task_status) != kOver.end();
}

Move judge_move(FlagState local, bool by_ehr, FlagState wanted, bool of_task) {
  if (wanted == local) return Move::none;
  const bool goes_on = rank(wanted) > rank(local);
  if (goes_on) return Move::take;
  // A candidate may well have been contacted, and whoever is being screened has been.
  const bool says_less = !ended(wanted) && (of_task || (wanted == FlagState::fresh && rank(local) <= rank(FlagState::contacted)));
  if (says_less) return Move::none;
  return by_ehr ? Move::take : Move::conflict;
}

}  // namespace trialflag::screening
