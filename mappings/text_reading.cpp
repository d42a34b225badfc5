#include "mappings/text_reading.h"

#include <algorithm>
#include <tuple>

#include "mappings/unicode.h"

namespace trialflag::mappings {
namespace {

constexpr std::uint8_t bit(FilterClass c) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(c));
}

constexpr std::uint8_t kFree = 0, kTerm = 1, kFilter = 2;

/// Among terms of equal length: trap, review, include.
int order_of(Role role) {
  constexpr std::array<int, 5> kByRole{2, 1, 0, 3, 0};
  return kByRole[static_cast<std::size_t>(role)];
}

}  // namespace

TextReading::TextReading(const TextMatcher& matcher, std::string_view text) : matcher_(matcher) {
  normalise_text(text, text_);
  folded_ = text_;
  for (char32_t& c : folded_) c = fold(c);
}

std::size_t TextReading::give(std::vector<TextMatch>& out) {
  find_words();
  find_expressions();
  if (hits_.empty()) return 0;
  consume_terms();
  consume_filters();
  if (!filters_.empty()) {
    find_clauses();
    find_segments();
    apply_filters();
  }
  return give_best(out);
}

bool TextReading::stands_alone(std::uint32_t begin, std::uint32_t end) const {
  return (begin == 0 || !is_word_letter(text_[begin - 1])) && (end == text_.size() || !is_word_letter(text_[end]));
}

bool TextReading::is_written_so(const Term& term, std::uint32_t begin) const {
  return !term.case_sensitive || std::u32string_view(text_).substr(begin, term.written.size()) == term.written;
}

void TextReading::find_words() {
  matcher_.automaton_.scan(folded_, [&](std::uint32_t word, std::uint32_t length, std::size_t to) {
    const auto end = static_cast<std::uint32_t>(to);
    const std::uint32_t begin = end - length;
    const bool alone = stands_alone(begin, end);
    const auto terms = matcher_.terms_of_word_[word];
    for (std::uint32_t i = terms.first; i < terms.first + terms.count; ++i) {
      const Term& term = matcher_.terms_[i];
      if ((alone || !term.whole_word) && is_written_so(term, begin)) hits_.push_back({begin, end, &term, 0});
    }
    const auto filters = matcher_.filters_of_word_[word];
    for (std::uint32_t i = filters.first; i < filters.first + filters.count; ++i) {
      if (!alone && matcher_.filters_[i].whole_word) continue;
      filters_.push_back({begin, end, word});
      break;
    }
  });
}

void TextReading::find_expressions() {
  if (matcher_.expressions_.empty()) return;
  std::vector<std::uint32_t> starts;  // byte at which each code point begins
  std::string bytes;
  for (const char32_t c : text_) {
    starts.push_back(static_cast<std::uint32_t>(bytes.size()));
    bytes += to_utf8({&c, 1});
  }
  const auto position = [&](std::size_t byte) {
    return static_cast<std::uint32_t>(std::lower_bound(starts.begin(), starts.end(), byte) - starts.begin());
  };
  std::vector<std::pair<std::size_t, std::size_t>> found;
  for (const auto& [pattern, term] : matcher_.expressions_) {
    found.clear();
    pattern.find_all(bytes, found);
    for (const auto& [begin, end] : found) hits_.push_back({position(begin), position(end), &term, 0});
  }
}

/// Within each concept the longest term takes its place first; a later one must find it free at both its ends.
void TextReading::consume_terms() {
  const auto key = [](const Hit& hit) {
    return std::tuple(hit.term->concept_, -static_cast<std::int64_t>(hit.length()), -int{hit.term->layer}, order_of(hit.term->role),
                      hit.begin, hit.term->row);
  };
  std::sort(hits_.begin(), hits_.end(), [&](const Hit& a, const Hit& b) { return key(a) < key(b); });
  std::pmr::vector<std::uint16_t> taken_by(text_.size(), kNoConcept, &memory_);
  masked_.assign(text_.size(), kFree);
  std::size_t kept = 0;
  for (const Hit& hit : hits_) {
    const std::uint16_t owner = hit.term->concept_;
    if (taken_by[hit.begin] == owner || taken_by[hit.end - 1] == owner) continue;
    std::fill(taken_by.begin() + hit.begin, taken_by.begin() + hit.end, owner);
    std::fill(masked_.begin() + hit.begin, masked_.begin() + hit.end, kTerm);
    hits_[kept++] = hit;
  }
  hits_.erase(hits_.begin() + static_cast<std::ptrdiff_t>(kept), hits_.end());
}

