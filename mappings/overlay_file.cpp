#include "mappings/overlay_file.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "agent/base/bytes.h"
#include "mappings/ascii.h"
#include "mappings/nearest.h"
#include "mappings/shipped_tables.h"
#include "mappings/unicode.h"

namespace trialflag::mappings {
namespace {

std::string listed(std::initializer_list<std::string_view> names) {
  std::string out;
  for (const std::string_view name : names) out += (out.empty() ? "" : ", ") + std::string(name);
  return out;
}

}  // namespace

std::optional<std::filesystem::path> find_overlay(const std::filesystem::path& folder, std::string_view kind,
                                                  std::vector<TableFlaw>& flaws) {
  constexpr std::array<std::string_view, 3> kEndings{".csv", ".tsv", ".txt"};
  std::vector<std::filesystem::path> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = lower(entry.path().filename().string());
    const bool is_kind =
        std::any_of(kEndings.begin(), kEndings.end(), [&](std::string_view e) { return name == std::string(kind) + std::string(e); });
    if (is_kind) found.push_back(entry.path());
  }
  if (found.empty()) return std::nullopt;
  std::sort(found.begin(), found.end());
  if (found.size() > 1) {
    flaws.push_back({found[0].string(), 1, found[1].string() + " holds " + std::string(kind) + " too; keep one of the two files"});
    return std::nullopt;
  }
  return found.front();
}

void find_misnamed(const std::filesystem::path& folder, std::vector<TableFlaw>& flaws) {
  constexpr std::array<std::string_view, 4> kKinds{"systems", "codes", "text", "units"};
  constexpr std::array<std::string_view, 3> kEndings{".csv", ".tsv", ".txt"}, kSheets{".xlsx", ".xls", ".ods"};
  const auto is_one_of = [](const auto& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string stem = lower(entry.path().stem().string()), ending = lower(entry.path().extension().string());
    const std::string kind(nearest(stem, kKinds));
    // test.csv is what people call examples for `mappings test`.
    const bool meant = edit_distance(stem, kind) <= 1 && stem != "test";
    if (!meant || (is_one_of(kEndings, ending) && stem == kind)) continue;
    if (is_one_of(kSheets, ending)) flaws.push_back({entry.path().string(), 1, "a spreadsheet is not read; save it as " + kind + ".csv"});
    if (is_one_of(kEndings, ending))
      flaws.push_back({entry.path().string(), 1, "a file of this name is not read; name it " + kind + ending + ", or move it elsewhere"});
  }
}

OverlayFile::OverlayFile(const std::filesystem::path& path, std::initializer_list<std::string_view> columns, Rows& rows,
                         std::vector<TableFlaw>& flaws)
    : path_(path.string()), rows_(rows), flaws_(flaws), file_(static_cast<std::uint16_t>(rows.files.size())) {
  rows_.files.push_back(path_);
  const auto bytes = read_file(path);
  if (!bytes) {
    flaws_.push_back({path_, 1, "this file cannot be read; check its permissions"});
    return;
  }
  const auto text = decode_file(*bytes);
  if (!text) {
    flaws_.push_back({path_, 1, "this is neither UTF-8 nor UTF-16 nor GB18030; save it as UTF-8"});
    return;
  }
  rows_.hash = hash_bytes(*text, rows_.hash);
  auto table = read_csv(*text);
  if (!table) {
    const std::size_t colon = table.error().message.find(": ");
    flaws_.push_back({path_, std::stoul(table.error().message), table.error().message.substr(colon + 2)});
    return;
  }
  for (const std::string_view column : columns) {
    if (std::count(table->header.begin(), table->header.end(), column) > 1) {
      flaws_.push_back({path_, table->header_line, "the header has the column '" + std::string(column) + "' twice; keep one of them"});
      return;
    }
    if (table->column(column) >= 0) continue;
    flaws_.push_back({path_, table->header_line, "the header lacks the column '" + std::string(column) + "'; it needs " + listed(columns)});
    return;
  }
  table_ = std::move(*table);
}

bool OverlayFile::is_first(const std::string& key, std::string_view says, std::string_view of_what) {
  const auto [at, added] = said_.emplace(key, Said{std::string(says), line()});
  if (!added && at->second.what != says) {
    flaw("'" + std::string(says) + "' contradicts " + path_ + ":" + std::to_string(at->second.line) + ", which says '" + at->second.what +
         "' of the same " + std::string(of_what) + "; keep one of them");
  }
  return added;
}

std::optional<std::uint16_t> OverlayFile::read_concept() {
  const std::string_view name = field("concept");
  if (const auto known = rows_.concept_named(name)) return known;
  std::vector<std::string_view> names;
  for (const Concept& each : rows_.concepts) names.push_back(each.name);
  flaw("unknown concept '" + std::string(name) + "'; did you mean '" + std::string(nearest(name, names)) + "'?");
  return std::nullopt;
}

std::optional<RowBase> OverlayFile::read_base(Layer layer, bool may_lack_concept) {
  RowBase row{static_cast<std::uint32_t>(line()), 0, file_, kNoConcept, Role::ignore, layer};
  const auto role = role_named(lower(std::string(field("use"))));
  if (!role || *role == Role::evidence) {
    flaw("unknown use '" + std::string(field("use")) + "'; write include, review, trap or ignore");
    return std::nullopt;
  }
  row.role = *role;
  if (may_lack_concept && row.role == Role::ignore && field("concept").empty()) return row;
  const auto id = read_concept();
  if (!id) return std::nullopt;
  row.concept_ = *id;
  return row;
}

}  // namespace trialflag::mappings
