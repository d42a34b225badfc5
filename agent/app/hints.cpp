#include "agent/app/hints.h"

#include <algorithm>

namespace trialflag::app {
namespace {

constexpr std::int64_t kHour = 3600000;
constexpr std::int64_t kLife = 48 * kHour, kRenewBefore = 24 * kHour;

/// Those that can be read here: a server refuses Subscriptions for others.
Result<std::vector<std::string>> types_to_watch(LiveAgent& agent) {
  const auto states = agent.state().type_states();
  if (!states) return tl::unexpected(states.error());
  std::vector<std::string> types;
  for (const fhir::ResourceType type : polled_types()) {
    const bool closed = std::any_of(states->begin(), states->end(), [&](const screening::TypeState& state) {
      using screening::Reading;
      return state.type == type && state.ever_read && (state.reading == Reading::unsupported || state.reading == Reading::not_granted);
    });
    if (!closed) types.emplace_back(fhir::name_of(type));
  }
  return types;
}

}  // namespace

Hints::Hints(const settings::AgentConfig& agent, const std::string& secret, monitor::Wake& wake)
    : config_(*agent.ehr.subscribe),
      path_("/hint/" + secret),
      endpoint_(config_.url + path_),
      look_every_ms_(std::min<std::int64_t>(kHour / 6, 10 * std::chrono::milliseconds(agent.poll.every).count())),
      wake_(wake) {}

/// A proxy before us may put something before the path, so what follows the address that was given out counts as well.
void Hints::listen() {
  const auto take = [this]() -> monitor::Reply {
    wake_.hint();
    return {204, "text/plain; charset=utf-8", ""};
  };
  monitor::Pages pages;
  pages.post[path_] = take;
  const std::size_t after_host = config_.url.find('/', config_.url.find("://") + 3);
  if (after_host != std::string::npos) pages.post[config_.url.substr(after_host) + path_] = take;
  auto listener = monitor::Listener::open(config_.listen, std::move(pages));
  listen_error_ = listener ? "" : "ehr.subscribe: " + listener.error().message;
  if (listener) listener_ = std::move(*listener);
}

Result<void> Hints::subscribe(LiveAgent& agent, Instant now) {
  const auto types = types_to_watch(agent);
  if (!types) return tl::unexpected(types.error());
  const auto found = agent.client().subscriptions(endpoint_);
  if (!found) return tl::unexpected(found.error());
  const auto plan = fhir::plan_subscriptions(*found, *types, endpoint_, {now.ms + kRenewBefore}, {now.ms + kLife});
  Result<void> done;
  for (const fhir::Subscription& one : plan.ask) {
    auto asked = agent.client().ask_for(one);
    if (!asked && done) done = std::move(asked);
  }
  for (const std::string& id : plan.end) {
    auto ended = agent.client().end_subscription(id);
    if (!ended && done) done = std::move(ended);
  }
  return done;
}

void Hints::tend(LiveAgent& agent, Instant now) {
  if (!listener_) listen();
  if (!listener_) return;
  // A clock that was set back must not put the next look off.
  if (looked_ && subscribed_ && now.ms >= looked_->ms && now.ms - looked_->ms < look_every_ms_) return;
  looked_ = now;
  const auto done = subscribe(agent, now);
  subscribed_ = done.has_value();
  error_ = done ? "" : done.error().message;
}

}  // namespace trialflag::app
