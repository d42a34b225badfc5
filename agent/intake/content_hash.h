// Tells whether two resources say the same, however they are written.
#pragma once

#include <cstdint>

#include "agent/json/value.h"

namespace trialflag::intake {

/// The same for two resources that differ only in the order of members, in blanks, or in `meta` and `text` (the narrative).
std::uint64_t content_hash(const json::Value& resource);

}  // namespace trialflag::intake
