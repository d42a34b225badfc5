// What the commands below `log` share: the state, opened to be read.
#pragma once

#include <memory>
#include <optional>

#include "agent/app/command.h"
#include "agent/app/live_config.h"
#include "agent/store/desk.h"

namespace trialflag::app {

/// One run of such a command. Errors go to stderr and set the context's status.
class LogRun {
 public:
  explicit LogRun(Context& context) : context_(context) {}

  /// With agent.yaml alone, which may be flawed in its trials. False: told. While there is no state yet the desk stays null, which is told
  /// too and is no failure.
  bool open();
  /// With the trials and tables too.
  bool open_live();

  [[nodiscard]] store::Desk* desk() const { return desk_.get(); }
  [[nodiscard]] const settings::AgentConfig& agent() const { return live_ ? live_->agent : *agent_; }
  [[nodiscard]] const LiveConfig& live() const { return *live_; }  ///< after open_live()
  /// The configured trial that is meant; empty: told, as wrong use. After open_live().
  std::string trial(const std::string& named);

  /// Of the store.
  int complain(const Error& error);
  int complain(const Error& error, int status);

 private:
  bool open_desk();

  Context& context_;
  std::optional<settings::AgentConfig> agent_;
  std::optional<LiveConfig> live_;
  std::unique_ptr<store::Desk> desk_;
};

void add_sample_command(CLI::App& log, Context& context);  ///< log sample
void add_verify_command(CLI::App& log, Context& context);  ///< log verify

}  // namespace trialflag::app
