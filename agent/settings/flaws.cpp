#include "agent/settings/flaws.h"

#include <algorithm>
#include <utility>

namespace trialflag::settings {

std::string to_string(const Flaw& flaw) {
  std::string text = flaw.file;
  if (flaw.line > 0) text += ":" + std::to_string(flaw.line);
  text += ": " + flaw.problem;
  if (!flaw.remedy.empty()) text += "; " + flaw.remedy;
  return text;
}

void Flaws::add(int line, std::string problem, std::string remedy) {
  flaws_.push_back({file_, line, std::move(problem), std::move(remedy)});
}

std::vector<Flaw> Flaws::sorted() const {
  std::vector<Flaw> result = flaws_;
  std::stable_sort(result.begin(), result.end(), [](const Flaw& a, const Flaw& b) { return a.line < b.line; });
  return result;
}

std::vector<std::string> Flaws::lines() const {
  std::vector<std::string> result;
  for (const Flaw& flaw : sorted()) result.push_back(to_string(flaw));
  return result;
}

}  // namespace trialflag::settings
