#include "agent/screening/replay.h"

#include "agent/base/arena.h"
#include "agent/screening/chart_blob.h"
#include "agent/screening/facts_blob.h"

namespace trialflag::screening {

// By the same way as a cycle (patients.cpp): through the stored form of the facts.
Result<eligibility::PatientVerdict> replay(const Screener& screener, const ReplayBasis& basis) {
  Arena arena;
  const auto chart = decode_chart(basis.chart, arena);
  if (!chart) return tl::unexpected(chart.error());
  Sitting sitting(screener);
  std::vector<Remark> remarks;
  const eligibility::Facts& mapped = sitting.map(*chart, false, remarks);
  const FactBytes bytes = encode_facts(mapped, mapped.incomplete);
  StoredFacts stored;
  if (auto read = stored.decode(bytes.judged, bytes.told, screener.tables().concept_count()); !read) return tl::unexpected(read.error());
  stored.facts.declined = basis.declined;
  stored.facts.incomplete |= basis.blind;
  return sitting.evaluate(stored.facts, chart->reference, basis.as_of);
}

}  // namespace trialflag::screening
