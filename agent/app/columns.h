// Text on a terminal: how many columns it takes, cut and wrapped to a width.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace trialflag::app {

inline constexpr std::size_t kColumns = 80;

/// Columns that UTF-8 `text` takes: Chinese, Japanese, Korean and full-width characters take two, combining ones none.
std::size_t width_of(std::string_view text);
/// `text` on one line in exactly `width` columns: padded, or cut with "…".
std::string fitted(std::string_view text, std::size_t width);
/// The same without the padding.
std::string cut_to(std::string_view text, std::size_t width);
/// `text` in lines of at most `width` columns, broken at blanks where there are any, and between wide characters; a comma or
/// a closing bracket begins no line.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

}  // namespace trialflag::app
