// A progress bar on the terminal for what takes more than a second.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "agent/base/clock.h"

namespace trialflag::app {

/// Draws on `out`, one line that is rewritten and at last wiped. Silent when not `enabled`. Not thread-safe.
class ProgressBar {
 public:
  ProgressBar(std::ostream& out, bool enabled, const Clock& clock) : out_(out), clock_(clock), enabled_(enabled), begun_(clock.now()) {}
  ~ProgressBar() { wipe(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// `total` 0: not known.
  void show(const std::string& what, std::uint64_t done, std::uint64_t total);
  /// Clears the line, so that something else can be written.
  void wipe();

 private:
  std::ostream& out_;
  const Clock& clock_;
  bool enabled_, drawn_ = false;
  Instant begun_, last_;
};

}  // namespace trialflag::app
