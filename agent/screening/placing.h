// Where what a page of a poll shows belongs: it marks patients in the page's step, arrives for a chart, or makes a stranger worth reading.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/screening/cycle_parts.h"

namespace trialflag::screening {

/// Whose the record says it is; empty: nobody on this server.
PatientId subject_of(const fhir::Record& record);

/// Whose chart holds it must be read again, also when it now names somebody else; but not `subject`, whose chart it will enter.
Result<void> mark_holders(ScreeningStore& store, const ResourceKey& key, PageStep& step, const PatientId& subject = {});

/// In the poll of one type; for one thread. Errors are the store's.
class Placing {
 public:
  /// `work` outlives it.
  Placing(CycleWork& work, fhir::ResourceType type) : work_(work), type_(type) {}

  /// A page: begin(), then what it shows, then end(), which completes `step`.
  void begin(PageStep& step);
  /// What is new.
  Result<void> place(const Touched& touched);
  /// A reconciliation does not trust what was made of a stranger's record before: the reading of its patient may have been shown less than
  /// there is.
  Result<void> look_again(const Touched& touched);
  void end();

  /// As before this page, which changes nothing before its end; a patient's records often come one after the other.
  Result<PatientState> state_of(const PatientId& patient);

 private:
  Result<void> place_patient(const Touched& touched);
  /// Records that named it as what takes their place when it was nowhere yet; and those that are filed under it, where no chart tells what
  /// it said before: it may replace them no longer.
  Result<void> follow_survivor(const PatientId& id);
  /// Whether the Patient says that it takes the place of a record that is filed under none yet. On the roster are both or none.
  Result<bool> names_unfiled(const fhir::Patient& patient, const PatientId& id);
  Result<void> place_record(const Touched& touched);
  /// Whether this poll has not shown it before.
  bool enters_first(const fhir::Record& record);
  /// It names nobody: it concerns those whose charts hold it, or refer to it and could not have it.
  Result<void> place_medication(const fhir::Record& medication);
  /// It is in no chart. Whoever could not have it read is read again; what it names is settled when all is shown (named.h).
  Result<void> place_report(const Touched& touched);
  /// Nothing but the id is kept of somebody who is no candidate, so only what this page says can make them one. Then it is kept until they
  /// are read: that reading must show it, or it must be gone.
  void judge_strangers();
  /// Which trials records of this type can bring a candidate: the entry criterion asks for them, or is not false without any.
  [[nodiscard]] std::vector<std::size_t> trials_asking() const;
  [[nodiscard]] bool is_report() const { return type_ == fhir::ResourceType::diagnostic_report; }

  CycleWork& work_;
  const fhir::ResourceType type_;
  PageStep* step_ = nullptr;
  std::map<PatientId, PatientState> met_;           ///< whom this page concerns
  std::map<PatientId, Chart> strangers_, arrived_;  ///< what this page shows of them
  std::map<std::string, std::string> entered_;      ///< the records that this poll has entered into charts, by id, as charts
  std::optional<std::vector<std::size_t>> asking_;
};

}  // namespace trialflag::screening
