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
  std::uint16_t concept_ = kNoConcept;
  Role role = Role::include;
  bool by_site = false;
  std::uint32_t row = 0;
};

/// A code with what is said of it: most codes have one row, and its answer stands right here; the rows of the others are a list.
/// Four of them fill a cache line.
class CodeEntry {
 public:
  /// Rows and lists that can be told apart.
  static constexpr std::uint32_t kMostNumbers = std::uint32_t{1} << 28;

  [[nodiscard]] bool has_list() const { return (said_ & kRoleBits) == kList; }
  /// The number of the list, from 0, where there is one.
  [[nodiscard]] std::uint32_t list() const { return said_ >> kShift; }
  /// The only answer, where there is no list.
  [[nodiscard]] CodeAnswer answer() const {
    return {concept_, static_cast<Role>(said_ & kRoleBits), (said_ & kSiteBit) != 0, said_ >> kShift};
  }

 private:
  friend class CodeMap;
  static constexpr std::uint32_t kRoleBits = 7, kList = 7, kSiteBit = 8;
  static constexpr unsigned kShift = 4;

  void set_answer(const CodeAnswer& answer) {
    concept_ = answer.concept_;
    said_ = answer.row << kShift | (answer.by_site ? kSiteBit : 0) | static_cast<std::uint32_t>(answer.role);
  }
  void set_list(std::uint32_t number) { said_ = number << kShift | kList; }

  std::uint64_t word_ = 0;  ///< the code, see word_of
  SystemId system_;         ///< none: the slot is free
  std::uint16_t concept_ = kNoConcept;
  std::uint32_t said_ = 0;
};

/// One of several rows of a code.
struct ListedRow {
  std::uint32_t list = 0, row = 0;
  SystemId system;
  std::uint16_t length = 0;  ///< of the code
  friend auto operator<=>(const ListedRow&, const ListedRow&) = default;
};

/// Filled row by row, then sealed, then codes are found. Thread-safe from then on.
class CodeMap {
 public:
  /// Room for `count` codes without growing.
  void reserve(std::size_t count);
  /// Adds what a row says of a code, which is not empty. `alone`: it may be the only thing that is said of it; else it begins a list.
  /// Throws std::length_error, as a vector does, beyond CodeEntry::kMostNumbers rows.
  void add(SystemId system, const CodeText& code, const CodeAnswer& answer, bool alone);
  /// After the last row.
  void seal();

  /// All rows of all lists, in no order.
  [[nodiscard]] const std::vector<ListedRow>& listed() const { return listed_; }
  /// What is said of a code; null when there is none.
  [[nodiscard]] const CodeEntry* find(SystemId system, const CodeText& code) const;

 private:
  /// A row that waits until the slot of its code has come from memory.
  struct Waiting {
    std::uint64_t hash = 0;
    std::uint64_t word = 0;
    CodeAnswer answer;
    SystemId system;
    std::uint16_t length = 0;
    bool alone = true;
  };

  [[nodiscard]] static std::uint64_t hash_of(const CodeEntry& entry);
  [[nodiscard]] std::size_t slot_of(std::uint64_t hash) const {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::size_t>(static_cast<Wide>(hash) * entries_.size() >> 64);
  }
  [[nodiscard]] std::size_t after(std::size_t slot) const { return slot + 1 == entries_.size() ? 0 : slot + 1; }
  [[nodiscard]] std::size_t place_of(std::uint64_t hash, std::uint64_t word, SystemId system, const CodeText& code) const;
  void enter(const Waiting& row, const CodeText& code);
  void say(CodeEntry& entry, const Waiting& row);

  // Most codings of a record are in no table. The filter (Bloom, CACM 13/7, 1970; the bits of a code within one word) says so with one look
  // that the processor foresees; behind it stands open addressing. The higher a code's hash, the higher its slot, and so its word of the
  // filter.
  std::vector<std::uint64_t> filter_ = std::vector<std::uint64_t>(1);
  std::vector<CodeEntry> entries_ = std::vector<CodeEntry>(1);
  std::size_t used_ = 0;
  std::vector<CodeText> long_codes_;
  std::vector<ListedRow> listed_;
  std::uint32_t lists_ = 0;
  std::array<Waiting, 16> waiting_;
  std::size_t added_ = 0;
};

}  // namespace trialflag::mappings
