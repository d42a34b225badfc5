// What made-up records are drawn from: the codes and words of the shipped tables, by concept, and which of them meet in a criterion.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/properties/sketch.h"

namespace trialflag::properties {

struct Pool {
  std::vector<SketchedCoding> codings;
  std::vector<std::string> words;
};

/// Concepts that meet in one criterion, by the records that carry them. A concept may stand twice to be drawn more often.
struct Theme {
  std::vector<std::string> conditions{}, drugs{}, reasons{}, observations{}, acts{}, allergies{};
};

/// The rows of mappings/tables for a concept; throws when there is none, so that a renamed concept is not left out in silence.
const Pool& pool(const std::string& concept_name);
const std::vector<Theme>& themes();

/// Units and numbers that lie around the bounds of a measured concept, some impossible; empty for what is not measured.
struct Measure {
  std::vector<std::string> numbers, units;
};
const Measure& measure(const std::string& concept_name);

}  // namespace trialflag::properties
