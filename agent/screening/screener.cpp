#include "agent/screening/screener.h"

#include "agent/eligibility/evaluate.h"
#include "agent/screening/extract.h"

namespace trialflag::screening {

Screener::Screener(std::shared_ptr<const mappings::Tables> tables, std::shared_ptr<const eligibility::Trial> trial, Zone zone)
    : tables_(std::move(tables)),
      trial_(std::move(trial)),
      zone_(zone),
      vocabulary_(std::make_shared<const Vocabulary>(vocabulary_of(*trial_))) {}

eligibility::PatientVerdict Screener::screen(const Chart& chart, Instant as_of, bool declined, std::vector<Remark>& remarks) const {
  Extraction extraction(*tables_, *trial_, *vocabulary_, zone_, remarks);
  eligibility::Evaluator evaluator(*trial_, zone_);
  eligibility::PatientVerdict verdict = evaluator.evaluate(extraction.extract(chart, declined), as_of);
  verdict.patient = chart.reference;
  verdict.engine_version = kEngineVersion;
  verdict.tables_version = tables_->version();
  return verdict;
}

}  // namespace trialflag::screening
