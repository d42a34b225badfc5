#include "fhir/client/breaker.h"

#include <algorithm>

namespace trialflag::fhir {
namespace {

using Millis = Breaker::Millis;

/// How often those ask again who wait for another's probe.
constexpr Millis kWhileProbing{100};

/// At least a millisecond, so that a wait never reads as a permit.
Millis until(Breaker::Moment moment, Breaker::Moment now) {
  return std::chrono::ceil<Millis>(moment - now);
}

}  // namespace

Breaker::Permit Breaker::ask(const std::string& origin, Moment now) {
  const std::scoped_lock lock(mutex_);
  State& state = states_[origin];
  if (state.held_until > now) return {until(state.held_until, now), false, true};
  if (!state.open) return {};
  if (state.open_until > now) return {until(state.open_until, now), false, false};
  if (state.probing) return {kWhileProbing, false, false};
  state.probing = true;
  return {Millis(0), true, false};
}

void Breaker::succeeded(const std::string& origin) {
  const std::scoped_lock lock(mutex_);
  State& state = states_[origin];
  const Moment held_until = state.held_until;
  state = State();
  state.held_until = held_until;
}

void Breaker::failed(const std::string& origin, Moment now) {
  const std::scoped_lock lock(mutex_);
  State& state = states_[origin];
  if (!state.open && ++state.failures < rules_.opens_after) return;
  // Whoever was under way when it opened says nothing new.
  if (state.open && !state.probing) return;
  state.pause = state.open ? std::min(2 * state.pause, rules_.longest_pause) : rules_.pause;
  state.open = true;
  state.probing = false;
  state.open_until = now + state.pause;
}

void Breaker::abandoned(const std::string& origin) {
  const std::scoped_lock lock(mutex_);
  states_[origin].probing = false;
}

int Breaker::open_count(Moment now) {
  const std::scoped_lock lock(mutex_);
  return static_cast<int>(
      std::count_if(states_.begin(), states_.end(), [&](const auto& state) { return state.second.open || state.second.held_until > now; }));
}

void Breaker::hold(const std::string& origin, Moment until) {
  const std::scoped_lock lock(mutex_);
  State& state = states_[origin];
  state.held_until = std::max(state.held_until, until);
}

}  // namespace trialflag::fhir
