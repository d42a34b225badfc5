#include "mappings/csv.h"

#include <csv.h>

#include <algorithm>
#include <memory>

#include "mappings/ascii.h"

namespace trialflag::mappings {
namespace {

struct Reader {
  CsvRow row;
  std::vector<CsvRow> rows;
  std::size_t start_line = 1;  ///< of the row being read
  bool row_ended = true;
};

void on_field(void* bytes, std::size_t size, void* reader) {
  static_cast<Reader*>(reader)->row.fields.emplace_back(static_cast<const char*>(bytes), size);
}

void on_row(int, void* to) {
  auto& reader = *static_cast<Reader*>(to);
  reader.row.line = reader.start_line;
  const bool empty = std::all_of(reader.row.fields.begin(), reader.row.fields.end(), [](const std::string& f) { return f.empty(); });
  if (!empty) reader.rows.push_back(std::move(reader.row));
  reader.row = {};
  reader.row_ended = true;
}

unsigned char separator_of(std::string_view text) {
  const std::string_view header = text.substr(0, text.find_first_of("\r\n", std::min(text.find_first_not_of("\r\n"), text.size())));
  const auto count = [&](char c) { return std::count(header.begin(), header.end(), c); };
  char best = ',';
  for (const char candidate : {';', '\t'}) {
    if (count(candidate) > count(best)) best = candidate;
  }
  return static_cast<unsigned char>(best);
}

/// Feeds line by line, so that each row knows where it began. False when the last row never ends: a quote is open.
bool feed(csv_parser& parser, std::string_view text, Reader& reader) {
  std::size_t line = 1;
  while (!text.empty()) {
    const std::size_t size = std::min(text.find('\n'), text.size() - 1) + 1;
    const std::string_view piece = text.substr(0, size);
    text.remove_prefix(size);
    const bool blank = piece.find_first_not_of(" \t\r\n") == std::string_view::npos;
    if (reader.row_ended) reader.start_line = line;
    ++line;
    if (reader.row_ended && blank) continue;
    reader.row_ended = false;
    if (csv_parse(&parser, piece.data(), piece.size(), on_field, on_row, &reader) != piece.size()) return false;
  }
  if (!reader.row_ended && csv_parse(&parser, "\n", 1, on_field, on_row, &reader) != 1) return false;
  return reader.row_ended;
}

}  // namespace

int CsvTable::column(std::string_view name) const {
  const auto at = std::find(header.begin(), header.end(), name);
  return at == header.end() ? -1 : static_cast<int>(at - header.begin());
}

std::string_view CsvTable::field(const CsvRow& row, int column) {
  const auto at = static_cast<std::size_t>(column);
  return column < 0 || at >= row.fields.size() ? std::string_view() : std::string_view(row.fields[at]);
}

Result<CsvTable> read_csv(std::string_view text) {
  csv_parser parser;
  if (csv_init(&parser, 0) != 0) return fail(ErrorCode::internal, "1: the CSV reader does not start");
  const std::unique_ptr<csv_parser, decltype(&csv_free)> owner(&parser, csv_free);
  csv_set_delim(&parser, separator_of(text));
  Reader reader;
  if (!feed(parser, text, reader)) {
    return fail(ErrorCode::malformed_data,
                std::to_string(reader.start_line) + ": a quote that opens here is never closed; close it or remove it");
  }
  if (reader.rows.empty()) return fail(ErrorCode::malformed_data, "1: the file has no header row; name the columns in the first line");
  CsvTable table;
  table.header_line = reader.rows.front().line;
  for (std::string& name : reader.rows.front().fields) table.header.push_back(lower(std::move(name)));
  table.rows.assign(std::make_move_iterator(reader.rows.begin() + 1), std::make_move_iterator(reader.rows.end()));
  return table;
}

}  // namespace trialflag::mappings
