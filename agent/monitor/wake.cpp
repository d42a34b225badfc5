#include "agent/monitor/wake.h"

#include <algorithm>

namespace trialflag::monitor {

void Wake::hint() {
  {
    const std::scoped_lock lock(mutex_);
    ++counts_.hints;
    hinted_ = true;
  }
  changed_.notify_all();
}

Wake::Why Wake::wait(Millis every, const std::stop_token& stop) {
  const auto due = Steady::now() + every;
  std::unique_lock lock(mutex_);
  Why why = Why::due;
  while (!stop.stop_requested()) {
    const auto now = Steady::now();
    if (now >= due) break;
    if (hinted_ && now >= early_from_) {
      early_from_ = now + at_most_every_;
      ++counts_.early;
      why = Why::hint;
      break;
    }
    const bool was_hinted = hinted_;
    changed_.wait_until(lock, stop, was_hinted ? std::min(due, early_from_) : due, [&] { return hinted_ != was_hinted; });
  }
  hinted_ = false;
  return stop.stop_requested() ? Why::stop : why;
}

Wake::Counts Wake::counts() const {
  const std::scoped_lock lock(mutex_);
  return counts_;
}

}  // namespace trialflag::monitor
