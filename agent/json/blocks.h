// Follows strings and brackets through a text in blocks of 64 bytes, each of which is looked at once however many values begin in it.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace trialflag::json {

/// Goes forward only: an offset that is asked for must not lie before the one that was asked for last. The text must outlive it.
class Blocks {
 public:
  static constexpr std::size_t kNone = std::string_view::npos;

  /// `begin` lies outside of every string.
  Blocks(std::string_view text, std::size_t begin) : text_(text), base_(begin) {
    if (begin < text.size()) look();
  }

  /// The offset after the string whose opening quote is at `at`, or kNone when the text ends before.
  std::size_t end_of_string(std::size_t at) {
    const std::size_t from = at + 1;
    for (bool there = reach(from); there; there = advance()) {
      const std::uint64_t quotes = from > base_ ? quotes_ & beyond(from) : quotes_;
      if (quotes != 0) return base_ + static_cast<unsigned>(std::countr_zero(quotes)) + 1;
    }
    return kNone;
  }

  /// The offset after the array or object whose bracket is at `at`, or kNone when the text ends before. Brackets are counted, not paired.
  std::size_t end_of_container(std::size_t at);

 private:
  static constexpr std::size_t kBlock = 64;

  bool reach(std::size_t at) {
    while (at >= base_ + kBlock)
      if (!advance()) return false;
    return at < text_.size();
  }
  bool advance() {
    base_ += kBlock;
    if (base_ >= text_.size()) return false;
    look();
    return true;
  }
  [[nodiscard]] std::uint64_t beyond(std::size_t at) const { return ~std::uint64_t{0} << (at - base_); }
  void look();
  std::uint64_t escaped(std::uint64_t backslashes);

  std::string_view text_;
  std::size_t base_;                                      // where the block at hand begins
  std::uint64_t quotes_ = 0, opening_ = 0, closing_ = 0;  // a bit a byte; quotes without escaped ones, brackets without those in strings
  std::uint64_t in_string_ = 0;                           // all ones when the block ends within a string
  bool escape_pending_ = false;                           // the block ends with a backslash that escapes the next byte
};

}  // namespace trialflag::json
