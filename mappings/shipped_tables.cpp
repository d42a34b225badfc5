#include "mappings/shipped_tables.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <span>
#include <utility>

#include "agent/base/bytes.h"
#include "mappings/code_text.h"
#include "mappings/lines.h"
#include "mappings/unicode.h"

namespace trialflag::mappings {
namespace {

using Fields = std::array<std::string_view, 8>;

/// One table file while it is read.
class Table {
 public:
  Table(const std::filesystem::path& path, Rows& rows, std::vector<TableFlaw>& flaws) : path_(path.string()), rows_(rows), flaws_(flaws) {}

  /// Calls take(fields) for each line after the header; fields beyond the first `columns` stay empty. They are gone after the call.
  template <typename Take>
  void each_line(std::size_t columns, Take take) {
    LineReader lines(path_);
    file_ = static_cast<std::uint16_t>(rows_.files.size());
    rows_.files.push_back(path_);
    Fields fields;
    const std::span taken = std::span(fields).first(columns);
    for (line_ = 1; lines.next(taken); ++line_) {
      if (line_ > 1 && !lines.is_empty()) take(std::as_const(fields));
    }
    rows_.hash = mix(rows_.hash, lines.hash());
    if (!lines.failed()) return;
    line_ = 0;
    flaw("this table cannot be read; install it again");
  }

  void flaw(std::string problem) { flaws_.push_back({path_, line_, std::move(problem)}); }

  std::optional<std::uint16_t> concept_named(std::string_view name) {
    if (const auto known = rows_.concept_named(name)) return known;
    flaw("concepts.tsv does not name the concept '" + std::string(name) + "'");
    return std::nullopt;
  }

  /// Concept, role and attributes of a row; false (and a flaw) when one of them is unknown.
  bool read_base(std::string_view concept_name, std::string_view role, std::string_view attributes, Layer layer, RowBase& row) {
    const std::uint32_t* id = rows_.concept_ids.find(concept_name);
    if (id == nullptr) return concept_named(concept_name).has_value();
    if (!same_bytes(role, last_role_name_)) {
      const auto named = role_named(role);
      if (!named) return flaw("unknown role '" + std::string(role) + "'"), false;
      last_role_ = *named;
      last_role_name_ = name_of(*named);
    }
    row = {static_cast<std::uint32_t>(line_), 0, file_, static_cast<std::uint16_t>(*id), last_role_, layer};
    if (attributes.empty()) return true;
    const auto interned = intern_attributes(rows_, attributes);
    if (!interned) return flaw("unknown attribute in '" + std::string(attributes) + "'"), false;
    row.attributes = *interned;
    return true;
  }

  void add_code(const RowBase& base, std::string_view system, std::string_view code) {
    if (!last_system_ || !same_bytes(last_system_key_, system)) {
      last_system_ = rows_.systems.keyed(system);
      last_system_key_ = rows_.systems.key(last_system_);
    }
    if (!last_system_) {
      flaw("systems.tsv does not name the system '" + std::string(system) + "'");
      return;
    }
    const bool prefix = code.ends_with('*');
    if (prefix) code.remove_suffix(1);
    const CodeText normal(code, rows_.systems.form(last_system_));
    if (normal.size() == 0) {
      flaw("a code is empty or longer than 64 characters");
      return;
    }
    rows_.add_code(base, last_system_, normal, prefix);
  }

  Rows& rows() { return rows_; }

 private:
  std::string path_;
  Rows& rows_;
  std::vector<TableFlaw>& flaws_;
  std::uint16_t file_ = 0;
  std::size_t line_ = 0;
  // Rows of one system, and of one role, stand together.
  SystemId last_system_;
  std::string_view last_system_key_;
  Role last_role_ = Role::include;
  std::string_view last_role_name_ = name_of(Role::include);
};

/// Calls take(part) for each part of `text` between separators, without blanks around it.
template <typename Take>
void each_part(std::string_view text, std::string_view separator, Take take) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) take(text.substr(0, end));
    text.remove_prefix(std::min(end + separator.size(), text.size()));
  }
}

void read_concepts(Table table) {
  table.each_line(7, [&](const Fields& f) {
    Rows& rows = table.rows();
    const auto id = static_cast<std::uint16_t>(rows.concepts.size());
    const auto keep = [&](std::size_t column) { return rows.keep(f[column]); };
    rows.concepts.push_back({keep(0), keep(1), keep(5), keep(6), keep(2), read_number(f[3]), read_number(f[4])});
    if (rows.concept_named(f[0])) return table.flaw("the concept '" + std::string(f[0]) + "' is named twice");
    rows.concept_ids.set(rows.concepts.back().name, id);
  });
}

