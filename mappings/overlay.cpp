#include "mappings/overlay.h"

#include <algorithm>
#include <string>

#include "mappings/code_text.h"
#include "mappings/nearest.h"
#include "mappings/overlay_file.h"
#include "mappings/pattern.h"
#include "mappings/shipped_tables.h"
#include "mappings/unicode.h"
#include "mappings/units.h"

namespace trialflag::mappings {
namespace {

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string key;
  for (const std::string_view part : parts) key.append(part).push_back('\0');
  return key;
}

std::string concept_name(const Rows& rows, const RowBase& row) {
  return row.concept_ == kNoConcept ? std::string() : std::string(rows.concepts[row.concept_].name);
}

void read_systems(const std::filesystem::path& path, Rows& rows, std::vector<TableFlaw>& flaws) {
  OverlayFile file(path, {"alias", "system"}, rows, flaws);
  file.each_row([&] {
    const std::string_view alias = file.field("alias"), name = file.field("system");
    if (alias.empty()) return file.flaw("the alias is empty; write what the records say, or remove the row");
    SystemId system = rows.systems.keyed(name);
    if (!system) system = rows.systems.resolve(name);
    if (!system || !rows.systems.is_canonical(system)) {
      return file.flaw("unknown system '" + std::string(name) + "'; did you mean '" + std::string(nearest(name, rows.systems.keys())) +
                       "'?");
    }
    if (file.is_first(std::string(alias), rows.systems.key(system), "alias")) rows.systems.add_alias(alias, system);
  });
}

/// The code of the row without its last *, as its system writes it; nullopt (and a flaw) when it cannot be a row's code.
std::optional<CodeText> read_code(OverlayFile& file, std::string_view code, CodeForm form) {
  if (form == CodeForm::icd && code.find('+') != std::string_view::npos) {
    file.flaw("'" + std::string(code) + "' is a pair of codes; write a row for each half");
    return std::nullopt;
  }
  const bool prefix = code.ends_with('*');
  if (prefix) code.remove_suffix(1);
  // ICD-10's own mark at the end of a code is none of these.
  if (code.find('*') != std::string_view::npos && (form != CodeForm::icd || code.find('*') + 1 != code.size())) {
    file.flaw("'" + std::string(code) + "' has a * within; * stands at the end alone, for all codes that begin so");
    return std::nullopt;
  }
  const CodeText normal(code, form);
  if (normal.size() != 0) return normal;
  if (prefix) {
    file.flaw("a code of * alone would be every code; write how the codes begin");
  } else {
    file.flaw(code.empty() ? "the code is empty; write it, or remove the row"
                           : "the code is longer than 64 characters; map its text instead");
  }
  return std::nullopt;
}

void read_codes(const std::filesystem::path& path, Layer layer, Rows& rows, std::vector<TableFlaw>& flaws) {
  OverlayFile file(path, {"system", "code", "concept", "use"}, rows, flaws);
  file.each_row([&] {
    const auto base = file.read_base(layer, true);
    if (!base) return;
    SystemId system = rows.systems.keyed(file.field("system"));
    if (!system) system = rows.systems.add_site(file.field("system"));
    const std::string_view written = file.field("code");
    const auto code = read_code(file, written, rows.systems.form(system));
    if (!code) return;
    const bool prefix = written.ends_with('*');
    const std::string key = joined({rows.systems.key(system), code->view(), prefix ? "*" : "", concept_name(rows, *base)});
    if (!file.is_first(key, name_of(base->role), "system, code and concept")) return;
    rows.add_code(*base, system, *code, prefix);
  });
}

/// The pattern of a row as a term; nullopt (and a flaw) when there is nothing to match.
std::optional<TermRow> read_pattern(OverlayFile& file, const RowBase& base, Rows& rows) {
  const std::string_view pattern = file.field("pattern");
  TermRow row{base, {}, false, false, pattern.size() > 2 && pattern.front() == '/' && pattern.back() == '/'};
  if (row.regex) {
    row.term = rows.keep(pattern.substr(1, pattern.size() - 2));
    const auto compiled = Pattern::compile(row.term);
    if (compiled) return row;
    file.flaw("the regular expression cannot be used: " + compiled.error().message + "; correct it");
    return std::nullopt;
  }
  std::u32string normal;
  normalise_text(pattern, normal);
  if (normal.empty()) {
    file.flaw("the pattern is empty; write a phrase or /a regular expression/, or remove the row");
    return std::nullopt;
  }
  row.term = rows.keep(pattern);
  row.whole_word = is_word_letter(normal.front()) || is_word_letter(normal.back());
  return row;
}

void read_text(const std::filesystem::path& path, Layer layer, Rows& rows, std::vector<TableFlaw>& flaws) {
  OverlayFile file(path, {"concept", "pattern", "use"}, rows, flaws);
  file.each_row([&] {
    const auto base = file.read_base(layer, false);
    if (!base) return;
    const auto row = read_pattern(file, *base, rows);
    if (!row || !file.is_first(joined({concept_name(rows, *base), file.field("pattern")}), name_of(base->role), "concept and pattern"))
      return;
    rows.terms.push_back(*row);
  });
}

void read_units(const std::filesystem::path& path, Layer layer, Rows& rows, std::vector<TableFlaw>& flaws) {
  OverlayFile file(path, {"concept", "unit", "ucum", "factor"}, rows, flaws);
  file.each_row([&] {
    const auto id = file.read_concept();
    if (!id) return;
    const std::string_view unit = file.field("unit"), ucum = file.field("ucum"), offset = file.field("offset");
    if (unit.empty() && ucum.empty()) return file.flaw("unit and ucum are both empty; write at least one");
    if (rows.concepts[*id].unit.empty())
      return file.flaw(std::string(rows.concepts[*id].name) + " is not measured in a unit; remove the row, or name the concept that is");
    const auto factor = read_number(file.field("factor"));
    if (!factor || *factor <= 0)
      return file.flaw("the factor '" + std::string(file.field("factor")) + "' is not a number above zero; write it as 0.5");
    const auto shift = offset.empty() ? std::optional(0.0) : read_number(offset);
    if (!shift) return file.flaw("the offset '" + std::string(offset) + "' is not a number; write it as 2.15");
    const std::string says = std::string(file.field("factor")) + (offset.empty() ? "" : " and " + std::string(offset));
    if (!file.is_first(joined({rows.concepts[*id].name, plain_unit(unit), ucum}), says, "concept and unit")) return;
    rows.units.push_back({*id, layer, rows.keep(ucum), rows.keep(unit), *factor, *shift, false, {}});
  });
}

}  // namespace

void read_overlays(std::span<const std::filesystem::path> folders, Rows& rows, std::vector<TableFlaw>& flaws) {
  // All aliases first: a code's system may be named by an alias of any folder.
  for (const std::filesystem::path& folder : folders) {
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error)) {
      flaws.push_back({folder.string(), 1, "this folder of site mappings does not exist; create it or take it out of the configuration"});
      continue;
    }
    find_misnamed(folder, flaws);
    if (const auto path = find_overlay(folder, "systems", flaws)) read_systems(*path, rows, flaws);
  }
  for (std::size_t i = 0; i < folders.size(); ++i) {
    const auto layer = static_cast<Layer>(std::min<std::size_t>(kFirstSiteLayer + i, 255));
    if (const auto path = find_overlay(folders[i], "codes", flaws)) read_codes(*path, layer, rows, flaws);
    if (const auto path = find_overlay(folders[i], "text", flaws)) read_text(*path, layer, rows, flaws);
    if (const auto path = find_overlay(folders[i], "units", flaws)) read_units(*path, layer, rows, flaws);
  }
}

}  // namespace trialflag::mappings