void TextReading::consume_filters() {
  std::sort(filters_.begin(), filters_.end(), [](const FilterSpan& a, const FilterSpan& b) {
    return std::tuple(b.end - b.begin, a.begin) < std::tuple(a.end - a.begin, b.begin);
  });
  std::size_t kept = 0;
  for (const FilterSpan& span : filters_) {
    const auto begin = masked_.begin() + span.begin, end = masked_.begin() + span.end;
    const bool taken = std::any_of(begin, end, [](std::uint8_t mark) { return mark != kFree; });
    // The beginning of a term's name ("non-Hodgkin lymphoma") denies nothing, though the rest of the phrase is the term's.
    if (taken && !is_neutral(span)) continue;
    std::replace(begin, end, kFree, kFilter);
    if (!taken) filters_[kept++] = span;
  }
  filters_.erase(filters_.begin() + static_cast<std::ptrdiff_t>(kept), filters_.end());
  std::sort(filters_.begin(), filters_.end(), [](const FilterSpan& a, const FilterSpan& b) { return a.begin < b.begin; });
}

bool TextReading::is_neutral(const FilterSpan& span) const {
  return matcher_.filters_[matcher_.filters_of_word_[span.word].first].filter_class == FilterClass::neutral;
}

bool TextReading::begins_denied() {
  find_words();
  std::uint32_t longest = 0;
  bool denied = false;
  for (const FilterSpan& span : filters_) {
    if (span.begin != 0 || span.end <= longest) continue;
    longest = span.end;
    denied = false;
    const auto range = matcher_.filters_of_word_[span.word];
    for (std::uint32_t i = range.first; i < range.first + range.count; ++i) {
      const Filter& filter = matcher_.filters_[i];
      denied = denied || (filter.filter_class == FilterClass::negated && filter.scope == FilterScope::before);
    }
  }
  return denied;
}

bool TextReading::ends_clause(std::uint32_t at) const {
  if (masked_[at] != kFree) return false;
  const char32_t c = text_[at];
  if (c == U'。' || c == U';' || c == U'\n') return true;
  return c == U'.' && (at + 1 == text_.size() || text_[at + 1] == U' ' || text_[at + 1] == U'\n');
}

void TextReading::find_clauses() {
  clauses_.resize(text_.size());
  const auto breaks = [&](const FilterSpan& span) {
    const auto range = matcher_.filters_of_word_[span.word];
    return matcher_.filters_[range.first].filter_class == FilterClass::break_;
  };
  std::uint32_t clause = 0;
  auto next = filters_.begin();
  for (std::uint32_t i = 0; i < text_.size(); ++i) {
    while (next != filters_.end() && next->begin < i) ++next;
    if (next != filters_.end() && next->begin == i && breaks(*next)) ++clause;
    clauses_[i] = clause;
    if (ends_clause(i)) ++clause;
  }
}

void TextReading::find_segments() {
  segments_.resize(text_.size());
  std::pmr::vector<std::uint8_t> chinese(clauses_.back() + 1, 0, &memory_);
  for (std::size_t i = 0; i < text_.size(); ++i) chinese[clauses_[i]] |= static_cast<std::uint8_t>(is_han(text_[i]));
  std::uint32_t segment = 0;
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (i > 0 && clauses_[i] != clauses_[i - 1]) ++segment;
    if (text_[i] == U',' && masked_[i] == kFree && chinese[clauses_[i]] != 0) ++segment;
    segments_[i] = segment;
  }
}

/// Filters that hold for the whole clause.
void TextReading::apply_in_clause() {
  std::pmr::vector<std::uint8_t> bits(clauses_.back() + 1, 0, &memory_);
  for (const FilterSpan& span : filters_) {
    const auto range = matcher_.filters_of_word_[span.word];
    for (std::uint32_t i = range.first; i < range.first + range.count; ++i) {
      const Filter& filter = matcher_.filters_[i];
      if (filter.scope == FilterScope::clause) bits[clauses_[span.begin]] |= bit(filter.filter_class);
    }
  }
  for (Hit& hit : hits_) hit.filters |= bits[clauses_[hit.begin]];
}

