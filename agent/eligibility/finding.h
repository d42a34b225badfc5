// What the rules of one criterion found, before it is weighed: compact, reused from criterion to criterion, no heap work once warm.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "agent/eligibility/fact.h"
#include "agent/eligibility/moment.h"
#include "agent/eligibility/text.h"
#include "agent/eligibility/trial.h"

namespace trialflag::eligibility {

/// A record that played a part: a fact, or (fact null) a whole record such as the Patient.
struct Cited {
  const Fact* fact = nullptr;
  std::uint32_t record = 0;
  friend bool operator==(const Cited&, const Cited&) = default;
};

struct Finding {
  Outcome outcome = Outcome::nothing;
  bool settles = false;     ///< a no that stands although a type is incomplete (2.15)
  bool by_absence = false;  ///< a no that says "nothing on file", not "seen and negative"
  bool confirms = false;    ///< scores that meet the definition stand beside the yes
  Text text = Text::on_record;
  double value = 0, low = 0, high = 0;
  std::uint32_t items = 0;  ///< bits, for {items}
  std::uint32_t first_cited = 0, last_cited = 0;
};

/// Collects the findings of one criterion.
class Findings {
 public:
  void clear() {
    list_.clear();
    cited_.clear();
    drugs_matter_ = false;
  }
  /// The answer would depend on drug records (2.15: pressure high): their incompleteness counts too.
  void drugs_matter() { drugs_matter_ = true; }
  [[nodiscard]] bool do_drugs_matter() const { return drugs_matter_; }
  /// Adds a finding; then cite() adds its records. The reference lives until the next add().
  Finding& add(Outcome outcome, Text text) {
    Finding finding;
    finding.outcome = outcome;
    finding.text = text;
    finding.first_cited = finding.last_cited = static_cast<std::uint32_t>(cited_.size());
    list_.push_back(finding);
    return list_.back();
  }
  void cite(const Fact& fact) { push({&fact, fact.record}); }
  void cite_record(std::uint32_t record) { push({nullptr, record}); }

  [[nodiscard]] std::span<const Finding> all() const { return list_; }
  [[nodiscard]] std::span<const Cited> cited(const Finding& finding) const {
    return std::span<const Cited>(cited_).subspan(finding.first_cited, finding.last_cited - finding.first_cited);
  }
  [[nodiscard]] Finding& at(std::size_t index) { return list_[index]; }
  [[nodiscard]] bool empty() const { return list_.empty(); }
  [[nodiscard]] std::size_t size() const { return list_.size(); }

 private:
  void push(Cited cited) {
    cited_.push_back(cited);
    list_.back().last_cited = static_cast<std::uint32_t>(cited_.size());
  }
  std::vector<Finding> list_;
  std::vector<Cited> cited_;
  bool drugs_matter_ = false;
};

/// What a rule is given.
struct Question {
  const Facts& facts;
  const Criterion& criterion;
  Moment& moment;
  Findings& findings;
};

/// A set of outcomes that the readings of an interval allow (criteria.md 2.4).
class Readings {
 public:
  void add(Outcome outcome) { bits_ |= 1U << static_cast<unsigned>(outcome); }
  void merge(Readings other) { bits_ |= other.bits_; }
  [[nodiscard]] bool empty() const { return bits_ == 0; }
  [[nodiscard]] bool has(Outcome outcome) const { return (bits_ >> static_cast<unsigned>(outcome) & 1U) != 0; }
  friend bool operator==(Readings, Readings) = default;
  /// All the same: that. Some a fail and none a pass: weak_evidence. Otherwise partial.
  [[nodiscard]] Outcome settle(Kind kind) const;

 private:
  std::uint32_t bits_ = 0;
};

/// Does a number fulfil a bound: unknown when its interval straddles it.
Truth holds(const Bound& bound, const Number& number);

/// criteria.md 2.7: what a weak hit makes of the outcome that the sure hit would have.
Outcome weakened(const Fact& fact, Kind kind, Outcome outcome);

// One function a rule; each adds what it finds.
void apply(const RecordsRule& rule, Question& ask);
void apply(const DrugsRule& rule, Question& ask);
void apply(const AllergyHintRule& rule, Question& ask);
void apply(const ValuesRule& rule, Question& ask);
void apply(const DailyMeanRule& rule, Question& ask);
void apply(const AgeRule& rule, Question& ask);
void apply(const LanguageRule& rule, Question& ask);
void apply(const ConsentRule& rule, Question& ask);
void apply(const ResultRule& rule, Question& ask);
void apply(const ScorePairRule& rule, Question& ask);
void apply(const ReliefRule& rule, Question& ask);
void apply(const StopBangRule& rule, Question& ask);
void apply(const PressureRule& rule, Question& ask);
void apply(const PregnancyRule& rule, Question& ask);
void apply(const LactationRule& rule, Question& ask);
void apply(const AllergyRule& rule, Question& ask);
void apply(const MorphologyRule& rule, Question& ask);

}  // namespace trialflag::eligibility
