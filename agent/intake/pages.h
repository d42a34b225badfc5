// Pages of a search: which further page is missing from the input, and whom that may cost records (criteria.md 2.2).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/intake/index.h"

namespace trialflag::intake {

/// A searchset whose next page is not among the inputs.
struct MissingPage {
  std::uint32_t bundle = 0;
  screening::TypeSet types;
  std::optional<std::string> patient;  ///< the search was for this patient ("Patient/p1") alone
};

std::vector<MissingPage> missing_pages(const Index& index);

}  // namespace trialflag::intake
