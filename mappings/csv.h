// A spreadsheet saved as text: rows by column name, each with the line it began on. The one door to libcsv.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"

namespace trialflag::mappings {

struct CsvRow {
  std::size_t line = 0;  ///< of its first character, from 1
  std::vector<std::string> fields;
};

struct CsvTable {
  std::vector<std::string> header;  ///< trimmed, lower case
  std::size_t header_line = 1;
  std::vector<CsvRow> rows;  ///< without empty rows; blanks around unquoted fields are dropped

  /// Position of the column, or -1.
  [[nodiscard]] int column(std::string_view name) const;
  /// The field of that column; empty when the row is short or `column` is -1.
  [[nodiscard]] static std::string_view field(const CsvRow& row, int column);
};

/// Reads UTF-8 text, separated by the comma, semicolon or tab that occurs most in its header row. malformed_data "LINE: reason" when a
/// quote is never closed or there is no header.
Result<CsvTable> read_csv(std::string_view text);

}  // namespace trialflag::mappings
