// Which concepts a text speaks of, and how the words around each hit turn it: criteria.md 2.9, codes.md rule 8.
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "mappings/match.h"
#include "mappings/pattern.h"
#include "mappings/rows.h"
#include "mappings/word_automaton.h"

namespace trialflag::mappings {

/// A term row as it is matched.
struct Term {
  std::uint32_t row;
  std::uint16_t concept_;
  Role role;
  Layer layer;
  bool whole_word, case_sensitive;
  std::u32string_view written;  ///< normalised, case kept; for case-sensitive terms
};

struct Filter {
  FilterClass filter_class;
  FilterScope scope;
  bool whole_word;
};

/// Immutable after construction, thread-safe. Refers to the rows it was made of.
class TextMatcher {
 public:
  /// The regular expressions among the terms must compile; a row whose expression does not is left out.
  explicit TextMatcher(const Rows& rows);

  /// Appends to `out`; see Tables::match_text. Returns the number appended.
  std::size_t match(std::string_view text, std::vector<TextMatch>& out) const;
  /// See Tables::begins_denied.
  [[nodiscard]] bool begins_denied(std::string_view text) const;

 private:
  friend class TextReading;
  struct Range {
    std::uint32_t first = 0, count = 0;
  };
  struct Expression {
    Pattern pattern;
    Term term;
  };

  void add_terms(const Rows& rows, std::vector<std::vector<Term>>& by_word);
  void add_filters(const Rows& rows, std::vector<std::vector<Filter>>& by_word);
  [[nodiscard]] std::string_view classes_of(const Term& term) const { return rows_->attributes[rows_->terms[term.row].attributes].classes; }

  const Rows* rows_;
  WordAutomaton automaton_;
  std::vector<Term> terms_;
  std::vector<Filter> filters_;
  std::vector<Range> terms_of_word_, filters_of_word_;
  std::vector<Expression> expressions_;
  std::deque<std::u32string> texts_;
};

}  // namespace trialflag::mappings