/// Carries the filters of one direction through the text: a hit is turned by those already met in its segment.
template <FilterScope scope, typename Order>
void TextReading::sweep(Order order) {
  std::sort(hits_.begin(), hits_.end(), [&](const Hit& a, const Hit& b) { return order(a.begin, b.begin); });
  std::sort(filters_.begin(), filters_.end(), [&](const FilterSpan& a, const FilterSpan& b) { return order(a.begin, b.begin); });
  std::uint32_t segment = 0;
  std::uint8_t met = 0;
  auto next = filters_.begin();
  for (Hit& hit : hits_) {
    for (; next != filters_.end() && order(next->begin, hit.begin); ++next) {
      if (segments_[next->begin] != segment) met = 0;
      segment = segments_[next->begin];
      const auto range = matcher_.filters_of_word_[next->word];
      for (std::uint32_t i = range.first; i < range.first + range.count; ++i) {
        if (matcher_.filters_[i].scope == scope) met |= bit(matcher_.filters_[i].filter_class);
      }
    }
    // A hit lies in one segment, save where a term holds a comma of its own: then the end that faces the filter counts.
    const std::uint32_t facing = scope == FilterScope::before ? hit.begin : hit.end - 1;
    if (segments_[facing] == segment) hit.filters |= met;
  }
}

void TextReading::apply_filters() {
  apply_in_clause();
  sweep<FilterScope::before>(std::less<>());
  sweep<FilterScope::after>(std::greater<>());
}

Assertion TextReading::assertion_of(const Hit& hit) {
  const auto has = [&](FilterClass c) { return (hit.filters & bit(c)) != 0; };
  if (has(FilterClass::negated)) return Assertion::negated;
  if (has(FilterClass::family) || has(FilterClass::other_person) || has(FilterClass::screening)) return Assertion::none;
  if (has(FilterClass::uncertain)) return Assertion::uncertain;
  return has(FilterClass::historical) ? Assertion::past : Assertion::stated;
}

/// include > review > uncertain > past > negated > none > trap; smaller is better.
int TextReading::rank_of(const Hit& hit) {
  if (hit.term->role == Role::trap || hit.term->role == Role::ignore) return 6;
  const int review = hit.term->role == Role::include ? 0 : 1;
  switch (assertion_of(hit)) {
    case Assertion::stated:
      return review;
    case Assertion::uncertain:
      return 2;
    case Assertion::past:
      return 3;
    case Assertion::negated:
      return 4;
    case Assertion::none:
      break;
  }
  return 5;
}

std::size_t TextReading::give_best(std::vector<TextMatch>& out) {
  std::pmr::vector<const Hit*> order(&memory_);
  for (const Hit& hit : hits_) order.push_back(&hit);
  const auto key = [](const Hit* hit) {
    return std::tuple(hit->term->concept_, rank_of(*hit), order_of(hit->term->role) != order_of(Role::include), hit->begin);
  };
  std::sort(order.begin(), order.end(), [&](const Hit* a, const Hit* b) { return key(a) < key(b); });
  const std::size_t first = out.size();
  const Hit* best = nullptr;
  std::size_t best_at = 0;
  for (const Hit* hit : order) {
    const bool new_concept = best == nullptr || best->term->concept_ != hit->term->concept_;
    const std::string_view classes = matcher_.classes_of(*hit->term);
    if (new_concept) {
      best = hit;
      best_at = out.size();
    } else if (classes.empty() || rank_of(*hit) != rank_of(*best) || hit->term->role != best->term->role) {
      continue;
    }
    const bool told = std::any_of(out.begin() + static_cast<std::ptrdiff_t>(best_at), out.end(), [&](const TextMatch& m) {
      return matcher_.rows_->attributes[matcher_.rows_->terms[m.row].attributes].classes == classes;
    });
    if (!new_concept && told) continue;
    out.push_back({ConceptId{hit->term->concept_}, hit->term->role, assertion_of(*hit), hit->term->layer >= kFirstSiteLayer, hit->term->row,
                   hit->begin, hit->end});
  }
  return out.size() - first;
}

}  // namespace trialflag::mappings
