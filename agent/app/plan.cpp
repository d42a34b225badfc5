#include "agent/app/plan.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace trialflag::app {
namespace {

using fhir::ResourceType;

struct LearntLetter {
  char sign;
  bool Learnt::*what;
};

/// As what was learnt is kept.
constexpr std::array kLearntLetters = {
    LearntLetter{'i', &Learnt::ignores_updated}, LearntLetter{'s', &Learnt::applies_silently}, LearntLetter{'r', &Learnt::refuses_updated},
    LearntLetter{'h', &Learnt::refuses_history}, LearntLetter{'p', &Learnt::needs_patient},    LearntLetter{'u', &Learnt::undated},
    LearntLetter{'a', &Learnt::absent},          LearntLetter{'b', &Learnt::by_subject},       LearntLetter{'d', &Learnt::by_bare_subject},
    LearntLetter{'n', &Learnt::hides_patient},   LearntLetter{'l', &Learnt::refuses_ids}};

std::string deletions_by(bool history) {
  return history ? ", deletions by history" : ", deletions by reconciliation (no history)";
}

std::string trouble_of(const Learnt& learnt) {
  return learnt.refuses_updated ? "the server refuses _lastUpdated" : "the server does not apply _lastUpdated";
}

Plan for_each_patient(ResourceType type, const Learnt& learnt) {
  Plan plan{Mode::per_patient, !learnt.ignores_updated && !learnt.refuses_updated && !learnt.undated, false, {}};
  if (type == ResourceType::patient || type == ResourceType::medication) {
    plan.since = false;  // Oracle answers _id alone or not at all
    plan.why = "the server answers for given ids alone, so that every poll reads the known ones";
  } else {
    plan.why = "the server answers for one patient at a time, so that each patient is asked for, ";
    plan.why += plan.since ? "by _lastUpdated" : "whole each time (" + (learnt.undated ? "no meta.lastUpdated" : trouble_of(learnt)) + ")";
  }
  return plan;
}

/// So often its time is doubled: a minute becomes four hours.
constexpr int kSlowest = 9;

}  // namespace

fhir::Allowance allowance_of(const Learnt& learnt, std::chrono::milliseconds at_first) {
  return fhir::Allowance(at_first * (1 << std::clamp(learnt.slow - 1, 0, kSlowest - 1)));
}

/// Who answers, and had too little time, would never come to an end with the same again; who is silent needs no more.
int slowness_after(const Learnt& before, const fhir::Allowance& used) {
  if (used.answers() == 0) return before.slow;
  if (used.left().count() == 0) return std::min(kSlowest, std::max(1, before.slow) + 1);
  return used.is_slow() ? std::max(1, before.slow) : 0;
}

bool refuses_question(int status) {
  return status == 400 || status == 405 || status == 422;
}

std::string_view name_of(Mode mode) {
  constexpr std::array<std::string_view, 5> kNames = {"last_updated", "history", "full", "per_patient", "none"};
  return kNames[static_cast<std::size_t>(mode)];
}

PatientForm patient_form(const fhir::Capability::Type* listed, const Learnt& learnt) {
  if (learnt.by_bare_subject) return PatientForm::bare_subject;
  const bool named = listed != nullptr && listed->search_parameters.contains("subject") && !listed->search_parameters.contains("patient");
  return learnt.by_subject || named ? PatientForm::subject : PatientForm::patient;
}

namespace {

Plan mode_of(const fhir::Capability::Type* listed, ResourceType type, const Learnt& learnt) {
  if (learnt.absent && listed == nullptr) return {Mode::none, false, false, "the server keeps no such records"};
  const bool history = listed != nullptr && listed->interactions.contains("history-type") && !learnt.refuses_history;
  if (learnt.needs_patient) {
    Plan plan = for_each_patient(type, learnt);
    plan.deletions = history;
    plan.why += deletions_by(history);
    return plan;
  }
  if (learnt.undated)
    return {Mode::full, false, history,
            "its records bear no meta.lastUpdated, so that every poll reads all there is, and sees what is gone"};
  const bool updated = !learnt.ignores_updated && !learnt.refuses_updated;
  const bool named = listed != nullptr && listed->search_parameters.contains("_lastUpdated");
  if (updated)
    return {Mode::last_updated, true, history,
            (named ? "changes by _lastUpdated" : "changes by _lastUpdated, which the server does not name") + deletions_by(history)};
  if (history) return {Mode::history, true, true, trouble_of(learnt) + ", so that changes and deletions are read from the history"};
  return {Mode::full, false, false, trouble_of(learnt) + ", so that every poll reads all there is"};
}

}  // namespace

