// A chart in, a verdict per criterion out: extraction of facts, evaluation, evidence. The one way to screen, live and over files.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/time.h"
#include "agent/eligibility/verdict.h"
#include "agent/screening/chart.h"
#include "mappings/tables.h"

namespace trialflag::eligibility {
struct Facts;
struct Judgement;
struct Trial;
}  // namespace trialflag::eligibility

namespace trialflag::screening {

struct Vocabulary;

/// Changes whenever the same chart, trial and tables may give another verdict.
inline constexpr std::string_view kEngineVersion = "1";

/// A data flaw met while mapping (a rejected unit, an implausible value). No patient value in it.
struct Remark {
  std::string resource;  ///< "Observation/o1"; for stderr of offline runs only, never for a log
  std::string text;
};

/// Immutable, thread-safe.
class Screener {
 public:
  Screener(std::shared_ptr<const mappings::Tables> tables, std::shared_ptr<const eligibility::Trial> trial, Zone zone);

  /// The verdicts of one patient. A function of its arguments alone. `declined`: the ledger's state of this patient's flag is `declined`.
  [[nodiscard]] eligibility::PatientVerdict screen(const Chart& chart, Instant as_of, bool declined, std::vector<Remark>& remarks) const;

  /// What the facts of a chart depend on beside the chart: engine, tables, zone, and what the trial asks of the mapping. The same for trial
  /// files that differ in their numbers, windows and words alone.
  [[nodiscard]] const std::string& mapped_under() const { return mapped_under_; }

  [[nodiscard]] const eligibility::Trial& trial() const { return *trial_; }
  [[nodiscard]] const mappings::Tables& tables() const { return *tables_; }
  [[nodiscard]] const Zone& zone() const { return zone_; }

 private:
  friend class Sitting;
  std::shared_ptr<const mappings::Tables> tables_;
  std::shared_ptr<const eligibility::Trial> trial_;
  Zone zone_;
  std::shared_ptr<const Vocabulary> vocabulary_;
  std::string mapped_under_;
};

/// Screens patient after patient with memory of its own, so that what repeats (displays, mostly) is read once. Same verdicts as
/// Screener::screen. Not thread-safe; the screener must outlive it.
class Sitting {
 public:
  explicit Sitting(const Screener& screener);
  ~Sitting();

  eligibility::PatientVerdict screen(const Chart& chart, Instant as_of, bool declined, std::vector<Remark>& remarks);
  /// What screen() would say of the entry criterion, without deciding the others.
  eligibility::EntryLook look_at_entry(const Chart& chart, Instant as_of);

  // The same in two stages, for facts that are kept (facts_blob.h).

  /// What the chart says, mapped. Valid until the next call of map() or screen(), and as long as the chart.
  const eligibility::Facts& map(const Chart& chart, bool declined, std::vector<Remark>& remarks);
  /// The verdicts on mapped facts. `patient`: the chart's reference.
  eligibility::PatientVerdict evaluate(const eligibility::Facts& facts, std::string_view patient, Instant as_of);
  /// Every criterion decided, with evidence and without words.
  void judge(const eligibility::Facts& facts, Instant as_of, eligibility::Judgement& judgement);

 private:
  struct Memory;
  const Screener& screener_;
  std::unique_ptr<Memory> memory_;
};

}  // namespace trialflag::screening
