#include "agent/app/progress.h"

#include <algorithm>
#include <ostream>

namespace trialflag::app {
namespace {
constexpr std::int64_t kSilentMs = 1000, kRedrawMs = 100;
constexpr std::uint64_t kBarColumns = 40;
}  // namespace

void ProgressBar::show(const std::string& what, std::uint64_t done, std::uint64_t total) {
  if (!enabled_) return;
  const Instant now = clock_.now();
  if (now.ms - begun_.ms < kSilentMs || now.ms - last_.ms < kRedrawMs) return;
  last_ = now;
  drawn_ = true;
  out_ << '\r' << what << ' ';
  if (total > 0) {
    const std::uint64_t filled = std::min(done, total) * kBarColumns / total;
    out_ << '[' << std::string(filled, '#') << std::string(kBarColumns - filled, '.') << "] " << std::min(done, total) * 100 / total
         << " %";
  } else {
    out_ << done;
  }
  out_ << "\x1b[K" << std::flush;
}

void ProgressBar::wipe() {
  if (!drawn_) return;
  out_ << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

}  // namespace trialflag::app
