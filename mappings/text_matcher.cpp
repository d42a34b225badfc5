#include "mappings/text_matcher.h"

#include <algorithm>

#include "mappings/text_reading.h"
#include "mappings/unicode.h"

namespace trialflag::mappings {
namespace {

std::u32string folded(std::u32string_view text) {
  std::u32string out(text);
  std::transform(out.begin(), out.end(), out.begin(), fold);
  return out;
}

/// Lays the lists one behind the other.
template <typename Item, typename Range>
void flatten(const std::vector<std::vector<Item>>& lists, std::vector<Item>& items, std::vector<Range>& ranges) {
  for (const std::vector<Item>& list : lists) {
    ranges.push_back({static_cast<std::uint32_t>(items.size()), static_cast<std::uint32_t>(list.size())});
    items.insert(items.end(), list.begin(), list.end());
  }
}

template <typename Item>
std::vector<Item>& list_of(std::vector<std::vector<Item>>& lists, std::uint32_t word) {
  if (lists.size() <= word) lists.resize(word + 1);
  return lists[word];
}

}  // namespace

TextMatcher::TextMatcher(const Rows& rows) : rows_(&rows) {
  std::vector<std::vector<Term>> terms;
  std::vector<std::vector<Filter>> filters;
  add_terms(rows, terms);
  add_filters(rows, filters);
  const std::size_t words = std::max(terms.size(), filters.size());
  terms.resize(words);
  filters.resize(words);
  flatten(terms, terms_, terms_of_word_);
  flatten(filters, filters_, filters_of_word_);
  automaton_.compile();
}

void TextMatcher::add_terms(const Rows& rows, std::vector<std::vector<Term>>& by_word) {
  for (std::size_t i = 0; i < rows.terms.size(); ++i) {
    const TermRow& row = rows.terms[i];
    Term term{static_cast<std::uint32_t>(i), row.concept_, row.role, row.layer, row.whole_word, row.case_sensitive, {}};
    if (row.regex) {
      if (auto pattern = Pattern::compile(row.term)) expressions_.push_back({std::move(*pattern), term});
      continue;
    }
    std::u32string written;
    normalise_text(row.term, written);
    if (written.empty()) continue;
    const std::uint32_t word = automaton_.add(folded(written));
    if (row.case_sensitive) term.written = texts_.emplace_back(std::move(written));
    list_of(by_word, word).push_back(term);
  }
}

void TextMatcher::add_filters(const Rows& rows, std::vector<std::vector<Filter>>& by_word) {
  std::u32string written;
  for (const FilterRow& row : rows.filters) {
    normalise_text(row.word, written);
    if (written.empty()) continue;
    list_of(by_word, automaton_.add(folded(written))).push_back({row.filter_class, row.scope, row.whole_word});
  }
}

std::size_t TextMatcher::match(std::string_view text, std::vector<TextMatch>& out) const {
  if (text.empty()) return 0;
  return TextReading(*this, text).give(out);
}

bool TextMatcher::begins_denied(std::string_view text) const {
  return !text.empty() && TextReading(*this, text).begins_denied();
}

}  // namespace trialflag::mappings
