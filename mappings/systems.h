// Code systems and the many ways in which records name them.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "mappings/name_map.h"

namespace trialflag::mappings {

/// A system of the loaded tables; 0 is none.
struct SystemId {
  std::uint16_t index = 0;
  friend auto operator<=>(const SystemId&, const SystemId&) = default;
  explicit operator bool() const { return index != 0; }
};

/// How the codes of a system are written and matched.
enum class CodeForm : std::uint8_t {
  list,   ///< exact, case does not matter
  cased,  ///< exact, case matters
  tree,   ///< a row may stand for all longer codes (ATC)
  icd     ///< as tree, and the dot does not matter
};

/// Filled while loading, then immutable and thread-safe.
class Systems {
 public:
  /// The system of that key; added when it is new.
  SystemId add(std::string_view key, CodeForm form);
  /// A hospital's own system, known by its normalised name alone; the one it already is an alias of, if any.
  SystemId add_site(std::string_view name);
  /// From now on `alias` names `system`, whatever it named before.
  void add_alias(std::string_view alias, SystemId system);

  /// The system that a record means by `name` (codes.md rule 2); none when it is unknown.
  [[nodiscard]] SystemId resolve(std::string_view name) const;
  /// The system of that key ("ICD10CN"), exactly; none when there is none.
  [[nodiscard]] SystemId keyed(std::string_view key) const;

  /// "SNOMED"; for a site's system its normalised name; empty for none.
  [[nodiscard]] std::string_view key(SystemId id) const { return systems_[id.index].key; }
  [[nodiscard]] CodeForm form(SystemId id) const { return traits_[id.index].form; }
  /// True for a system of the shipped tables.
  [[nodiscard]] bool is_canonical(SystemId id) const { return traits_[id.index].canonical; }
  /// The first name that the tables give the system; the key when it has none.
  [[nodiscard]] std::string_view uri(SystemId id) const;
  /// The keys of the canonical systems, in the order of the tables.
  [[nodiscard]] std::vector<std::string_view> keys() const;
  [[nodiscard]] std::size_t size() const { return systems_.size(); }

 private:
  struct System {
    std::string key, uri;
  };
  /// What every look-up asks of a system, side by side.
  struct Traits {
    CodeForm form = CodeForm::list;
    bool canonical = false;
  };
  std::deque<System> systems_{System{}};
  std::vector<Traits> traits_{Traits{}};
  std::deque<std::string> spellings_;
  NameMap as_written_;  ///< the spellings of the tables, for a look-up without normalising
  NameMap normalised_;
};

}  // namespace trialflag::mappings
