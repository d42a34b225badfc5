// The codes of all tables, each once in its system, and what their rows say of each.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "mappings/code_text.h"
#include "mappings/match.h"
#include "mappings/systems.h"

namespace trialflag::mappings {

/// Stands for the concept of a site's `ignore` row that names none: the code is known, and that is all.
constexpr std::uint16_t kNoConcept = std::numeric_limits<std::uint16_t>::max();

/// One concept that a code touches, by the row that won inside the concept.
struct CodeAnswer {
  static constexpr std::uint32_t kNoRow = std::numeric_limits<std::uint32_t>::max();
  std::uint16_t concept_ = kNoConcept;
  Role role = Role::include;
  bool by_site = false;
  std::uint32_t row = kNoRow;
};

/// What is said of a code: most codes have one row, and its answer stands right here; of the others `list` names where their answers are.
struct CodeSaid {
  CodeAnswer only;
  std::uint32_t list = 0;  ///< counts from 1; 0: `only` is all
};

/// First every row adds its code, then all are entered at once, then codes are found. Thread-safe from then on.
class CodeMap {
 public:
  /// Room for `count` codes without growing.
  void reserve(std::size_t count) { keys_.reserve(count); }
  /// Adds a code, whether or not it was added before. It is not empty.
  void add(SystemId system, const CodeText& code);
  /// Enters all that was added, the same code of one system once. Gives the number of each in the order of adding; numbers count from 0.
  std::vector<std::uint32_t> enter_all();

  [[nodiscard]] CodeSaid& said(std::uint32_t number) { return keys_[number].said; }
  [[nodiscard]] std::size_t length(std::uint32_t number) const { return keys_[number].size; }
  /// What is said of a code that was entered; null when there is none.
  [[nodiscard]] const CodeSaid* find(SystemId system, const CodeText& code) const;

 private:
  static constexpr std::size_t kShort = 16;  // most codes are as short

  /// Two of them fill a cache line.
  struct alignas(32) Key {
    std::array<std::uint64_t, 2> words;  ///< the code; of a longer one the place in long_codes_
    CodeSaid said;
    SystemId system;
    std::uint8_t size;
  };

  [[nodiscard]] bool holds(const Key& key, SystemId system, const CodeText& code) const;
  [[nodiscard]] bool same(const Key& a, const Key& b) const;
  [[nodiscard]] std::uint64_t hash_of(const Key& key) const;
  std::uint32_t enter(const Key& key, std::uint64_t hash, std::uint32_t next);
  [[nodiscard]] const CodeSaid* find_entered(std::uint64_t hash, SystemId system, const CodeText& code) const;

  // Most codings of a record are in no table. The filter (Bloom, CACM 13/7, 1970; the bits of a code within one word) says so with one look
  // that the processor foresees; behind it stands open addressing. A slot is a key's number, from 1, under as much of the hash as it leaves
  // room for; 0: the slot is free.
  std::vector<std::uint64_t> filter_ = std::vector<std::uint64_t>(1);
  std::vector<std::uint32_t> slots_ = std::vector<std::uint32_t>(1);
  std::vector<Key> keys_;
  std::vector<CodeText> long_codes_;
};

}  // namespace trialflag::mappings
