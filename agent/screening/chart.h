// One patient as recorded: what the source holds on them, before any mapping, and how completely it was read.
#pragma once

#include <bitset>
#include <string>
#include <vector>

#include "fhir/record.h"

namespace trialflag::screening {

/// A set of resource types.
class TypeSet {
 public:
  void add(fhir::ResourceType type) { bits_.set(static_cast<std::size_t>(type)); }
  void add_all() { bits_.set(); }
  void merge(const TypeSet& other) { bits_ |= other.bits_; }
  [[nodiscard]] TypeSet without(const TypeSet& other) const {
    TypeSet rest;
    rest.bits_ = bits_ & ~other.bits_;
    return rest;
  }
  [[nodiscard]] bool has(fhir::ResourceType type) const { return bits_.test(static_cast<std::size_t>(type)); }
  [[nodiscard]] bool none() const { return bits_.none(); }
  [[nodiscard]] unsigned long to_bits() const { return bits_.to_ulong(); }
  static TypeSet from_bits(unsigned long bits) {
    TypeSet set;
    set.bits_ = bits;
    return set;
  }

 private:
  std::bitset<32> bits_;
};

/// Views point into the arena of whoever built the chart. At most one record per (type, id): the newest.
struct Chart {
  std::string reference;  ///< "Patient/p1"; a colliding Bundle's patient: "Patient/00001#dir/file.json" (criteria.md 2.1)
  fhir::Patient patient;
  std::vector<fhir::Record> records;      ///< of this patient and of those that were merged into them
  std::vector<fhir::Record> medications;  ///< Medication resources that their drug records refer to
  TypeSet incomplete;                     ///< types of which something may be missing (criteria.md 2.2)
};

}  // namespace trialflag::screening
