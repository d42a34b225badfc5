// The rules of a trial file: one YAML map a rule, named by its operator.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/eligibility/trial.h"
#include "agent/settings/map_reader.h"
#include "mappings/tables.h"

namespace trialflag::settings {

/// Reads rules; flaws go where they are told. Not thread-safe.
class RuleReader {
 public:
  RuleReader(const mappings::Tables& tables, Flaws& flaws) : tables_(tables), flaws_(flaws) {}

  /// One item of `rules:`, a rule or `first: [rules]`.
  std::optional<eligibility::Clause> clause(const YamlNode& node);

  /// A concept's name → its index; unknown: a flaw and kNoConcept.
  eligibility::Concept concept_(const YamlNode& node);
  std::vector<eligibility::Concept> concepts(const YamlNode& node);
  eligibility::Outcome outcome(const YamlNode& node);
  /// Resource type names → bits (criteria.md 2.15).
  std::uint32_t types(const YamlNode& node);
  /// The text of `language`, else English. A plain string serves every language.
  std::string said(const YamlNode& node, std::string_view language);

 private:
  std::optional<eligibility::SimpleRule> rule(const YamlNode& node);
  eligibility::RecordsRule records(const YamlNode& node);
  eligibility::DrugsRule drugs(const YamlNode& node);
  eligibility::ValuesRule values(const YamlNode& node);
  eligibility::AgeRule age(const YamlNode& node);
  eligibility::AllergyHintRule allergy_hint(const YamlNode& node);
  eligibility::DailyMeanRule daily_mean(const YamlNode& node);
  eligibility::ResultRule result(const YamlNode& node);
  eligibility::ScorePairRule score_pair(const YamlNode& node);
  eligibility::ReliefRule relief(const YamlNode& node);
  eligibility::StopBangRule stop_bang(const YamlNode& node);
  eligibility::PressureRule pressure(const YamlNode& node);
  eligibility::PregnancyRule pregnancy(const YamlNode& node);
  eligibility::LactationRule lactation(const YamlNode& node);
  eligibility::AllergyRule allergy(const YamlNode& node);

  std::vector<eligibility::Case> cases(const YamlNode& node);
  eligibility::Case one_case(const YamlNode& node);
  void drug_conditions(MapReader& map, eligibility::Case& line);
  std::vector<eligibility::IndicationTest> indications(const YamlNode& node);
  std::vector<eligibility::ValueCase> value_cases(const YamlNode& node);
  std::optional<eligibility::Role> role(const YamlNode& node);
  eligibility::Bound bound(const YamlNode& node);
  eligibility::Concept named(MapReader& map, std::string_view key);
  static std::optional<int> days(MapReader& map, std::string_view key);

  const mappings::Tables& tables_;
  Flaws& flaws_;
};

}  // namespace trialflag::settings
