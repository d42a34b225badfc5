// The running agent put together: client, state, mail and cycle, from the configuration. The one place where they meet.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>

#include "agent/app/chart_writer.h"
#include "agent/app/hospital_source.h"
#include "agent/app/live_config.h"
#include "agent/app/load_progress.h"
#include "agent/notify/mail.h"
#include "agent/notify/webhook.h"
#include "agent/screening/cycle.h"
#include "agent/store/state.h"

namespace trialflag::app {

class LiveAgent {
 public:
  /// Opens the state and prepares the client; connects to nothing. `once`: there will be one cycle, so that an export is waited for. `stop`
  /// ends whatever is under way. `moved` is called by several threads whenever an exchange with the EHR has ended.
  static Result<std::unique_ptr<LiveAgent>> create(const LiveConfig& config, const Clock& clock, bool once, const std::stop_token& stop,
                                                   std::function<void()> moved = {});
  ~LiveAgent();

  Result<screening::CycleReport> cycle(bool sweep, std::stop_token stop);

  /// When everything was last compared, or, before that, when that was first asked.
  Result<Instant> swept_at();

  /// From the next cycle on these trials, with their tables, are in force; stored charts are screened anew where that matters.
  void adopt(std::vector<LiveTrial> trials);

  [[nodiscard]] const LiveConfig& config() const { return config_; }
  [[nodiscard]] store::State& state() { return *state_; }
  /// After a cycle: tells the hospital's IT of a flaw in tables or trial files, or that it is over (it_notice.h).
  Result<std::string> tell_it(const std::string& flaw);
  [[nodiscard]] fhir::Client& client() { return source_->client(); }

 private:
  class Memory;

  LiveAgent(const LiveConfig& config, const Clock& clock);
  void make_cycle();

  LiveConfig config_;
  const Clock& clock_;
  LoadProgress progress_;
  std::unique_ptr<store::State> state_;
  std::unique_ptr<Memory> memory_;
  std::unique_ptr<HospitalSource> source_;
  std::unique_ptr<screening::Roster> roster_;
  std::unique_ptr<notify::MailSender> mail_;
  std::unique_ptr<notify::WebhookSender> hooks_;
  std::unique_ptr<EhrWriter> chart_writer_;
  std::unique_ptr<screening::Cycle> cycle_;
};

}  // namespace trialflag::app
