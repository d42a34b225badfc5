// Facts as bytes, as the store keeps them beside the chart that they were taken from: so that the clock, another window in a trial file or
// a rehearsal asks for no second mapping. Good only under the mapping that made them: mapped_under() of the screener.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"
#include "agent/eligibility/fact.h"

namespace trialflag::screening {

/// Records that no fact touches are left out; `declined` is not kept, for it is the ledger's. `incomplete`: the types as the chart has
/// them, for facts.incomplete may hold what is blind at the moment as well.
std::string encode_facts(const eligibility::Facts& facts, std::uint32_t incomplete);

/// Facts read back, with the memory they stand in. Reusable; keeps its memory from patient to patient. Not thread-safe.
class StoredFacts {
 public:
  /// Views point into `bytes`, which must live as long as the facts are asked. malformed_data when they are damaged or of another format:
  /// then the chart must be mapped again. `concepts`: how many the loaded tables have.
  Result<void> decode(std::string_view bytes, std::size_t concepts);

  eligibility::Facts facts;

 private:
  friend class FactsReader;
  std::vector<std::string_view> texts_;
  std::vector<eligibility::Indication> indications_;
  std::vector<eligibility::Fact> allergy_facts_;
};

}  // namespace trialflag::screening
