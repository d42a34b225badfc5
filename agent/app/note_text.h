// The words around a verdict in the notes that people read (explain, flags show, the table of screen), by language.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace trialflag::app {

enum class NoteText : std::uint8_t {
  heading,  ///< {patient} {trial} {when}
  gone,
  entry_fails,
  not_screened,
  ineligible_one,
  ineligible_many,  ///< {count}, as in all of "many"
  review_one,
  review_many,
  possible_one,
  possible_many,
  what_decides,
  what_to_ask,
  against,
  still_open,
  in_favour,
  by_absence,  ///< {effect}
  is_open,     ///< {reason}
  criterion,   ///< {id} {state} {summary}
  decider,     ///< {id} {summary}
  version,     ///< {version}
  comma,
  display,     ///< {words}, of a code
  maps_to,     ///< {concept}
  may_change,  ///< {when}
  protocol,    ///< {cite}
  revisit,     ///< {when}
  versions,    ///< {trial} {engine} {tables}
  gone_short,
  open_one,
  open_many,
  to_settle,
  patient,
  status,
  decided_by,
  flag_heading,        ///< {code} {trial} {patient}
  flag_status,         ///< {status} {reason} {state}
  conflict,            ///< {resource} {status} {state} {code}
  suppressed,          ///< {why}: one of those below
  in_other_trial,      ///< {trial}
  enrolled_elsewhere,  ///< {trial}
  decided_elsewhere,   ///< {trial}
  do_not_contact,
  trial_closed,
  trial_full,
  treating_physician,
  research_refused,
  history,
  event,      ///< {when} {kind} {who}
  event_why,  ///< {event} {why}
  notices,
  notice,  ///< {when} {kind} {who} {channel} {state}
  none,
  count_
};

inline constexpr std::size_t kNoteTexts = static_cast<std::size_t>(NoteText::count_);

struct NoteTexts {
  std::array<std::string_view, kNoteTexts> sentences;
  std::span<const std::pair<std::string_view, std::string_view>> names;  ///< the program's names → the language's words

  [[nodiscard]] std::string_view of(NoteText text) const { return sentences[static_cast<std::size_t>(text)]; }
  /// The word for one of the program's names, such as "weak_evidence"; the name itself where there is none.
  [[nodiscard]] std::string_view word(std::string_view name) const;
};

/// Why nobody is told of a flag, in words: of what VerdictRow::suppressed, or an event that followed from it, says. The text itself where
/// it is nothing of the kind.
std::string suppression_words(const NoteTexts& texts, std::string_view why);

/// The catalogue of a language of eligibility::kLanguages; English for any other. Complete: every key has a sentence.
const NoteTexts& note_texts(std::string_view language);
NoteTexts english_notes();
NoteTexts chinese_notes();
NoteTexts german_notes();

}  // namespace trialflag::app
