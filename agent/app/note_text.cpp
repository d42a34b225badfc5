#include "agent/app/note_text.h"

#include <algorithm>

#include "agent/base/sentence.h"
#include "agent/screening/ledger.h"

namespace trialflag::app {

std::string_view NoteTexts::word(std::string_view name) const {
  const auto found = std::find_if(names.begin(), names.end(), [name](const auto& entry) { return entry.first == name; });
  return found == names.end() ? name : found->second;
}

std::string suppression_words(const NoteTexts& texts, std::string_view why) {
  constexpr std::pair<std::string_view, NoteText> kOfTrial[] = {{screening::kOtherTrial, NoteText::in_other_trial},
                                                                {screening::kEnrolled, NoteText::enrolled_elsewhere},
                                                                {screening::kDecided, NoteText::decided_elsewhere}};
  for (const auto& [beginning, text] : kOfTrial)
    if (why.starts_with(beginning)) return filled(texts.of(text), {{"{trial}", why.substr(beginning.size())}});
  constexpr std::pair<std::string_view, NoteText> kOthers[] = {{"do_not_contact", NoteText::do_not_contact},
                                                               {"trial_closed", NoteText::trial_closed},
                                                               {"trial_full", NoteText::trial_full},
                                                               {"treating_physician", NoteText::treating_physician},
                                                               {"research_refused", NoteText::research_refused}};
  for (const auto& [name, text] : kOthers)
    if (why == name) return std::string(texts.of(text));
  return std::string(texts.word(why));
}

const NoteTexts& note_texts(std::string_view language) {
  static const NoteTexts english = english_notes(), chinese = chinese_notes(), german = german_notes();
  return language == "zh" ? chinese : language == "de" ? german : english;
}

}  // namespace trialflag::app
