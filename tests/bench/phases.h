// The phases that the benchmark measures on our side, each through the product's public interfaces, each printing one JSON line.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "agent/base/result.h"

namespace trialflag::bench {

struct Wish {
  std::filesystem::path tables, trial;  ///< of the screener
  std::string as_of = "2019-06-01T00:00:00Z";
  std::filesystem::path state;     ///< folder of the product's own state
  std::vector<std::string> input;  ///< files or folders of resources
  std::filesystem::path table;     ///< where the verdicts go, as a table
  int repeats = 1, copies = 1, rounds = 100;
  bool indexed = false;  ///< copies are filed by their records too
};

/// Files → charts → committed state: one durable transaction a patient.
Result<void> ingest(const Wish& wish);
/// Each stored chart, mapped and judged, and what it says kept beside it: what the state of a screened patient holds.
Result<void> map(const Wish& wish);
/// Each stored patient `copies` times under another id.
Result<void> copy(const Wish& wish);
/// Every criterion of every stored patient, with evidence, and a digest of it all.
Result<void> evaluate(const Wish& wish);
/// One stored patient: what a process does until its first decision.
Result<void> first_decision(const Wish& wish);
/// One new Observation of one patient after the other: text → chart → verdict → durable.
Result<void> update(const Wish& wish);
/// Upserts of whole charts into the state, and the same blobs into a bare table of SQLite.
Result<void> upsert(const Wish& wish);
/// A bare pass of RapidJSON's reader over the file: what reading its JSON costs at least.
Result<void> pass_over(const Wish& wish);
/// The same, with strings checked for valid UTF-8.
Result<void> pass_checked(const Wish& wish);
/// Cycles in which 10, 100 and 1,000 of all stored patients changed.
Result<void> cycle(const Wish& wish);
/// Look-ups among as many codes as SNOMED CT has, beside std::unordered_map and an index of SQLite.
Result<void> lookup(const Wish& wish);

}  // namespace trialflag::bench
