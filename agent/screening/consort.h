// The counts of a flow diagram (interface.md section 5, log --consort), of one trial: who was assessed, where each went, and why.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/screening/ledger.h"
#include "agent/screening/log_line.h"

namespace trialflag::screening {

/// A count, or that there is one which is too small to be told.
struct Cell {
  std::int64_t count = 0;
  bool withheld = false;
};

/// What one criterion does.
struct CriterionCounts {
  std::string id;
  Cell fails;                           ///< of the ineligible: who fail it
  Cell alone;                           ///< of these: who fail nothing else
  Cell open;                            ///< of those who are assessed as candidates: for whom it is open
  std::map<std::string, Cell> unknown;  ///< of these, by the reason why it is unknown
};

class Consort {
 public:
  /// Where an assessed patient stands; these and nothing else add up to `assessed`.
  static constexpr std::array<std::string_view, 6> kSteps = {"not_a_candidate", "not_screened",         "ineligible",
                                                             "needs_review",    "potentially_eligible", "suppressed"};

  /// `criteria`: the ids of the trial, in its order; others that the log names follow them.
  explicit Consort(const std::vector<std::string>& criteria);

  /// One patient who has a line in the log. `suppressed`: would be listed, but nobody is to be told.
  void take(const LogLine& line, bool suppressed, std::optional<FlagState> state);
  /// So many patients who have none: of no interest to the trial, or not looked at yet.
  void take_unlogged(std::int64_t no_candidates, std::int64_t not_looked_at);

  /// Withholds counts of 1 to `least` - 1, and as many others as it takes that none can be worked out from the sums.
  void withhold_below(std::int64_t least);

  [[nodiscard]] const Cell& assessed() const { return assessed_; }
  [[nodiscard]] const Cell& step(std::size_t at) const { return steps_[at]; }
  /// How many flags stand at that state of people's now.
  [[nodiscard]] const Cell& state(FlagState state) const { return states_[static_cast<std::size_t>(state)]; }
  /// Those that failed anybody or are open for somebody.
  [[nodiscard]] const std::vector<CriterionCounts>& criteria() const { return criteria_; }

 private:
  CriterionCounts& criterion(std::string_view id);

  Cell assessed_;
  std::array<Cell, kSteps.size()> steps_;
  std::array<Cell, 7> states_;
  std::vector<CriterionCounts> criteria_;
};

/// Calls `use` with each word of a list that is separated by blanks.
template <typename Use>
void each_word(std::string_view list, Use&& use) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(' '), list.size());
    if (end > 0) use(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

}  // namespace trialflag::screening
