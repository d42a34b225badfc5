// Which of several readings of one resource counts (criteria.md 2.1).
#pragma once

#include <vector>

#include "agent/intake/index.h"
#include "agent/intake/report.h"

namespace trialflag::intake {

/// For each item of `index` whether it counts: the newest meta.lastUpdated of its (type, id), else the last read; nothing that was deleted
/// after it was read, nothing out of a file that is not R4. Twins of different content that no time tells apart are named in `report`.
std::vector<bool> newest_items(Index& index, Report& report);

}  // namespace trialflag::intake
