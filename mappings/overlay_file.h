// One overlay file: found in its folder whatever its ending, decoded, split into rows, its flaws told by line.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mappings/csv.h"
#include "mappings/rows.h"
#include "mappings/tables.h"

namespace trialflag::mappings {

/// Files of `folder` that look like one of site mappings and are not read, for a letter of the name or as spreadsheets: each is a flaw.
void find_misnamed(const std::filesystem::path& folder, std::vector<TableFlaw>& flaws);

/// The file `kind`.csv, .tsv or .txt of `folder`, whatever the case of its name; nullopt when there is none. Two of them are a flaw.
std::optional<std::filesystem::path> find_overlay(const std::filesystem::path& folder, std::string_view kind,
                                                  std::vector<TableFlaw>& flaws);

class OverlayFile {
 public:
  /// Reads the file and checks that its header has the columns; `columns` are all that the kind needs.
  OverlayFile(const std::filesystem::path& path, std::initializer_list<std::string_view> columns, Rows& rows,
              std::vector<TableFlaw>& flaws);

  /// Calls take() for each row; field() then speaks of that row.
  template <typename Take>
  void each_row(Take take) {
    for (const CsvRow& row : table_.rows) {
      row_ = &row;
      take();
    }
  }

  [[nodiscard]] std::string_view field(std::string_view column) const { return CsvTable::field(*row_, table_.column(column)); }
  [[nodiscard]] std::size_t line() const { return row_->line; }
  [[nodiscard]] std::uint16_t file() const { return file_; }
  void flaw(std::string problem) { flaws_.push_back({path_, row_->line, std::move(problem)}); }

  /// A flaw when an earlier row of this file said something else under the same key. True when the key is new.
  bool is_first(const std::string& key, std::string_view says, std::string_view of_what);

  /// The concept and use of the row as a RowBase; nullopt (and a flaw) when one is unknown. `may_lack_concept` holds for use ignore.
  std::optional<RowBase> read_base(Layer layer, bool may_lack_concept);
  /// The concept named in the row; nullopt (and a flaw) when it is unknown.
  std::optional<std::uint16_t> read_concept();

 private:
  struct Said {
    std::string what;
    std::size_t line;
  };

  std::string path_;
  Rows& rows_;
  std::vector<TableFlaw>& flaws_;
  CsvTable table_;
  std::uint16_t file_ = 0;
  const CsvRow* row_ = nullptr;
  std::map<std::string, Said> said_;
};

}  // namespace trialflag::mappings
