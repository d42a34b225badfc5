#include "fhir/client/pace.h"

#include <algorithm>

namespace trialflag::fhir {
namespace {

thread_local Pace::Millis g_waited{0};

}  // namespace

Pace::Pace(int requests_per_minute) {
  if (requests_per_minute <= 0) return;
  const int at_once = std::max(1, requests_per_minute / 10);
  const int steady = requests_per_minute - at_once + 1;
  each_ = std::chrono::microseconds((60'000'000 + steady - 1) / steady);
  at_once_ = each_ * at_once;
}

Pace::Millis Pace::take(Moment now) {
  if (each_.count() == 0) return Millis(0);
  const std::scoped_lock lock(mutex_);
  next_ = std::max(next_, now) + each_;
  const Moment may = next_ - at_once_;
  return may <= now ? Millis(0) : std::chrono::ceil<Millis>(may - now);
}

bool Pace::wait(const std::stop_token& stop) {
  const Millis pause = take(std::chrono::steady_clock::now());
  if (pause.count() == 0) return !stop.stop_requested();
  const auto began = std::chrono::steady_clock::now();
  std::mutex mutex;
  std::condition_variable_any woken;
  std::unique_lock lock(mutex);
  woken.wait_for(lock, stop, pause, [] { return false; });
  g_waited += std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - began);
  return !stop.stop_requested();
}

Pace::Millis Pace::of_this_thread() {
  return g_waited;
}

}  // namespace trialflag::fhir
