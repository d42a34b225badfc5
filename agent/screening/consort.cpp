#include "agent/screening/consort.h"

#include <algorithm>

namespace trialflag::screening {
namespace {

std::size_t step_of(std::string_view status, bool suppressed) {
  const auto at = std::find(Consort::kSteps.begin(), Consort::kSteps.end(), suppressed ? "suppressed" : status);
  return at == Consort::kSteps.end() ? 0 : static_cast<std::size_t>(at - Consort::kSteps.begin());
}

void withhold_small(Cell& cell, std::int64_t least) {
  cell.withheld = cell.withheld || (cell.count > 0 && cell.count < least);
}

/// Parts whose sum is known. Whoever subtracts the parts that are told learns the sum of those that are not: it must hide each of them.
void withhold_parts(const std::vector<Cell*>& parts, Cell& whole, std::int64_t least) {
  withhold_small(whole, least);
  for (Cell* part : parts) withhold_small(*part, least);
  while (!whole.withheld) {
    std::int64_t hidden = 0, sum = 0;
    Cell* next = nullptr;
    for (Cell* part : parts) {
      if (part->withheld) {
        ++hidden;
        sum += part->count;
      } else if (part->count > 0 && (next == nullptr || part->count < next->count)) {
        next = part;
      }
    }
    if (hidden == 0 || (hidden > 1 && sum >= least)) return;
    (next == nullptr ? whole : *next).withheld = true;
  }
}

}  // namespace

Consort::Consort(const std::vector<std::string>& criteria) {
  for (const std::string& id : criteria) criterion(id);
}

CriterionCounts& Consort::criterion(std::string_view id) {
  for (CriterionCounts& known : criteria_)
    if (known.id == id) return known;
  criteria_.push_back({std::string(id), {}, {}, {}, {}});
  return criteria_.back();
}

void Consort::take(const LogLine& line, bool suppressed, std::optional<FlagState> state) {
  ++assessed_.count;
  ++steps_[step_of(line.status, suppressed)].count;
  if (state) ++states_[static_cast<std::size_t>(*state)].count;
  const bool ineligible = !suppressed && line.status == "ineligible";
  const bool alone = line.failed.find(' ') == std::string::npos;
  each_word(line.failed, [&](std::string_view id) {
    if (!ineligible) return;
    CriterionCounts& counts = criterion(id);
    ++counts.fails.count;
    counts.alone.count += alone ? 1 : 0;
  });
  if (line.status == "not_a_candidate") return;
  each_word(line.open, [&](std::string_view word) {
    const std::size_t colon = word.find(':');
    CriterionCounts& counts = criterion(word.substr(0, colon));
    ++counts.open.count;
    if (colon != std::string_view::npos) ++counts.unknown[std::string(word.substr(colon + 1))].count;
  });
}

void Consort::take_unlogged(std::int64_t no_candidates, std::int64_t not_looked_at) {
  assessed_.count += no_candidates + not_looked_at;
  steps_[step_of("not_a_candidate", false)].count += no_candidates;
  steps_[step_of("not_screened", false)].count += not_looked_at;
}

void Consort::withhold_below(std::int64_t least) {
  std::vector<Cell*> steps;
  for (Cell& step : steps_) steps.push_back(&step);
  withhold_parts(steps, assessed_, least);
  for (Cell& state : states_) withhold_small(state, least);
  const std::int64_t judged = assessed_.count - steps_[step_of("not_a_candidate", false)].count;
  for (CriterionCounts& counts : criteria_) {
    // Who pass is not told, but whoever knows how many were judged learns it from the others, or one of these from the rest.
    withhold_small(counts.fails, least);
    withhold_small(counts.open, least);
    Cell all{judged, false}, pass{judged - counts.fails.count - counts.open.count, counts.fails.withheld || counts.open.withheld};
    withhold_parts({&counts.fails, &counts.open, &pass}, all, least);
    // Who fail it are those who fail it alone and those who fail more: both must stay hidden.
    Cell more{counts.fails.count - counts.alone.count, false};
    withhold_parts({&counts.alone, &more}, counts.fails, least);
    counts.alone.withheld = counts.alone.withheld || more.withheld;
    std::vector<Cell*> reasons;
    for (auto& [reason, cell] : counts.unknown) reasons.push_back(&cell);
    withhold_parts(reasons, counts.open, least);
  }
}

}  // namespace trialflag::screening
