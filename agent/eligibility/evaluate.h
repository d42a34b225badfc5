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

/// Weighs what was found (criteria.md 1.2, 2.2). `incomplete` has a bit for each type that was not fully read and that this criterion
/// needs.
Decision weigh(const Criterion& criterion, const Findings& findings, bool incomplete);

/// criteria.md 1.4. `entry` is the entry criterion's decision; `decisions` all of them.
Status status_of(const Facts& facts, Moment& moment, const Decision& entry, std::span<const Decision> decisions);

/// Evaluates patient after patient with memory of its own. Not thread-safe; cheap to make. The trial and the zone must outlive it.
class Evaluator {
 public:
  Evaluator(const Trial& trial, const Zone& zone) : trial_(trial), zone_(zone) {}

  /// The status, and each criterion's decision into `decisions` (leads are not valid afterwards). Allocates nothing once warm.
  Status decide(const Facts& facts, Instant as_of, std::vector<Decision>& decisions);

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
