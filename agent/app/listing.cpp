#include "agent/app/listing.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>
#include <utility>

#include "agent/app/columns.h"
#include "agent/app/record_json.h"

namespace trialflag::app {
namespace {

std::string as_json(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789.", text.front() == '-' ? 1 : 0) == std::string::npos;
}

/// As RFC 4180 writes it. A text that a spreadsheet would take for a formula is kept from being one by an apostrophe.
std::string csv_field(std::string text) {
  const bool formula = !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos && !is_number(text);
  if (formula) text.insert(text.begin(), '\'');
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string field = "\"";
  for (const char sign : text) field += sign == '"' ? "\"\"" : std::string(1, sign);
  return field + "\"";
}

}  // namespace

void Row::add(std::string_view name, std::string text, std::string json) {
  cells_.push_back({std::string(name), std::move(text), std::move(json), Cell::Shown::everywhere});
}
void Row::text(std::string_view name, std::string_view value) {
  add(name, std::string(value), as_json(value));
}
void Row::text_or_null(std::string_view name, std::string_view value) {
  add(name, std::string(value), value.empty() ? "null" : as_json(value));
}
void Row::time(std::string_view name, const std::optional<Instant>& value, const Zone& zone) {
  text_or_null(name, value ? zone.format(*value) : std::string());
}
void Row::number(std::string_view name, std::int64_t value) {
  add(name, std::to_string(value), std::to_string(value));
}
void Row::fraction(std::string_view name, std::string value) {
  std::string json = value.empty() ? "null" : value;
  add(name, std::move(value), std::move(json));
}
void Row::number_or_null(std::string_view name, const std::optional<std::int64_t>& value) {
  value ? number(name, *value) : add(name, "", "null");
}
void Row::json(std::string_view name, std::string value) {
  cells_.push_back({std::string(name), {}, std::move(value), Cell::Shown::ndjson});
}

void Row::count(std::string_view name, std::int64_t value, bool withheld, std::string_view sign) {
  withheld ? add(name, std::string(sign), "null") : number(name, value);
}
void Row::label(std::string_view name, std::string_view value) {
  cells_.push_back({std::string(name), std::string(value), {}, Cell::Shown::table});
}

std::string Row::text_of(std::string_view name) const {
  for (const Cell& cell : cells_)
    if (cell.name == name) return cell.text;
  return {};
}

std::string Row::to_json() const {
  std::string json = "{";
  for (const Cell& cell : cells_) {
    if (cell.shown == Cell::Shown::table) continue;
    if (json.size() > 1) json += ',';
    json += as_json(cell.name) + ":" + cell.json;
  }
  return json + "}";
}

void add_format_option(CLI::App* command, std::string& format) {
  command->add_option("--format", format, "table, ndjson or csv")->check(CLI::IsMember({"table", "ndjson", "csv"}))->capture_default_str();
}

RowWriter::RowWriter(std::ostream& out, std::string format, std::vector<Column> columns, std::string nothing, const Row& head)
    : out_(out), format_(std::move(format)), columns_(std::move(columns)), nothing_(std::move(nothing)) {
  if (format_ != "csv" || head.cells().empty()) return;
  begun_ = true;
  write_csv(head, true);
}

void RowWriter::write(const Row& row) {
  if (format_ == "ndjson") {
    out_ << row.to_json() << '\n';
    return;
  }
  const bool first = !std::exchange(begun_, true);
  if (format_ == "csv") {
    if (first) write_csv(row, true);
    return write_csv(row, false);
  }
  if (first) write_line(nullptr);
  write_line(&row);
}

void RowWriter::finish() {
  if (!begun_ && format_ == "table") out_ << nothing_ << '\n';
}

void RowWriter::write_csv(const Row& row, bool names) {
  bool first = true;
  for (const Row::Cell& cell : row.cells()) {
    if (cell.shown != Row::Cell::Shown::everywhere) continue;
    out_ << (first ? "" : ",") << csv_field(names ? cell.name : cell.text);
    first = false;
  }
  out_ << "\r\n";
}

/// Of the table; without a row the titles.
void RowWriter::write_line(const Row* row) {
  std::string text;
  for (const Column& column : columns_) {
    const std::string cell = row == nullptr ? column.title : row->text_of(column.cell);
    const std::size_t left = kColumns - std::min(kColumns, width_of(text));
    text += &column == &columns_.back() ? cut_to(cell, left) : fitted(cell, column.width).append(kColumnGap);
  }
  out_ << text << '\n';
}

void write_rows(std::ostream& out, const std::string& format, const std::vector<Row>& rows, const std::vector<Column>& columns,
                const std::string& nothing) {
  RowWriter writer(out, format, columns, nothing);
  for (const Row& row : rows) writer.write(row);
  writer.finish();
}

}  // namespace trialflag::app
