// A chart as compact bytes, one row a patient: a table of strings, then the records as recorded, without what is empty.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/arena.h"
#include "agent/base/result.h"
#include "agent/screening/chart.h"

namespace trialflag::screening {

/// The same chart always gives the same bytes.
std::string encode_chart(const Chart& chart);

/// The chart that the bytes hold; its views point into `arena`. malformed_data when the bytes are damaged or of another format version
/// (then the patient must be read again); never reads beyond the bytes.
Result<Chart> decode_chart(std::string_view bytes, Arena& arena);

}  // namespace trialflag::screening
