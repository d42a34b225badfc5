// The compiled code rows: precedence is settled when they are compiled, so that a look-up only probes and copies.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "mappings/match.h"
#include "mappings/rows.h"

namespace trialflag::mappings {

/// Immutable after construction, thread-safe. Refers to the code texts of the rows it was made of.
class CodeIndex {
 public:
  CodeIndex() = default;
  explicit CodeIndex(const Rows& rows);

  /// Appends a match for each concept that `code` (normalised) touches and that is not yet among out[seen_from..]: the longest row wins, at
  /// equal length the later layer, then trap > review > include > evidence (criteria.md 2.6).
  void match(SystemId system, std::string_view code, std::size_t seen_from, std::vector<CodeMatch>& out) const;

  /// True when any row is for this code, also one without concept.
  [[nodiscard]] bool knows(SystemId system, std::string_view code) const;

 private:
  struct Entry {
    std::uint16_t concept_;
    Role role;
    bool by_site;
    std::uint32_t row;
  };
  /// What the rows of one (system, code) say: `whole` of that very code, `prefix` of longer codes.
  struct Key {
    std::string_view code;
    std::uint32_t whole, prefix;
    std::uint16_t whole_count, prefix_count;
    SystemId system;
    bool has_prefix_rows;
  };

  std::uint32_t add_key(SystemId system, std::string_view code);
  void fill_key(const Rows& rows, Key& key, std::span<const std::uint32_t> of_one_code);
  std::uint16_t settle(const Rows& rows, std::span<const std::uint32_t> candidates);
  [[nodiscard]] const Key* find(SystemId system, std::string_view code) const;
  void append(std::uint32_t first, std::uint16_t count, std::size_t seen_from, std::vector<CodeMatch>& out) const;

  struct Slot {
    std::uint32_t tag = 0, key = 0;  ///< key counts from 1; 0: the slot is free
  };

  // Most codings of a record are in no table. The filter (Bloom, CACM 13/7, 1970; the bits of a code within one word) says so with one look
  // that the processor foresees; behind it stands open addressing.
  std::vector<std::uint64_t> filter_ = std::vector<std::uint64_t>(1);
  std::vector<Slot> slots_ = std::vector<Slot>(1);
  std::vector<Key> keys_;
  std::vector<Entry> entries_;
  std::vector<std::uint64_t> prefix_lengths_;  ///< by system: bit n-1 is set when it has a prefix of n characters
};

}  // namespace trialflag::mappings
