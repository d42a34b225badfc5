// Push as a hint: the EHR is asked to call when records change, and a call wakes the next cycle early. It brings nothing else: what is
// lost, comes twice or is forged changes only when a cycle begins.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "agent/app/live_agent.h"
#include "agent/monitor/listener.h"
#include "agent/monitor/wake.h"

namespace trialflag::app {

/// Not thread-safe; `wake` outlives it.
class Hints {
 public:
  /// `secret`: the last part of the path that the EHR calls.
  Hints(const settings::AgentConfig& agent, const std::string& secret, monitor::Wake& wake);

  /// Listens if it does not yet, and when it is time looks after the Subscriptions at the EHR. Trouble is told by the functions below.
  void tend(LiveAgent& agent, Instant now);

  [[nodiscard]] bool subscribed() const { return subscribed_; }
  [[nodiscard]] const std::string& listen_error() const { return listen_error_; }  ///< empty: it listens
  [[nodiscard]] const std::string& error() const { return error_; }                ///< of the Subscriptions; empty: all is well

 private:
  /// A Subscription that the EHR refused or ended: not asked for again before the time. In memory alone, so a restart asks at once.
  struct Held {
    Instant since;
    std::int64_t pause_ms = 0;
    bool ended = false;  ///< the EHR had it and ended it
    Error why;

    [[nodiscard]] bool waits(Instant now) const { return now.ms >= since.ms && now.ms - since.ms < pause_ms; }
  };

  void listen();
  Result<void> subscribe(LiveAgent& agent, Instant now);
  void ask(fhir::Client& client, const fhir::Subscription& one, bool ended, Instant now);
  void hold(const std::string& criteria, bool ended, Error why, Instant now);
  [[nodiscard]] std::int64_t pause_after(const Error& error, std::int64_t before) const;

  const settings::SubscribeConfig config_;
  const std::string path_, endpoint_;
  const std::int64_t look_every_ms_;
  std::int64_t pause_ms_;             ///< until the next look
  std::map<std::string, Held> held_;  ///< by criteria
  monitor::Wake& wake_;
  std::unique_ptr<monitor::Listener> listener_;
  std::optional<Instant> looked_;
  bool subscribed_ = false;
  std::string listen_error_, error_;
};

}  // namespace trialflag::app
