// The rows of the shipped tables and of the overlays as they were read: what the indexes are compiled from, and where each row stands.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/arena.h"
#include "mappings/code_map.h"
#include "mappings/match.h"
#include "mappings/name_map.h"
#include "mappings/systems.h"

namespace trialflag::mappings {

/// Which table a row came from; at equal length a higher one wins.
using Layer = std::uint8_t;
constexpr Layer kExpansionLayer = 0, kShippedLayer = 1, kFirstSiteLayer = 2;

/// What all rows share.
struct RowBase {
  std::uint32_t line = 0;
  std::uint32_t attributes = 0;  ///< index into Rows::attributes
  std::uint16_t file = 0;        ///< index into Rows::files
  std::uint16_t concept_ = kNoConcept;
  Role role = Role::include;
  Layer layer = kShippedLayer;
};

struct CodeRow : RowBase {
  bool prefix = false;
  /// What it says, being row `number`.
  [[nodiscard]] CodeAnswer answer(std::uint32_t number) const { return {concept_, role, layer >= kFirstSiteLayer, number}; }
};
static_assert(sizeof(CodeRow) == 16, "of these there may be hundreds of thousands");

struct TermRow : RowBase {
  std::string_view term;
  bool whole_word = true, case_sensitive = false, regex = false;
};

enum class FilterClass : std::uint8_t { negated, family, other_person, screening, uncertain, historical, neutral, break_ };
enum class FilterScope : std::uint8_t { before, after, clause };

struct FilterRow {
  FilterClass filter_class = FilterClass::neutral;
  FilterScope scope = FilterScope::clause;
  bool whole_word = true;
  std::string_view word;
};

struct UnitRow {
  std::uint16_t concept_ = kNoConcept;
  Layer layer = kShippedLayer;
  std::string_view ucum, unit;    ///< one of them may be empty
  double factor = 1, offset = 0;  ///< canonical = value * factor + offset
  bool bare = false;              ///< may be meant where no unit is written
  std::string_view code;          ///< an observation of this code without unit is meant in this unit
};

struct Concept {
  std::string_view name, label, label_zh, label_de, unit;
  std::optional<double> low, high;
};

/// Views point into `texts`, which only grows.
struct Rows {
  Systems systems;
  std::vector<Concept> concepts;
  NameMap concept_ids;
  std::vector<CodeRow> codes;
  CodeMap code_map;  ///< to which each of `codes` added its code
  std::vector<TermRow> terms;
  std::vector<FilterRow> filters;
  std::vector<UnitRow> units;
  std::map<std::u32string, std::string_view> answers;  ///< a whole worded value, normalised and without case → positive, negative
  std::vector<Attributes> attributes{Attributes{}};
  NameMap attribute_ids;
  std::vector<std::string> files;
  std::uint64_t hash = 0;  ///< of all bytes of all files
  Arena texts;

  /// A copy that lives as long as the rows.
  std::string_view keep(std::string_view text) { return texts.copy(text); }
  void add_code(const RowBase& base, SystemId system, const CodeText& code, bool prefix);
  [[nodiscard]] std::optional<std::uint16_t> concept_named(std::string_view name) const;
};

/// "class=arb;kind=product" as an index into Rows::attributes; nullopt when a key is unknown.
std::optional<std::uint32_t> intern_attributes(Rows& rows, std::string_view text);

std::optional<Role> role_named(std::string_view name);
std::string_view name_of(Role role);

}  // namespace trialflag::mappings
