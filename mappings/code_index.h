// The compiled code rows: precedence is settled when they are compiled, so that a look-up only probes and copies.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "mappings/code_map.h"
#include "mappings/match.h"
#include "mappings/rows.h"

namespace trialflag::mappings {

/// Immutable after construction, thread-safe.
class CodeIndex {
 public:
  /// `codes`: to which the rows added their codes; it is sealed here.
  CodeIndex(const Rows& rows, CodeMap codes);

  /// Appends a match for each concept that `code` (normalised) touches and that is not yet among out[seen_from..]: the longest row wins, at
  /// equal length the later layer, then trap > review > include > evidence (criteria.md 2.6).
  void match(SystemId system, const CodeText& code, std::size_t seen_from, std::vector<CodeMatch>& out) const;

  /// True when any row is for this code, also one without concept.
  [[nodiscard]] bool knows(SystemId system, const CodeText& code) const;

 private:
  /// What the rows of a code say where they are several, or one stands for longer codes: `whole` of that very code, `prefix` of longer
  /// ones.
  struct List {
    std::uint32_t whole = 0, prefix = 0;  ///< places in answers_
    std::uint16_t whole_count = 0, prefix_count = 0;
    bool has_prefix_rows = false;
  };

  [[nodiscard]] List settle_list(const Rows& rows, CodeForm form, std::span<const std::uint32_t> of_one_code);
  std::uint16_t settle(const Rows& rows, CodeForm form, std::span<const std::uint32_t> candidates);
  void append_whole(const CodeEntry& entry, std::size_t seen_from, std::vector<CodeMatch>& out) const;
  /// The longest code above `code` in its tree that has rows for all longer codes; `code` is cut to it. Null when there is none.
  [[nodiscard]] const List* next_prefix(SystemId system, CodeText& code) const;

  CodeMap codes_;
  std::vector<List> lists_;
  std::vector<CodeAnswer> answers_;
  std::vector<std::uint64_t> prefix_lengths_;  ///< by system: bit n-1 is set when it has a prefix of n characters
};

}  // namespace trialflag::mappings
