// A CodeableConcept → the concepts it touches: codes first, then words where no code spoke, disagreements marked (criteria.md 2.6–2.9).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/eligibility/fact.h"
#include "agent/screening/vocabulary.h"
#include "fhir/record.h"
#include "mappings/tables.h"

namespace trialflag::screening {

/// One concept touched. Views live as long as the chart and the tables.
struct Hit {
  eligibility::Concept concept_ = eligibility::kNoConcept;
  mappings::Role role = mappings::Role::include;
  bool weak = false;  ///< text only, or disagreeing codings
  bool by_words = false;
  bool uncertain = false, past = false, negated = false, long_text = false;
  std::string_view system, code;  ///< as recorded; by words: the text as code
  std::string_view display;       ///< the coding's display, else the text beside it; empty by words
  mappings::Attributes attributes;
};

/// Lets a text be looked up without a copy of it.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

/// By the name that the tables use; none for any other.
eligibility::Answer answer_named(std::string_view name);

/// What the record calls a coding: its display, else the text beside it.
inline std::string_view words_for(const fhir::CodeableConcept& concept_, const fhir::Coding& coding) {
  return coding.display.empty() ? concept_.text : coding.display;
}

/// Maps concepts with memory of its own; not thread-safe.
class HitFinder {
 public:
  HitFinder(const mappings::Tables& tables, const Vocabulary& vocabulary) : tables_(tables), vocabulary_(vocabulary) {}

  /// One Hit per concept, or one for each different thing that equally good codings or words say of it (of drugs for each class), in an
  /// order that does not depend on theirs; valid until the next call. `extra_text` is read like CodeableConcept.text (a Reference's
  /// display).
  const std::vector<Hit>& find(const fhir::CodeableConcept& concept_, mappings::Place place, std::string_view extra_text = {});

 private:
  void find_codes(const fhir::CodeableConcept& concept_, mappings::Place place);
  void mark_disagreements(std::size_t codings);
  [[nodiscard]] bool disagree(std::size_t a, std::size_t b) const;
  void find_words(std::string_view text);
  void settle();
  void add_word(const mappings::TextMatch& match, std::string_view text, bool long_text);

  struct Coded {
    std::size_t coding;
    Hit hit;
    bool trap;
  };
  const mappings::Tables& tables_;
  const Vocabulary& vocabulary_;
  std::vector<mappings::CodeMatch> code_matches_;
  /// Texts repeat from record to record: what the last few thousand said. Bounded by clearing.
  const std::vector<mappings::TextMatch>& read_text(std::string_view text);
  std::unordered_map<std::string, std::vector<mappings::TextMatch>, TextHash, std::equal_to<>> texts_read_;
  std::vector<mappings::TextMatch> long_text_;
  std::vector<Coded> coded_;
  std::vector<Hit> candidates_, hits_;
};

}  // namespace trialflag::screening
