#include "agent/app/listing.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>

#include "agent/app/columns.h"
#include "agent/app/record_json.h"

namespace trialflag::app {
namespace {

std::string as_json(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string field = "\"";
  for (const char sign : text) field += sign == '"' ? "\"\"" : std::string(1, sign);
  return field + "\"";
}

void write_csv(std::ostream& out, const std::vector<Row>& rows) {
  for (std::size_t i = 0; i <= rows.size(); ++i) {
    if (rows.empty()) return;
    bool first = true;
    for (const Row::Cell& cell : rows[i == 0 ? 0 : i - 1].cells()) {
      if (cell.shown != Row::Cell::Shown::everywhere) continue;
      out << (first ? "" : ",") << csv_field(i == 0 ? cell.name : cell.text);
      first = false;
    }
    out << "\r\n";
  }
}

void write_table(std::ostream& out, const std::vector<Row>& rows, const std::vector<Column>& columns) {
  const auto line = [&](const auto& cell_of) {
    std::string text;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const bool last = i + 1 == columns.size();
      const std::size_t left = kColumns - std::min(kColumns, width_of(text));
      text += last ? cut_to(cell_of(columns[i]), left) : fitted(cell_of(columns[i]), columns[i].width) + "  ";
    }
    out << text << '\n';
  };
  line([](const Column& column) { return column.title; });
  for (const Row& row : rows) line([&](const Column& column) { return row.text_of(column.cell); });
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
void Row::number_or_null(std::string_view name, const std::optional<std::int64_t>& value) {
  value ? number(name, *value) : add(name, "", "null");
}
void Row::json(std::string_view name, std::string value) {
  cells_.push_back({std::string(name), {}, std::move(value), Cell::Shown::ndjson});
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

void write_rows(std::ostream& out, const std::string& format, const std::vector<Row>& rows, const std::vector<Column>& columns,
                const std::string& nothing) {
  if (format == "csv") return write_csv(out, rows);
  if (format == "ndjson") {
    for (const Row& row : rows) out << row.to_json() << '\n';
    return;
  }
  if (rows.empty()) {
    out << nothing << '\n';
    return;
  }
  write_table(out, rows, columns);
}

}  // namespace trialflag::app