void read_systems(Table table) {
  table.each_line(3, [&](const Fields& f) {
    constexpr std::array<std::pair<std::string_view, CodeForm>, 4> kForms{
        {{"list", CodeForm::list}, {"cased", CodeForm::cased}, {"tree", CodeForm::tree}, {"icd", CodeForm::icd}}};
    const auto* form = std::find_if(kForms.begin(), kForms.end(), [&](const auto& entry) { return entry.first == f[1]; });
    if (form == kForms.end()) return table.flaw("unknown form '" + std::string(f[1]) + "'; list, cased, tree or icd");
    Systems& systems = table.rows().systems;
    systems.add_alias(f[2], systems.add(f[0], form->second));
  });
}

void read_codes(Table table) {
  table.each_line(5, [&](const Fields& f) {
    RowBase base;
    if (table.read_base(f[2], f[3], f[4], kShippedLayer, base)) table.add_code(base, f[0], f[1]);
  });
}

void read_expansions(Table table) {
  table.each_line(5, [&](const Fields& f) {
    RowBase base;
    if (!table.read_base(f[0], f[2], f[3], kExpansionLayer, base)) return;
    each_part(f[4], " ", [&](std::string_view code) { table.add_code(base, f[1], code); });
  });
}

void read_terms(Table table) {
  table.each_line(6, [&](const Fields& f) {
    TermRow row;
    if (!table.read_base(f[0], f[2], f[4], kShippedLayer, row)) return;
    row.term = table.rows().keep(f[5]);
    row.whole_word = f[3].starts_with("word");
    row.case_sensitive = f[3].ends_with(",case");
    table.rows().terms.push_back(row);
  });
}

void read_filters(Table table) {
  constexpr std::array<std::string_view, 8> kClasses{"negated",   "family",     "other_person", "screening",
                                                     "uncertain", "historical", "neutral",      "break"};
  constexpr std::array<std::string_view, 3> kScopes{"before", "after", "clause"};
  table.each_line(5, [&](const Fields& f) {
    const auto* named = std::find(kClasses.begin(), kClasses.end(), f[1]);
    const auto* scope = std::find(kScopes.begin(), kScopes.end(), f[2]);
    if (named == kClasses.end() || scope == kScopes.end()) return table.flaw("unknown class or scope");
    table.rows().filters.push_back({static_cast<FilterClass>(named - kClasses.begin()), static_cast<FilterScope>(scope - kScopes.begin()),
                                    f[3] == "word", table.rows().keep(f[4])});
  });
}

void read_units(Table table) {
  table.each_line(7, [&](const Fields& f) {
    Rows& rows = table.rows();
    const auto factor = read_number(f[3]);
    const auto offset = f[4].empty() ? std::optional(0.0) : read_number(f[4]);
    if (!factor || !offset) return table.flaw("factor and offset must be numbers");
    each_part(f[0], " ", [&](std::string_view name) {
      const auto id = table.concept_named(name);
      if (!id) return;
      std::string_view ucum = rows.keep(f[1]);  // and what holds for a missing unit stand on the first row of the unit alone
      bool bare = f[5] == "yes";
      const auto add = [&](std::string_view unit) {
        rows.units.push_back(
            {*id, kShippedLayer, std::exchange(ucum, {}), rows.keep(unit), *factor, *offset, std::exchange(bare, false), {}});
      };
      if (f[2].empty()) add({});
      const std::size_t first = rows.units.size();
      each_part(f[2], " | ", add);
      if (!f[6].empty() && first < rows.units.size()) rows.units[first].code = rows.keep(f[6]);
    });
  });
}

void read_answers(Table table) {
  table.each_line(2, [&](const Fields& f) {
    if (f[1] != "positive" && f[1] != "negative") return table.flaw("an answer is positive or negative");
    table.rows().answers.emplace(folded(f[0]), table.rows().keep(f[1]));
  });
}

}  // namespace

std::optional<std::string> read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  std::string bytes;
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  for (std::size_t size = 0; in; size = bytes.size()) {
    bytes.resize(size + kPiece);
    in.read(bytes.data() + size, static_cast<std::streamsize>(kPiece));
    bytes.resize(size + static_cast<std::size_t>(in.gcount()));
  }
  return in.bad() ? std::nullopt : std::optional(std::move(bytes));
}

std::optional<double> read_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty() || !std::isfinite(value)) return std::nullopt;
  return value;
}

void read_shipped(const std::filesystem::path& folder, Rows& rows, std::vector<TableFlaw>& flaws) {
  constexpr std::uintmax_t kShippedCodes = 24000, kBytesOfRow = 40;
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(folder / "codes.tsv", error);
  const auto codes = static_cast<std::size_t>(std::max(kShippedCodes, error ? 0 : bytes / kBytesOfRow));
  rows.codes.reserve(codes);
  rows.code_map.reserve(codes);
  rows.terms.reserve(6000);
  const auto table = [&](const char* name) { return Table(folder / name, rows, flaws); };
  read_concepts(table("concepts.tsv"));
  read_systems(table("systems.tsv"));
  read_codes(table("codes.tsv"));
  read_expansions(table("expansions.tsv"));
  read_terms(table("terms.tsv"));
  read_filters(table("filters.tsv"));
  read_units(table("units.tsv"));
  read_answers(table("answers.tsv"));
}

}  // namespace trialflag::mappings
