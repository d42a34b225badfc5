// The running agent put together: client, state, mail and cycle, from the configuration. The one place where they meet.
#pragma once

#include <memory>
#include <stop_token>

#include "agent/app/hospital_source.h"
#include "agent/app/live_config.h"
#include "agent/notify/mail.h"
#include "agent/notify/webhook.h"
#include "agent/screening/cycle.h"
#include "agent/store/state.h"

namespace trialflag::app {

class LiveAgent {
 public:
  /// Opens the state and prepares the client; connects to nothing. `stop` ends whatever is under way.
  static Result<std::unique_ptr<LiveAgent>> create(const LiveConfig& config, const Clock& clock, const std::stop_token& stop);

  Result<screening::CycleReport> cycle(bool sweep, std::stop_token stop) { return cycle_->run(sweep, std::move(stop)); }

 private:
  LiveAgent() = default;
  std::unique_ptr<store::State> state_;
  std::unique_ptr<HospitalSource> source_;
  std::unique_ptr<notify::MailSender> mail_;
  std::unique_ptr<notify::WebhookSender> hooks_;
  std::unique_ptr<screening::Cycle> cycle_;
};

}  // namespace trialflag::app
