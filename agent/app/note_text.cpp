#include "agent/app/note_text.h"

#include <algorithm>

namespace trialflag::app {

std::string_view NoteTexts::word(std::string_view name) const {
  const auto found = std::find_if(names.begin(), names.end(), [name](const auto& entry) { return entry.first == name; });
  return found == names.end() ? name : found->second;
}

const NoteTexts& note_texts(std::string_view language) {
  static const NoteTexts english = english_notes(), chinese = chinese_notes(), german = german_notes();
  return language == "zh" ? chinese : language == "de" ? german : english;
}

}  // namespace trialflag::app
