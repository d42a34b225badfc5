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

struct FactBytes {
  std::string judged;  ///< what judging asks for
  std::string told;    ///< what words ask for beside it
  friend bool operator==(const FactBytes&, const FactBytes&) = default;
};

/// Records that no fact touches are left out; `declined` is not kept, for it is the ledger's. `incomplete`: the types as the chart has
/// them, for facts.incomplete may hold what is blind at the moment as well.
FactBytes encode_facts(const eligibility::Facts& facts, std::uint32_t incomplete);

/// Facts read back, with the memory they stand in. Reusable; keeps its memory from patient to patient. Not thread-safe.
class StoredFacts {
 public:
  /// Views point into the bytes, which must live as long as the facts are asked. malformed_data when they are damaged, of another format,
  /// or do not belong together: then the chart must be mapped again. `concepts`: how many the loaded tables have.
  Result<void> decode(std::string_view judged, std::string_view told, std::size_t concepts);
  /// Enough to judge, not to tell: facts.origins, .times and .wordings stay empty.
  Result<void> decode_judged(std::string_view judged, std::size_t concepts);
  /// Type and id of a record of the facts that were decoded last, by either; valid until the next call. Empty when there is none such.
  eligibility::Origin origin(std::uint32_t record);

  eligibility::Facts facts;

 private:
  friend class FactsReader;
  std::vector<std::string_view> texts_;
  std::vector<eligibility::Indication> indications_;
  std::vector<eligibility::Fact> allergy_facts_;
  std::size_t record_count_ = 0, wordings_ = 0;
  std::string_view record_types_, record_ids_;
  std::vector<std::uint32_t> record_at_;  ///< where the id of each begins; empty when all are UUIDs
  std::string id_, ids_;                  ///< ids that are not texts in the bytes
};

}  // namespace trialflag::screening
