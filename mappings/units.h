// Units: what a measured value is in the unit in which its concept is judged (criteria.md 2.14).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mappings/rows.h"

namespace trialflag::mappings {

/// Immutable after construction, thread-safe. Refers to the rows it was made of.
class Units {
 public:
  explicit Units(const Rows& rows);

  /// See Tables::to_canonical.
  [[nodiscard]] std::optional<double> convert(std::uint16_t concept_index, double value, std::string_view ucum, std::string_view unit,
                                              std::string_view observed_code) const;

 private:
  struct Unit {
    const UnitRow* row;
    std::string text;  ///< of row->unit, as compared
  };
  [[nodiscard]] const UnitRow* by_ucum(const std::vector<Unit>& units, std::string_view ucum) const;
  [[nodiscard]] const UnitRow* by_text(const std::vector<Unit>& units, std::string_view text) const;
  [[nodiscard]] std::optional<double> without_unit(std::uint16_t concept_index, double value, std::string_view observed_code) const;

  const Rows* rows_;
  std::vector<std::vector<Unit>> by_concept_;  ///< later layers first
};

/// A unit as people write it, made comparable: NFKC, lower case, without blanks.
std::string plain_unit(std::string_view text);

}  // namespace trialflag::mappings
