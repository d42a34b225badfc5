// A code as it is compared: trimmed, upper case unless its system minds the case, an ICD code without its dot.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "mappings/systems.h"

namespace trialflag::mappings {

constexpr std::size_t kLongestCode = 64;

/// Holds a normalised code in place, as whole words that are padded with zero bytes.
class CodeText {
 public:
  CodeText() = default;
  /// Empty when the code is longer than kLongestCode, which no table's code is.
  CodeText(std::string_view code, CodeForm form);

  [[nodiscard]] std::string_view view() const { return {reinterpret_cast<const char*>(words_.data()), size_}; }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// The eight bytes from 8 * `number`, which is below 8.
  [[nodiscard]] std::uint64_t word(std::size_t number) const { return words_[number]; }
  /// Keeps the first `size` bytes, which are fewer than there are.
  void cut(std::size_t size);

 private:
  std::array<std::uint64_t, kLongestCode / sizeof(std::uint64_t)> words_{};
  std::size_t size_ = 0;
};

/// A code that may be Chinese ICD-10 is one or two codes: what it is read as.
struct IcdParts {
  static constexpr std::size_t kMost = 4;
  std::array<CodeText, kMost> parts;
  std::size_t count = 0;
  bool chinese = false;  ///< by the system, or by its shape under plain ICD-10 (criteria.md 2.6)
};

/// Splits at "+" where the code is Chinese, drops the marks + * ! at the ends. `by_system`: the system itself is ICD10CN.
IcdParts read_icd10(std::string_view code, bool by_system);

/// At most 5 characters and no filler x: what a Chinese system borrowed from ICD-10.
bool may_be_plain_icd10(std::string_view normalised);

/// [A-Z][0-9]{2}(\.[0-9A-Z]+)?, the dot as recorded; each half of a "+" pair on its own.
bool has_icd10_shape(std::string_view code);

}  // namespace trialflag::mappings
