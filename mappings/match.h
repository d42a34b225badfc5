// What a code or a text says: the concepts it touches, each with the role that won inside that concept.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace trialflag::mappings {

/// A concept of the loaded tables ("fibromyalgia", "drug_pregabalin"). Dense from 0; valid for the Tables that gave it.
struct ConceptId {
  std::uint16_t index = 0;
  friend auto operator<=>(const ConceptId&, const ConceptId&) = default;
};

/// criteria.md 2.7. `ignore` comes from a site's overlay alone: seen, of no interest.
enum class Role : std::uint8_t { include, review, trap, evidence, ignore };

/// Row attributes (codes.md rule 6); empty when the row has none. Views live as long as the Tables.
struct Attributes {
  std::string_view classes;  ///< "thiazide+arb"
  std::string_view kind, covers, asserts, answer, route;
};

/// Where a row stands, for `mappings explain`: a shipped table or an overlay file, and the line.
struct Origin {
  std::string_view file;
  std::uint32_t line = 0;
};

/// One concept that a coding matches, after precedence (criteria.md 2.6).
struct CodeMatch {
  ConceptId concept_;
  Role role = Role::include;
  bool by_shape = false;  ///< read by the ICD-10 shape of a code without a known system: an include was turned into review
  bool by_site = false;   ///< the row came from a site overlay
  std::uint32_t row = 0;  ///< handle for Tables::attributes and Tables::origin
};

/// Which element a code stands in: the shape rule, ICD-9 volume 3 and the words that are read depend on it.
enum class Place : std::uint8_t { condition, reason, procedure, drug, observation, value, allergy, route, other };

/// How the words around a hit turn it (criteria.md 2.9).
enum class Assertion : std::uint8_t { stated, uncertain, past, negated, none };

/// One concept that a text matches: its best hit (include > review > uncertain > past > negated > none > trap).
struct TextMatch {
  ConceptId concept_;
  Role role = Role::include;  ///< of the term
  Assertion assertion = Assertion::stated;
  bool by_site = false;
  std::uint32_t row = 0;
  std::uint32_t begin = 0, end = 0;  ///< code points of the normalised text (for tests and explanations)
};

}  // namespace trialflag::mappings
