// Lists as a table, NDJSON or CSV: one row type, three forms (interface.md section 2).
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/time.h"

namespace CLI {
class App;
}

namespace trialflag::app {

/// One row: named cells in a fixed order. A cell keeps its value as JSON, for people as text.
class Row {
 public:
  void text(std::string_view name, std::string_view value);
  void text_or_null(std::string_view name, std::string_view value);
  void time(std::string_view name, const std::optional<Instant>& value, const Zone& zone);
  void number(std::string_view name, std::int64_t value);
  /// A number as it is to be written, null when empty.
  void fraction(std::string_view name, std::string value);
  void number_or_null(std::string_view name, const std::optional<std::int64_t>& value);
  /// Only in NDJSON.
  void json(std::string_view name, std::string value);
  /// A count, or a sign that it is withheld: null for programs, `sign` for people.
  void count(std::string_view name, std::int64_t value, bool withheld, std::string_view sign);
  /// Only in tables.
  void label(std::string_view name, std::string_view value);

  [[nodiscard]] std::string to_json() const;
  /// A cell as people read it; empty when there is none of that name.
  [[nodiscard]] std::string text_of(std::string_view name) const;
  struct Cell {
    enum class Shown { everywhere, ndjson, table };
    std::string name, text, json;
    Shown shown = Shown::everywhere;
  };
  [[nodiscard]] const std::vector<Cell>& cells() const { return cells_; }

 private:
  void add(std::string_view name, std::string text, std::string json);
  std::vector<Cell> cells_;
};

inline constexpr std::string_view kColumnGap = "  ";

/// A column of the table: which cell, and how wide at most. The last one takes what is left of 80 columns.
struct Column {
  std::string cell, title;
  std::size_t width = 0;
};

/// Writes rows one by one, for lists that are too long to be held. `columns` are the table's.
class RowWriter {
 public:
  /// `head`: a row with the names of the cells, so that CSV has its header also when no row follows; empty: the first row's are taken.
  /// `nothing`: what a table without rows says.
  RowWriter(std::ostream& out, std::string format, std::vector<Column> columns, std::string nothing, const Row& head = {});
  void write(const Row& row);
  void finish();

 private:
  void write_csv(const Row& row, bool names);
  void write_line(const Row* row);

  std::ostream& out_;
  std::string format_;
  std::vector<Column> columns_;
  std::string nothing_;
  bool begun_ = false;
};

/// Adds --format table|ndjson|csv.
void add_format_option(CLI::App* command, std::string& format);

/// Writes the rows in that format. A table without rows says `nothing`.
void write_rows(std::ostream& out, const std::string& format, const std::vector<Row>& rows, const std::vector<Column>& columns,
                const std::string& nothing);

}  // namespace trialflag::app
