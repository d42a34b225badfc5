// A verdict reached again, from the chart that it was reached on and under what was in force then.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/screening/screener.h"

namespace trialflag::screening {

struct ReplayBasis {
  std::string_view chart;  ///< chart_blob.h
  Instant as_of;
  std::uint32_t blind = 0;  ///< types whose lack counted against every patient, as bits
  bool declined = false;
};

/// malformed_data when the chart cannot be read (by this version).
Result<eligibility::PatientVerdict> replay(const Screener& screener, const ReplayBasis& basis);

}  // namespace trialflag::screening
