// The sentences of a verdict's summary, by key, so that they can be told in another language.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace trialflag::eligibility {

/// Keys of the catalogue (text_en.cpp, text_zh.cpp, text_de.cpp). Placeholders: {what} the criterion's label, {when}, {value},
/// {measured} what the value is of, {mean}, {count}, {low}, {high}, {items}.
enum class Text : std::uint8_t {
  present,
  past,
  on_record,
  weak,
  conflicting,
  judgement,
  incomplete,
  rejected,
  unreadable_drug,
  nothing_found,
  no_data,
  needs_person,
  stale,
  partial,
  value,
  named_value,
  stale_value,
  mean,
  mean_so_far,
  age,
  age_missing,
  age_unsure,
  language,
  refused,
  consent_unclear,
  score_total,
  score_items,
  score_partial,
  scores_contradict,
  drug,
  drug_weak,
  drug_not_taken,
  pressure_classes,
  pressure_crisis,
  pressure_stale,
  male,
  over_age,
  too_old,
  state_positive,
  state_negative,
  state_conflict,
  delivered,
  allergy_other,
  allergy_none_known,
  allergy_unnamed,
  relief_none,
  relief_some,
  relief_unmeasured,
  result,
  score_names,     ///< the eight STOP-Bang items, separated by |
  between_items,   ///< what stands between two of {items}
  date_unknown,    ///< for {when}
  number_unknown,  ///< for {value}
  count_           ///< number of keys
};

inline constexpr std::size_t kTexts = static_cast<std::size_t>(Text::count_);

/// The key's name as the catalogue writes it.
std::string_view name_of(Text text);

/// A loaded catalogue.
struct Texts {
  std::array<std::string, kTexts> sentences;
  [[nodiscard]] const std::string& of(Text text) const { return sentences[static_cast<std::size_t>(text)]; }
};

inline constexpr std::array<std::string_view, 3> kLanguages{"en", "zh", "de"};

/// The one of kLanguages that serves `language`, a tag such as "zh", "zh-CN" or "de_AT"; empty where there is none.
std::string_view spoken_language(std::string_view language);

/// The catalogue of a language; English where there is none. Complete: every key has a sentence.
Texts texts_in(std::string_view language);
Texts english_texts();
Texts chinese_texts();
Texts german_texts();

}  // namespace trialflag::eligibility
