#include "agent/app/retell.h"

#include <algorithm>
#include <map>

#include "agent/eligibility/describe.h"

namespace trialflag::app {
namespace {

using eligibility::Criterion;
using eligibility::Trial;

/// Question as written → as wanted.
std::map<std::string, std::string> questions_of(const Trial& written, const Trial& wanted) {
  std::map<std::string, std::string> questions;
  for (std::size_t i = 0; i < std::min(written.criteria.size(), wanted.criteria.size()); ++i) {
    const Criterion& from = written.criteria[i];
    const Criterion& to = wanted.criteria[i];
    for (std::size_t k = 0; k < std::min(from.ask.size(), to.ask.size()); ++k) questions[from.ask[k]] = to.ask[k];
    questions[from.ask_if_absent] = to.ask_if_absent;
    questions[from.ask_if_yes] = to.ask_if_yes;
  }
  return questions;
}

}  // namespace

void retell(eligibility::PatientVerdict& verdict, const Trial& written, const Trial& wanted) {
  const auto questions = questions_of(written, wanted);
  const auto say = [&questions](std::string& question) {
    if (const auto found = questions.find(question); found != questions.end()) question = found->second;
  };
  for (eligibility::Verdict& told : verdict.criteria) {
    const auto criterion =
        std::find_if(wanted.criteria.begin(), wanted.criteria.end(), [&](const Criterion& c) { return c.id == told.id; });
    if (criterion != wanted.criteria.end() && told.said.text != eligibility::Text::count_)
      told.summary = summary_of(wanted, *criterion, told);
    std::for_each(told.ask.begin(), told.ask.end(), say);
  }
  std::for_each(verdict.questions.begin(), verdict.questions.end(), say);
}

}  // namespace trialflag::app
