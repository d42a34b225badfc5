// A site's regular expression over normalised text, matched in linear time whatever the text. The one door to RE2.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/result.h"

namespace re2 {
class RE2;
}

namespace trialflag::mappings {

/// Immutable, thread-safe, movable.
class Pattern {
 public:
  /// RE2 syntax, case-insensitive. invalid_config with the reason when it cannot be compiled or matches the empty text.
  static Result<Pattern> compile(std::string_view expression);
  ~Pattern();
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;

  /// Byte ranges [begin, end) of all matches in `text` that do not overlap, from the left.
  void find_all(std::string_view text, std::vector<std::pair<std::size_t, std::size_t>>& out) const;

 private:
  explicit Pattern(std::unique_ptr<re2::RE2> compiled);
  std::unique_ptr<re2::RE2> compiled_;
};

}  // namespace trialflag::mappings
