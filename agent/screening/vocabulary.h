// What the extraction must know of a trial: which concepts are judged as conditions, which are drugs, which words count fully.
#pragma once

#include <string>
#include <vector>

#include "agent/eligibility/trial.h"

namespace trialflag::screening {

/// A set of concepts with constant-time lookup.
class ConceptSet {
 public:
  void add(eligibility::Concept concept_) {
    if (concept_ == eligibility::kNoConcept) return;
    if (concept_ >= bits_.size()) bits_.resize(concept_ + 1U);
    bits_[concept_] = true;
  }
  void add(const std::vector<eligibility::Concept>& concepts) {
    for (const auto concept_ : concepts) add(concept_);
  }
  [[nodiscard]] std::size_t size() const { return bits_.size(); }  ///< above the greatest concept that was added
  [[nodiscard]] bool has(eligibility::Concept concept_) const { return concept_ < bits_.size() && bits_[concept_]; }

 private:
  std::vector<bool> bits_;
};

/// Immutable once built; thread-safe.
struct Vocabulary {
  ConceptSet conditions;   ///< judged as conditions: they can disagree (criteria.md 2.8)
  ConceptSet drugs;        ///< drug concepts: they can disagree
  ConceptSet score_items;  ///< an Observation that names one is never the total
  ConceptSet answers;      ///< concepts that a questionnaire item can answer
  ConceptSet full_words;   ///< what was measured may be told by words (2.9)
  ConceptSet therapies;    ///< counted when done
  ConceptSet measured;     ///< their numbers are read
  ConceptSet procedures;   ///< read in Procedure.code, by code
  ConceptSet states;       ///< a value may be a state's own code or words
  ConceptSet signs;        ///< an answer may stand among other words
  eligibility::Concept score_total = eligibility::kNoConcept;
  eligibility::Concept routes = eligibility::kNoConcept;
};

Vocabulary vocabulary_of(const eligibility::Trial& trial);

/// All that it holds, as text: equal for equal vocabularies alone.
std::string describe(const Vocabulary& words);

}  // namespace trialflag::screening
