#include "agent/app/hints.h"

#include <algorithm>
#include <set>

namespace trialflag::app {
namespace {

constexpr std::int64_t kLife = 2 * kDay, kRenewBefore = kDay;

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

/// Ended by the EHR before its time: "off" is also what servers make of one that has run out.
bool ended(const fhir::Subscription& one, Instant now) {
  return (one.status == "error" || one.status == "off") && (!one.end || now < *one.end);
}

}  // namespace

Hints::Hints(const settings::AgentConfig& agent, const std::string& secret, monitor::Wake& wake)
    : config_(*agent.ehr.subscribe),
      path_("/hint/" + secret),
      endpoint_(config_.url + path_),
      look_every_ms_(std::min<std::int64_t>(kHour / 6, 10 * std::chrono::milliseconds(agent.poll.every).count())),
      pause_ms_(look_every_ms_),
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
  std::set<std::string> dead;
  for (const fhir::Subscription& one : *found)
    if (ended(one, now)) dead.insert(one.id);
  const auto plan = fhir::plan_subscriptions(*found, *types, endpoint_, {now.ms + kRenewBefore}, {now.ms + kLife});
  std::set<std::string> asked;
  for (const fhir::Subscription& one : plan.ask) {
    asked.insert(one.criteria);
    ask(agent.client(), one, dead.contains(one.id), now);
  }
  // What is alive, and has been for as long again as it was left alone, is well; so is what nobody wants any more.
  std::erase_if(held_, [&](const auto& entry) {
    const auto& [criteria, held] = entry;
    const bool wanted = std::find(types->begin(), types->end(), criteria.substr(0, criteria.find('?'))) != types->end();
    return !wanted || (!asked.contains(criteria) && (!held.ended || now.ms - held.since.ms >= 2 * held.pause_ms));
  });
  Result<void> done;  // one too many is no reason to leave the others alone for long
  for (const std::string& id : plan.end)
    if (const auto gone = agent.client().end_subscription(id); !gone && done) done = fail(ErrorCode::unavailable, gone.error().message);
  return done;
}

void Hints::ask(fhir::Client& client, const fhir::Subscription& one, bool ended, Instant now) {
  const auto held = held_.find(one.criteria);
  if (held != held_.end() && held->second.waits(now)) return;
  if (const auto asked = client.ask_for(one); !asked) {
    // One that cannot be renewed may be gone when it is looked for again, and then be made anew.
    const bool renewal = !one.id.empty();
    return hold(one.criteria, ended, renewal ? Error{ErrorCode::unavailable, asked.error().message} : asked.error(), now);
  }
  if (ended)
    return hold(one.criteria, true,
                {ErrorCode::unavailable,
                 "the EHR has set Subscriptions to error or off, as it does when it cannot reach the agent; it must be "
                 "able to call ehr.subscribe.url, " +
                     config_.url},
                now);
  if (held != held_.end() && !held->second.ended) held_.erase(held);
}

void Hints::hold(const std::string& criteria, bool ended, Error why, Instant now) {
  Held& held = held_[criteria];
  held = {now, pause_after(why, held.pause_ms), ended || held.ended, std::move(why)};
}

/// What a server refuses for good it is asked for again in a day; else after pauses that double up to an hour.
std::int64_t Hints::pause_after(const Error& error, std::int64_t before) const {
  if (error.code != ErrorCode::unavailable && error.code != ErrorCode::timeout && error.code != ErrorCode::internal) return kDay;
  return std::min(kHour, 2 * std::max(before, look_every_ms_));
}

void Hints::tend(LiveAgent& agent, Instant now) {
  if (!listener_) listen();
  if (!listener_) return;
  // A clock that was set back must not put the next look off.
  if (looked_ && now.ms >= looked_->ms && now.ms - looked_->ms < pause_ms_) return;
  looked_ = now;
  const auto done = subscribe(agent, now);
  pause_ms_ = done ? look_every_ms_ : pause_after(done.error(), pause_ms_);
  error_ = !done ? done.error().message : held_.empty() ? "" : held_.begin()->second.why.message;
  subscribed_ = error_.empty();
}

}  // namespace trialflag::app
