// A trial, the facts of one patient and an instant in; a verdict per criterion out. No I/O, no clock, no log.
#pragma once

#include <optional>
#include <vector>

#include "agent/eligibility/finding.h"
#include "agent/eligibility/trial.h"
#include "agent/eligibility/verdict.h"

namespace trialflag::eligibility {

/// The weighed answer of one criterion, without its words.
struct Decision {
  Truth holds = Truth::unknown;
  Basis basis = Basis::absence;
  Reason reason = Reason::none;
  Effect effect = Effect::open;
  const Finding* lead = nullptr;  ///< the finding that decides; null when nothing was found. Lives until the next decide().
};

/// Every criterion decided, and the records that played a part in each.
struct Judgement {
  Status status = Status::not_a_candidate;
  std::vector<Decision> decisions;  ///< in the order of the trial file; their leads are null
  std::vector<Cited> cited;         ///< of all criteria, one after the other; no repeats within one
  std::vector<std::uint32_t> ends;  ///< per criterion: where its part of `cited` ends

  /// What the criterion at that index rests on, the deciding records first. Points into the facts that were judged.
  [[nodiscard]] std::span<const Cited> evidence(std::size_t criterion) const {
    const std::uint32_t begin = criterion == 0 ? 0 : ends[criterion - 1];
    return std::span<const Cited>(cited).subspan(begin, ends[criterion] - begin);
  }
};

/// Appends what the decision rests on: the lead's records first, then all others, each once.
void cite(const Decision& decision, const Findings& findings, std::vector<Cited>& cited);

/// Weighs what was found (criteria.md 1.2, 2.2). `incomplete` has a bit for each type that was not fully read and that this criterion
/// needs.
Decision weigh(const Criterion& criterion, const Findings& findings, bool incomplete);

/// criteria.md 1.4. `entry` is the entry criterion's decision; `decisions` all of them.
Status status_of(const Facts& facts, Moment& moment, const Decision& entry, std::span<const Decision> decisions);

/// Evaluates patient after patient with memory of its own. Not thread-safe; cheap to make. The trial and the zone must outlive it.
class Evaluator {
 public:
  Evaluator(const Trial& trial, const Zone& zone) : trial_(trial), zone_(zone) {}

  /// The status, each criterion's decision and what it rests on, without words. Allocates nothing once warm.
  void judge(const Facts& facts, Instant as_of, Judgement& judgement);

  /// The entry criterion alone.
  EntryLook look_at_entry(const Facts& facts, Instant as_of);

  /// The whole record of one patient: decisions, summaries, evidence, questions, revisit_at.
  PatientVerdict evaluate(const Facts& facts, Instant as_of);

 private:
  Decision decide(const Criterion& criterion, const Facts& facts, Moment& moment, Findings& findings);
  std::optional<Day> revisit(const Criterion& criterion, const Facts& facts, const Decision& now);

  const Trial& trial_;
  const Zone& zone_;
  Findings findings_, later_findings_;
  std::vector<Day> horizon_;
};

}  // namespace trialflag::eligibility
