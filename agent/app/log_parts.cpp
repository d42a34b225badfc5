#include "agent/app/log_parts.h"

#include <ostream>

namespace trialflag::app {

bool LogRun::open() {
  agent_ = load_agent(context_);
  if (!agent_) return context_.status = usage, false;
  return open_desk();
}

bool LogRun::open_live() {
  live_ = load_live(context_);
  if (!live_) return context_.status = usage, false;
  return open_desk();
}

bool LogRun::open_desk() {
  auto opened = store::Desk::open(agent().state_dir);
  if (opened) {
    desk_ = std::move(*opened);
  } else if (opened.error().code != ErrorCode::not_found) {
    complain(opened.error(), in_part);
    return false;
  } else if (!context_.quiet) {
    context_.err << "trialflag: " << opened.error().message << '\n';
  }
  return true;
}

int LogRun::complain(const Error& error, int status) {
  context_.err << "trialflag: " << error.message << '\n';
  return context_.status = status;
}

}  // namespace trialflag::app
