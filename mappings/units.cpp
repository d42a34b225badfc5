#include "mappings/units.h"

#include <algorithm>

#include "mappings/ascii.h"
#include "mappings/unicode.h"

namespace trialflag::mappings {
namespace {

double apply(const UnitRow& row, double value) {
  return value * row.factor + row.offset;
}

/// UCUM's annotations say nothing of the quantity ("mmol/mol{Hb}"); nothing but an annotation is the unit 1 (UCUM 2.1 section 6).
std::string without_annotations(std::string_view ucum) {
  std::string out;
  bool inside = false;
  for (const char c : ucum) {
    if (c == '{') inside = true;
    if (!inside) out += c;
    if (c == '}') inside = false;
  }
  return out.empty() && !ucum.empty() ? "1" : out;
}

bool is_plausible(const Concept& measured, double value) {
  return (!measured.low || value >= *measured.low) && (!measured.high || value <= *measured.high);
}

}  // namespace

std::string plain_unit(std::string_view text) {
  std::u32string normal;
  normalise_text(text, normal);
  std::erase_if(normal, [](char32_t c) { return c == U' ' || c == U'\n'; });
  std::transform(normal.begin(), normal.end(), normal.begin(), fold);
  return to_utf8(normal);
}

Units::Units(const Rows& rows) : rows_(&rows), by_concept_(rows.concepts.size()) {
  for (const UnitRow& row : rows.units) by_concept_[row.concept_].push_back({&row, plain_unit(row.unit)});
  for (std::vector<Unit>& units : by_concept_) {
    std::stable_sort(units.begin(), units.end(), [](const Unit& a, const Unit& b) { return a.row->layer > b.row->layer; });
  }
}

const UnitRow* Units::by_ucum(const std::vector<Unit>& units, std::string_view ucum) const {
  const auto at = std::find_if(units.begin(), units.end(), [&](const Unit& unit) { return !ucum.empty() && unit.row->ucum == ucum; });
  return at == units.end() ? nullptr : at->row;
}

const UnitRow* Units::by_text(const std::vector<Unit>& units, std::string_view text) const {
  if (text.empty()) return nullptr;
  const std::string plain = plain_unit(text);
  const auto at = std::find_if(units.begin(), units.end(), [&](const Unit& unit) { return unit.text == plain; });
  return at == units.end() || plain.empty() ? nullptr : at->row;
}

std::optional<double> Units::convert(std::uint16_t concept_index, double value, std::string_view ucum, std::string_view unit,
                                     std::string_view observed_code) const {
  const std::vector<Unit>& units = by_concept_[concept_index];
  ucum = trimmed(ucum);
  unit = trimmed(unit);
  if (ucum.empty() && unit.empty()) return without_unit(concept_index, value, observed_code);
  const UnitRow* row = by_ucum(units, ucum);
  if (row == nullptr) row = by_ucum(units, without_annotations(ucum));
  if (row == nullptr) row = by_text(units, ucum);
  if (row == nullptr) row = by_text(units, unit);
  if (row == nullptr) row = by_ucum(units, unit);
  if (row == nullptr) return std::nullopt;
  return apply(*row, value);
}

/// The one unit in which the value is plausible; none when no unit or more than one fits.
std::optional<double> Units::without_unit(std::uint16_t concept_index, double value, std::string_view observed_code) const {
  const Concept& measured = rows_->concepts[concept_index];
  const std::vector<Unit>& units = by_concept_[concept_index];
  const auto of_code =
      std::find_if(units.begin(), units.end(), [&](const Unit& u) { return !u.row->code.empty() && u.row->code == observed_code; });
  if (of_code != units.end()) return apply(*of_code->row, value);
  std::optional<double> only;
  for (const Unit& unit : units) {
    const double converted = apply(*unit.row, value);
    if (!unit.row->bare || !is_plausible(measured, converted) || only == converted) continue;
    if (only) return std::nullopt;
    only = converted;
  }
  return only;
}

}  // namespace trialflag::mappings
