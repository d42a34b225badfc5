// An answer that stands among other words: "weakly positive", "THC negative, benzodiazepines positive".
#pragma once

#include <string_view>

#include "mappings/tables.h"

namespace trialflag::mappings {

/// Whether one of the clauses of a short text holds a word that answers yes, as Tables::answer_word has it, and none that denies. Never of
/// a text of more than 400 bytes, which tells of more than one thing. Thread-safe.
bool answers_yes_within(const Tables& tables, std::string_view text);

}  // namespace trialflag::mappings
