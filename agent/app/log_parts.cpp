#include "agent/app/log_parts.h"

#include <ostream>

#include "agent/screening/entry.h"

namespace trialflag::app {

bool LogRun::open() {
  agent_ = load_agent(context_, settings::Secrets::unread);
  if (!agent_) return context_.status = usage, false;
  return open_desk();
}

bool LogRun::open_live() {
  live_ = load_live(context_, settings::Secrets::unread);
  if (!live_) return context_.status = usage, false;
  return open_desk();
}

std::string LogRun::trial(const std::string& named) {
  std::string known;
  for (const LiveTrial& trial : live().trials) {
    const std::string id = screening::trial_id(*trial.screener);
    if (named == id || (named.empty() && live().trials.size() == 1)) return id;
    known += (known.empty() ? "" : ", ") + id;
  }
  complain({ErrorCode::invalid_config, (named.empty() ? "several trials are configured" : "\"" + named + "\" is no configured trial") +
                                           "; name one with --trial: " + known},
           usage);
  return {};
}

bool LogRun::open_desk() {
  auto opened = store::Desk::open(agent().state_dir);
  if (opened) {
    desk_ = std::move(*opened);
  } else if (opened.error().code != ErrorCode::not_found) {
    complain(opened.error());
    return false;
  } else if (!context_.quiet) {
    context_.err << "trialflag: " << opened.error().message << '\n';
  }
  return true;
}

int LogRun::complain(const Error& error) {
  return complain(error, status_of_store(error));
}

int LogRun::complain(const Error& error, int status) {
  context_.err << "trialflag: " << error.message << '\n';
  return context_.status = status;
}

}  // namespace trialflag::app
