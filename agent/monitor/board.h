// What hangs out for others to see: the last snapshot, as metrics and as an answer to "are you ready?".
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/monitor/snapshot.h"

namespace trialflag::monitor {

/// All metrics, in Prometheus' text format; ages are as of `now`.
std::string metrics_text(const Snapshot& snapshot, Instant now);

/// Why what the agent says may not be of today; empty: it is. No reason names a patient.
std::vector<std::string> unready_because(const Snapshot& snapshot, Instant now);

/// Thread-safe.
class Board {
 public:
  void show(Snapshot snapshot) {
    auto fresh = std::make_shared<const Snapshot>(std::move(snapshot));
    const std::scoped_lock lock(mutex_);
    shown_ = std::move(fresh);
  }
  [[nodiscard]] std::shared_ptr<const Snapshot> shown() const {
    const std::scoped_lock lock(mutex_);
    return shown_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> shown_ = std::make_shared<const Snapshot>();
};

}  // namespace trialflag::monitor
