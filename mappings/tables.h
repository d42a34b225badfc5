// The code and word tables, compiled: immutable, thread-safe, no heap work per code lookup.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"
#include "mappings/match.h"

namespace trialflag::mappings {

/// A flaw in a table or overlay file, told as FILE:LINE: problem; remedy.
struct TableFlaw {
  std::string file;
  std::size_t line = 0;
  std::string problem;
};

class Tables {
 public:
  /// Loads the shipped tables of `shipped` and, over them in order, the overlay folders (interface.md section 4). Every flaw found is
  /// appended to `flaws`; the result fails with invalid_config when there is any.
  static Result<std::shared_ptr<const Tables>> load(const std::filesystem::path& shipped, std::span<const std::filesystem::path> overlays,
                                                    std::vector<TableFlaw>& flaws);
  ~Tables();

  [[nodiscard]] std::optional<ConceptId> find(std::string_view concept_name) const;
  [[nodiscard]] std::string_view name(ConceptId id) const;
  /// A short name for people: "narrow-angle glaucoma". `language` is en, zh or de.
  [[nodiscard]] std::string_view label(ConceptId id, std::string_view language = "en") const;
  [[nodiscard]] std::size_t concept_count() const;
  /// Hash of all files that were loaded: changes when any row changes.
  [[nodiscard]] const std::string& version() const;

  /// All concepts that (system, code) matches, one CodeMatch per concept, appended to `out` (which is not cleared). `code` and `system` as
  /// recorded. Traps and evidence rows are given too. Returns the number appended.
  std::size_t match_code(std::string_view system, std::string_view code, Place place, std::vector<CodeMatch>& out) const;

  /// All concepts that `code` matches in any system, for elements that name a code without its system (a questionnaire's linkId).
  std::size_t match_bare_code(std::string_view code, std::vector<CodeMatch>& out) const;

  /// What a worded value answers as a whole: "positive", "negative" (also for yes and no), or empty.
  [[nodiscard]] std::string_view answer_word(std::string_view text) const;

  /// All concepts that the words of `text` match, one TextMatch per concept, by the shipped terms and the sites' own, filters applied;
  /// appended to `out`. Negated and none hits are given too, so that a caller can tell "said no" from "said nothing". Where further words
  /// of the same role and assertion carry other classes ("valsartan and amlodipine"), a concept has one match for each.
  std::size_t match_text(std::string_view text, std::vector<TextMatch>& out) const;

  /// Whether the text begins with words that deny what follows ("no latex allergy"), also where no term is known for that.
  [[nodiscard]] bool begins_denied(std::string_view text) const;

  [[nodiscard]] Attributes attributes(const CodeMatch& match) const;
  [[nodiscard]] Attributes attributes(const TextMatch& match) const;
  [[nodiscard]] Origin origin(const CodeMatch& match) const;
  [[nodiscard]] Origin origin(const TextMatch& match) const;

  /// True when the tables know this code in any concept or role, or a site said `ignore` (a site may do so without naming a concept: what
  /// the shipped tables say of the code then stays).
  [[nodiscard]] bool knows(std::string_view system, std::string_view code, Place place) const;
  /// The key of the canonical system ("SNOMED", "ICD10CN"), for a system of the site's own its normalised name; empty when it is unknown.
  [[nodiscard]] std::string_view system_key(std::string_view system) const;
  /// The first name of the canonical system with that key, to match codes by; empty when there is no such key.
  [[nodiscard]] std::string_view system_uri(std::string_view key) const;

  /// Converts to the unit in which `concept_` is judged: factor and offset of (concept, unit), by UCUM code first, then unit text; site
  /// rows first. With both empty: the only unit in which the value is plausible. nullopt: not convertible. `code_system_code` is the
  /// observed LOINC code, for units that depend on it (59261-8 without unit is mmol/mol).
  [[nodiscard]] std::optional<double> to_canonical(ConceptId id, double value, std::string_view ucum, std::string_view unit,
                                                   std::string_view observed_code) const;
  struct Range {
    double low, high;
    std::string_view unit;  ///< canonical unit, for people
  };
  /// The plausible range of a measured concept (criteria.md 2.14); nullopt when it has none.
  [[nodiscard]] std::optional<Range> plausible(ConceptId id) const;

 private:
  struct Impl;
  explicit Tables(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace trialflag::mappings