Plan plan_of(const fhir::Capability::Type* listed, ResourceType type, const Learnt& learnt) {
  Plan plan = mode_of(listed, type, learnt);
  plan.form = patient_form(listed, learnt);
  if (type == ResourceType::medication && learnt.refuses_ids) plan.why += "; each that orders name is read by itself";
  if (type == ResourceType::observation && learnt.refuses_ids) plan.why += "; each that panels or reports alone name is read by itself";
  if (plan.form == PatientForm::patient || plan.mode == Mode::none) return plan;
  plan.why +=
      plan.form == PatientForm::subject ? "; one patient is asked for by subject" : "; one patient is asked for by subject, the id alone";
  return plan;
}

namespace {

Learnt learn_from_failure(Learnt learnt, const fhir::Capability::Type* listed, const Plan& plan, const Shown& shown) {
  if (plan.mode == Mode::history) {
    learnt.refuses_history = !not_reached(shown.error) && shown.error != ErrorCode::unauthorized && shown.error != ErrorCode::internal;
    return learnt;
  }
  if (shown.error == ErrorCode::not_found) {
    learnt.absent = listed == nullptr;
    return learnt;
  }
  if (!refuses_question(shown.refusal.status)) return learnt;
  const bool narrower = shown.refusal.required || shown.refusal.status == 422 || !plan.since;
  if (plan.mode == Mode::per_patient) {
    learnt.refuses_updated = learnt.refuses_updated || plan.since;
  } else if (narrower) {
    learnt.needs_patient = true;
  } else {
    learnt.refuses_updated = true;
  }
  return learnt;
}

}  // namespace

Learnt learn(const Learnt& before, const fhir::Capability::Type* listed, const Plan& plan, const Shown& shown) {
  if (plan.mode == Mode::none) return before;  // nothing was asked
  if (shown.failed) return learn_from_failure(before, listed, plan, shown);
  Learnt learnt = before;
  learnt.absent = false;
  if (shown.dated > 0) learnt.undated = false;
  if (shown.found > 0 && shown.dated == 0) learnt.undated = true;
  if (!plan.since || plan.mode == Mode::history) return learnt;
  if (shown.older) {
    learnt.ignores_updated = true;
    learnt.applies_silently = false;
  } else if (shown.ignored && shown.asked_without) {
    learnt.applies_silently = shown.found_without > shown.found;
    learnt.ignores_updated = !learnt.applies_silently && shown.found > 0;
  }
  return learnt;
}

std::string Lore::to_text() const {
  std::string text = std::to_string(at.ms) + "\n" + software + "\n";
  for (const auto& [type, learnt] : types) {
    if (learnt == Learnt()) continue;
    text.append(fhir::name_of(type)).append(" ");
    for (const LearntLetter& letter : kLearntLetters)
      if (learnt.*letter.what) text.push_back(letter.sign);
    if (learnt.slow > 0) text += std::to_string(learnt.slow);
    if (learnt.untold > 0) text.append(" ").append(std::to_string(learnt.untold));
    text.push_back('\n');
  }
  return text;
}

Lore Lore::from_text(std::string_view text) {
  const auto line = [&text] {
    const std::string_view found = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(found.size() + 1, text.size()));
    return found;
  };
  Lore lore;
  const std::string_view at = line();
  if (std::from_chars(at.data(), at.data() + at.size(), lore.at.ms).ec != std::errc()) return {};
  lore.software = line();
  while (!text.empty()) {
    const std::string_view row = line();
    const std::size_t blank = row.find(' ');
    if (blank == std::string_view::npos) continue;
    Learnt& learnt = lore.types[fhir::asked_type(row.substr(0, blank))];
    const std::size_t end = std::min(row.find(' ', blank + 1), row.size());
    const std::string_view signs = row.substr(blank + 1, end - blank - 1);
    if (!signs.empty() && signs.back() >= '1' && signs.back() <= '0' + kSlowest) learnt.slow = signs.back() - '0';
    for (const LearntLetter& letter : kLearntLetters)
      if (signs.find(letter.sign) != std::string_view::npos) learnt.*letter.what = true;
    if (end < row.size()) std::from_chars(row.data() + end + 1, row.data() + row.size(), learnt.untold);
  }
  return lore;
}

}  // namespace trialflag::app
