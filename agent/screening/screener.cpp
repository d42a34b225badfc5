#include "agent/screening/screener.h"

#include "agent/base/ids.h"
#include "agent/eligibility/evaluate.h"
#include "agent/screening/extract.h"

namespace trialflag::screening {

Screener::Screener(std::shared_ptr<const mappings::Tables> tables, std::shared_ptr<const eligibility::Trial> trial, Zone zone)
    : tables_(std::move(tables)),
      trial_(std::move(trial)),
      zone_(zone),
      vocabulary_(std::make_shared<const Vocabulary>(vocabulary_of(*trial_))) {
  std::string languages;
  for (const std::string& language : trial_->languages) languages.append(language).append(" ");
  mapped_under_ = digest({kEngineVersion, tables_->version(), zone_.name(), trial_->id, languages, describe(*vocabulary_),
                          std::to_string(trial_->answers)})
                      .substr(0, 24);
}

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
  return evaluate(map(chart, declined, remarks), chart.reference, as_of);
}

eligibility::EntryLook Sitting::look_at_entry(const Chart& chart, Instant as_of) {
  std::vector<Remark> remarks;
  return memory_->evaluator.look_at_entry(map(chart, false, remarks), as_of);
}

const eligibility::Facts& Sitting::map(const Chart& chart, bool declined, std::vector<Remark>& remarks) {
  return memory_->extraction.extract(chart, declined, remarks);
}

eligibility::PatientVerdict Sitting::evaluate(const eligibility::Facts& facts, std::string_view patient, Instant as_of) {
  eligibility::PatientVerdict verdict = memory_->evaluator.evaluate(facts, as_of);
  verdict.patient = patient;
  verdict.engine_version = kEngineVersion;
  verdict.tables_version = screener_.tables_->version();
  return verdict;
}

void Sitting::judge(const eligibility::Facts& facts, Instant as_of, eligibility::Judgement& judgement) {
  memory_->evaluator.judge(facts, as_of, judgement);
}

}  // namespace trialflag::screening
