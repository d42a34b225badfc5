// Reads the shipped TSV tables of one folder: concepts, systems, codes, expansions, terms, filters, units.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "mappings/rows.h"
#include "mappings/tables.h"

namespace trialflag::mappings {

/// Adds the rows of all tables in `folder` to `rows`; what is wrong is appended to `flaws`.
void read_shipped(const std::filesystem::path& folder, Rows& rows, std::vector<TableFlaw>& flaws);

/// The whole file; nullopt when it cannot be read.
std::optional<std::string> read_file(const std::filesystem::path& file);

/// A whole decimal number; nullopt for anything else.
std::optional<double> read_number(std::string_view text);

}  // namespace trialflag::mappings
