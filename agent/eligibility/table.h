// Decision tables: a fact takes the first case that applies to it.
#pragma once

#include "agent/eligibility/finding.h"

namespace trialflag::eligibility {

/// The outcomes that the fact's possible readings give, weak hits already weakened (criteria.md 2.4, 2.7). Drug conditions of a case need
/// `exposure`; without one they never apply.
Readings read_cases(const std::vector<Case>& cases, const Fact& fact, const Exposure* exposure, const Criterion& criterion, Moment& moment);

/// Is the drug being taken (criteria.md section 3, E9.refractory_hypertension: "On")?
Truth on(const Exposure& exposure, Moment& moment);

/// The newest refuted record among those of one concept, or null.
const Fact* latest_refuted(std::span<const Fact> facts, Moment& moment);

/// A confirmed record is contradicted by a refuted one that is dated after it (criteria.md 2.12). `refuted` may be null.
bool refutes(const Fact* refuted, const Fact& confirmed);

inline bool contains(const std::vector<Concept>& concepts, Concept concept_) {
  for (const Concept each : concepts)
    if (each == concept_) return true;
  return false;
}

/// Calls `use(class)` for each class of "thiazide+arb".
template <typename Use>
void each_class(std::string_view classes, Use use) {
  while (!classes.empty()) {
    const std::size_t plus = classes.find('+');
    use(classes.substr(0, plus));
    classes = plus == std::string_view::npos ? std::string_view() : classes.substr(plus + 1);
  }
}

}  // namespace trialflag::eligibility
