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
  return Sitting(*this).screen(chart, as_of, declined, remarks);
}

struct Sitting::Memory {
  Extraction extraction;
  eligibility::Evaluator evaluator;
};

Sitting::Sitting(const Screener& screener)
    : screener_(screener),
      memory_(
          new Memory{{*screener.tables_, *screener.trial_, *screener.vocabulary_, screener.zone_}, {*screener.trial_, screener.zone_}}) {}

Sitting::~Sitting() = default;

eligibility::PatientVerdict Sitting::screen(const Chart& chart, Instant as_of, bool declined, std::vector<Remark>& remarks) {
  eligibility::PatientVerdict verdict = memory_->evaluator.evaluate(memory_->extraction.extract(chart, declined, remarks), as_of);
  verdict.patient = chart.reference;
  verdict.engine_version = kEngineVersion;
  verdict.tables_version = screener_.tables_->version();
  return verdict;
}

}  // namespace trialflag::screening
