// The reading of one text: occurrences, what is consumed, clauses, and the best hit of each concept.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

#include "mappings/text_matcher.h"

namespace trialflag::mappings {

/// One use: construct, then give().
class TextReading {
 public:
  TextReading(const TextMatcher& matcher, std::string_view text);

  std::size_t give(std::vector<TextMatch>& out);
  /// Instead of give().
  bool begins_denied();

 private:
  struct Hit {
    std::uint32_t begin, end;
    const Term* term;
    std::uint8_t filters = 0;  ///< bit per FilterClass that turns it
    [[nodiscard]] std::uint32_t length() const { return end - begin; }
  };
  struct FilterSpan {
    std::uint32_t begin, end, word;
  };

  void find_words();
  void find_expressions();
  [[nodiscard]] bool stands_alone(std::uint32_t begin, std::uint32_t end) const;
  [[nodiscard]] bool is_written_so(const Term& term, std::uint32_t begin) const;

  void consume_terms();
  void consume_filters();
  [[nodiscard]] bool is_neutral(const FilterSpan& span) const;
  void find_clauses();
  void find_segments();
  [[nodiscard]] bool ends_clause(std::uint32_t at) const;

  void apply_filters();
  void apply_in_clause();
  template <FilterScope scope, typename Order>
  void sweep(Order order);
  [[nodiscard]] static Assertion assertion_of(const Hit& hit);
  [[nodiscard]] static int rank_of(const Hit& hit);
  std::size_t give_best(std::vector<TextMatch>& out);

  std::array<std::byte, 16384> stack_;
  std::pmr::monotonic_buffer_resource memory_{stack_.data(), stack_.size()};
  const TextMatcher& matcher_;
  std::u32string text_, folded_;
  std::pmr::vector<Hit> hits_{&memory_};
  std::pmr::vector<FilterSpan> filters_{&memory_};
  std::pmr::vector<std::uint8_t> masked_{&memory_};     ///< by position: under a term or a filter
  std::pmr::vector<std::uint32_t> clauses_{&memory_};   ///< by position
  std::pmr::vector<std::uint32_t> segments_{&memory_};  ///< by position: a clause, or what its commas leave where it holds Chinese
};

}  // namespace trialflag::mappings
