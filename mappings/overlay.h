// Reads what a hospital's IT keeps in its mapping folders: codes, systems, words and units of the site (interface.md section 4).
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "mappings/rows.h"
#include "mappings/tables.h"

namespace trialflag::mappings {

/// Adds the rows of the overlay folders, a later one in a higher layer, to `rows`, which holds the shipped tables; what is wrong is
/// appended to `flaws`.
void read_overlays(std::span<const std::filesystem::path> folders, Rows& rows, std::vector<TableFlaw>& flaws);

}  // namespace trialflag::mappings
