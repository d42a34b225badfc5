// What an amended trial file would change, over the patients that are stored: nothing is written, nobody is told, the EHR is not asked.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/arena.h"
#include "agent/eligibility/evaluate.h"
#include "agent/screening/facts_blob.h"
#include "agent/screening/screener.h"

namespace trialflag::screening {

/// A patient as the store has them.
struct StoredPatient {
  std::string_view patient;
  std::string_view mapped_under, judged;       ///< what was kept of the mapping to the trial, to judge by; empty when nothing was
  bool declined = false;                       ///< the flag's state
  std::function<Result<std::string>()> chart;  ///< the chart's bytes, when they are asked for
};

/// Compares two trial files patient by patient. Not thread-safe. The screeners outlive it.
class Rehearsal {
 public:
  static constexpr std::size_t kStatuses = 5;
  static constexpr std::size_t kEffects = 3;
  using ByEffect = std::array<std::array<std::uint64_t, kEffects>, kEffects>;

  /// `blind`: types whose lack counts against every patient at the moment.
  Rehearsal(const Screener& now, const Screener& amended, const TypeSet& blind, Instant as_of);

  /// Judges one more patient under both files; whether the status differs. Fails when the chart cannot be read.
  Result<bool> take(const StoredPatient& patient);

  [[nodiscard]] std::uint64_t patients() const { return patients_; }
  /// How many were of a status under the one file and are of another under the other.
  [[nodiscard]] std::uint64_t moved(eligibility::Status from, eligibility::Status to) const {
    return statuses_[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)];
  }
  /// Of the patient who was taken last.
  [[nodiscard]] eligibility::Status last_now() const { return judged_now_.status; }
  [[nodiscard]] eligibility::Status last_amended() const { return judged_amended_.status; }

  /// The same for the effects of one criterion. A criterion that only one of the files has moved nobody; it is named by `only_in`.
  struct CriterionMoves {
    std::string id;
    std::string only_in;  ///< "now", "amended", or empty
    ByEffect effects{};
  };
  [[nodiscard]] const std::vector<CriterionMoves>& criteria() const { return criteria_; }

 private:
  /// Into `stored_`: the kept facts when they were mapped under that screener's mapping, else the chart's, mapped now.
  Result<void> fill(const Screener& screener, Sitting& sitting, const StoredPatient& patient);
  Result<void> judge(const Screener& screener, Sitting& sitting, const StoredPatient& patient, eligibility::Judgement& judgement);

  const Screener& now_;
  const Screener& amended_;
  std::uint32_t blind_;
  Instant as_of_;
  Sitting sitting_now_, sitting_amended_;
  Arena arena_;
  FactBytes fact_bytes_;
  StoredFacts stored_;
  std::vector<Remark> remarks_;
  eligibility::Judgement judged_now_, judged_amended_;
  std::uint64_t patients_ = 0;
  std::array<std::array<std::uint64_t, kStatuses>, kStatuses> statuses_{};
  std::vector<CriterionMoves> criteria_;
  std::vector<std::pair<std::size_t, std::size_t>> places_;  ///< of each criterion of both files: where it stands in each
};

}  // namespace trialflag::screening
