// What is told of the running agent after each cycle: lines in the log at a change of state, the troubles that `status` shows, and the
// snapshot that the metrics are made of.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "agent/app/live_agent.h"
#include "agent/monitor/snapshot.h"
#include "agent/monitor/troubles.h"
#include "agent/monitor/wake.h"

namespace trialflag::app {

/// What there is to tell beside the cycle's own report.
struct Surroundings {
  Instant began, ended;
  double seconds = 0;              ///< of the cycle, by a clock that nobody sets
  std::string table_flaw;          ///< the files in place have flaws: the first of them
  std::string listen_error;        ///< an address cannot be listened at
  std::string subscribe_error;     ///< the EHR takes no Subscription
  std::optional<bool> subscribed;  ///< nullopt: it is not asked for
  monitor::Wake::Counts hints;
  std::set<std::string> trials;  ///< that are configured
};

/// How a type was read last, as `status` and the metrics name it (interface.md section 5). `away`: the whole EHR is, so that it fails now.
std::string_view state_word(const screening::TypeState& state, bool away);

/// Not thread-safe.
class Watch {
 public:
  explicit Watch(Instant started);

  /// After a cycle that was not stopped; fails with storage alone.
  Result<void> cycle_ended(LiveAgent& agent, const screening::CycleReport& report, const Surroundings& around);

  [[nodiscard]] const monitor::Snapshot& snapshot() const { return snapshot_; }

 private:
  void tell(const screening::CycleReport& report) const;
  void skip_known_records(const screening::CycleReport& report, const monitor::TroublesBySubject& troubles, Instant at);
  Result<void> tell_troubles(LiveAgent& agent, monitor::TroublesBySubject now, Instant at);

  monitor::Troubles troubles_;
  std::string kept_;  ///< subjects and words of the troubles that the store holds
  monitor::Snapshot snapshot_;
  std::map<fhir::ResourceType, std::uint64_t> touched_;  ///< since the start
};

/// A subject that is no trouble: how a type is read, worth a line in the log, while all is read whole.
bool is_note(std::string_view subject);

/// What is amiss after a cycle. `standing`: what was; of it stays what this cycle could not look at.
monitor::TroublesBySubject troubles_after(const screening::CycleReport& report, const store::Gauges& gauges,
                                          const fhir::TrafficCounts& traffic, const Surroundings& around,
                                          const monitor::Troubles& standing);

}  // namespace trialflag::app
