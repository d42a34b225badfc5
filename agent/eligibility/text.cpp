#include "agent/eligibility/text.h"

namespace trialflag::eligibility {

std::string_view name_of(Text text) {
  static constexpr std::array<std::string_view, kTexts> kNames = {"present",
                                                                  "past",
                                                                  "on_record",
                                                                  "weak",
                                                                  "conflicting",
                                                                  "judgement",
                                                                  "incomplete",
                                                                  "rejected",
                                                                  "unreadable_drug",
                                                                  "nothing_found",
                                                                  "no_data",
                                                                  "needs_person",
                                                                  "stale",
                                                                  "partial",
                                                                  "value",
                                                                  "named_value",
                                                                  "stale_value",
                                                                  "mean",
                                                                  "mean_so_far",
                                                                  "age",
                                                                  "age_missing",
                                                                  "age_unsure",
                                                                  "language",
                                                                  "refused",
                                                                  "consent_unclear",
                                                                  "score_total",
                                                                  "score_items",
                                                                  "score_partial",
                                                                  "scores_contradict",
                                                                  "drug",
                                                                  "drug_weak",
                                                                  "drug_not_taken",
                                                                  "pressure_classes",
                                                                  "pressure_crisis",
                                                                  "pressure_stale",
                                                                  "male",
                                                                  "over_age",
                                                                  "too_old",
                                                                  "state_positive",
                                                                  "state_negative",
                                                                  "state_conflict",
                                                                  "delivered",
                                                                  "allergy_other",
                                                                  "allergy_none_known",
                                                                  "allergy_unnamed",
                                                                  "relief_none",
                                                                  "relief_some",
                                                                  "relief_unmeasured",
                                                                  "result",
                                                                  "score_names",
                                                                  "between_items",
                                                                  "date_unknown",
                                                                  "number_unknown"};
  return kNames[static_cast<std::size_t>(text)];
}

std::string_view spoken_language(std::string_view language) {
  const std::string_view primary = language.substr(0, language.find_first_of("-_"));
  for (const std::string_view spoken : kLanguages)
    if (primary == spoken) return spoken;
  return {};
}

Texts texts_in(std::string_view language) {
  const std::string_view spoken = spoken_language(language);
  if (spoken == "zh") return chinese_texts();
  return spoken == "de" ? german_texts() : english_texts();
}

}  // namespace trialflag::eligibility
