// How often people disagreed with the verdicts, criterion by criterion, and how often the engine missed somebody.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "agent/app/listing.h"
#include "agent/store/log_view.h"

namespace trialflag::app {

/// Counts over one trial. What people did not settle counts nowhere, and where they named no criterion (as the EHR does not) for none.
class Quality {
 public:
  explicit Quality(std::string trial) : trial_(std::move(trial)) {}

  void take(const store::DecidedView& decided);
  void take(const store::DrawnView& drawn);

  /// One line for the flags, one for the sample, one for those of which people did not say which criterion failed, and one for each
  /// criterion that people settled. `least`: counts below are withheld.
  [[nodiscard]] std::vector<Row> rows(std::int64_t least) const;

 private:
  /// What people found where the engine had said something: how many flags, and how many of these failed that criterion.
  struct Found {
    std::int64_t flags = 0, failed = 0;
  };
  struct Criterion {
    std::string id;
    Found pass, open;
  };
  Criterion& criterion(const std::string& id);

  std::string trial_;
  Found flags_, sample_;  ///< sample: how many were checked, and how many of these were missed
  std::int64_t unnamed_ = 0;
  std::vector<Criterion> criteria_;
};

}  // namespace trialflag::app
