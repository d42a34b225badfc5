// The running agent put together: client, state, mail and cycle, from the configuration. The one place where they meet.
#pragma once

#include <memory>
#include <stop_token>

#include "agent/app/hospital_source.h"
#include "agent/app/live_config.h"
#include "agent/notify/mail.h"
#include "agent/screening/cycle.h"
#include "agent/store/state.h"

namespace trialflag::app {

class LiveAgent {
 public:
  /// Opens the state and prepares the client; connects to nothing. `once`: there will be one cycle, so that an export is waited for. `stop`
  /// ends whatever is under way.
  static Result<std::unique_ptr<LiveAgent>> create(const LiveConfig& config, const Clock& clock, bool once, const std::stop_token& stop);
  ~LiveAgent();

  Result<screening::CycleReport> cycle(bool sweep, std::stop_token stop);

  /// When everything was last compared, or, before that, when that was first asked.
  Result<Instant> swept_at();

 private:
  class Memory;

  explicit LiveAgent(const Clock& clock);
  const Clock& clock_;
  std::unique_ptr<store::State> state_;
  std::unique_ptr<Memory> memory_;
  std::unique_ptr<HospitalSource> source_;
  std::unique_ptr<screening::Roster> roster_;
  std::unique_ptr<notify::MailSender> mail_;
  std::unique_ptr<screening::Cycle> cycle_;
};

}  // namespace trialflag::app
