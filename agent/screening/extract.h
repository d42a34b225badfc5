// A chart as recorded → facts that the engine can ask (criteria.md section 2). Neither clock nor criterion is asked here.
#pragma once

#include <vector>

#include "agent/base/arena.h"
#include "agent/eligibility/fact.h"
#include "agent/eligibility/trial.h"
#include "agent/screening/chart.h"
#include "agent/screening/hits.h"
#include "agent/screening/screener.h"

namespace trialflag::screening {

/// The facts of one chart and the small arrays they point into. Views point into the chart and the tables. Reusable; not thread-safe.
class Extraction {
 public:
  Extraction(const mappings::Tables& tables, const eligibility::Trial& trial, const Vocabulary& vocabulary, const Zone& zone);

  /// Valid until the next call. What cannot be used is appended to `remarks`.
  const eligibility::Facts& extract(const Chart& chart, bool declined, std::vector<Remark>& remarks);

 private:
  friend class Resolver;
  void forget_last();
  void add_person(const Chart& chart);
  void add_record(const fhir::Record& record, std::uint32_t index);
  void add_condition(const fhir::Record& record, std::uint32_t index);
  void add_reasons(const fhir::Record& record, std::uint32_t index);
  void add_observation(const fhir::Record& record, std::uint32_t index);
  void add_measurement(const fhir::Record& record, const fhir::CodeableConcept& code, const fhir::Value& value, bool weak,
                       std::uint32_t index);
  void add_answers(const fhir::Record& record, std::uint32_t index);
  void add_drug(const fhir::Record& record, std::uint32_t index);
  void add_procedure(const fhir::Record& record, std::uint32_t index);
  void add_therapy(const fhir::Record& record, const fhir::CodeableConcept& code, eligibility::Source source, bool weak,
                   std::uint32_t index);
  void add_care_plan(const fhir::Record& record, std::uint32_t index);
  void add_allergy(const fhir::Record& record, std::uint32_t index);
  void add_consent(const fhir::Record& record, std::uint32_t index);
  void group_facts();

  [[nodiscard]] eligibility::When when(const RecordedTime& time) const;
  /// A new wording; its index.
  [[nodiscard]] std::uint32_t worded(std::string_view system, std::string_view code, std::string_view display);
  [[nodiscard]] eligibility::Fact fact_of(const Hit& hit, eligibility::Source source, std::uint32_t index);
  void measure(eligibility::Fact& fact, const fhir::Value& value, const fhir::CodeableConcept& code, const fhir::Record& record);
  [[nodiscard]] eligibility::Answer answer_within(eligibility::Fact& fact, const fhir::Value& value);
  [[nodiscard]] eligibility::Answer told_beside(eligibility::Fact& fact, const fhir::CodeableConcept& value, eligibility::Answer found);
  void answer(eligibility::Fact& fact, const fhir::Value& value, const fhir::Record& record);
  [[nodiscard]] eligibility::Answer answer_of(eligibility::Concept concept_, const fhir::CodeableConcept& value);
  [[nodiscard]] std::string_view keep(std::string_view text);
  [[nodiscard]] std::string_view value_text(const fhir::Value& value);
  void remark(const fhir::Record& record, std::string text);

  // drugs
  struct Medication;
  [[nodiscard]] Medication medication_of(const fhir::Record& record) const;
  void add_drug_facts(const Medication& medication, bool weak, std::uint32_t exposure, std::uint32_t index);
  [[nodiscard]] eligibility::Route route_of(const fhir::Record& record);
  [[nodiscard]] std::span<const eligibility::Indication> indications_of(const fhir::Record& record);
  void add_indications(const fhir::CodeableConcept& concept_, mappings::Place place, std::string_view display,
                       std::vector<eligibility::Indication>& to, bool weak = false);
  void add_reason_indications(const fhir::Record& record, std::vector<eligibility::Indication>& to);
  [[nodiscard]] const fhir::Record* record_at(fhir::ResourceType type, std::string_view reference) const;
  [[nodiscard]] bool readable(const Medication& medication) const;
  [[nodiscard]] bool lacks_ingredient(const Medication& medication) const;
  [[nodiscard]] bool identifies(const fhir::Coding& coding) const;
  [[nodiscard]] bool says_nothing(const fhir::Coding& coding) const;

  const mappings::Tables& tables_;
  const eligibility::Trial& trial_;
  const Vocabulary& vocabulary_;
  const Zone& zone_;
  std::vector<Remark>* remarks_ = nullptr;
  HitFinder hits_;
  Arena arena_;
  const Chart* chart_ = nullptr;
  std::vector<const fhir::Record*> in_order_;
  eligibility::Facts facts_;
  std::vector<eligibility::Fact> ungrouped_;
  std::vector<mappings::CodeMatch> codes_;
};

}  // namespace trialflag::screening
