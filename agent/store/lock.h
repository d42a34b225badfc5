// The lock that whoever runs on a state, or replaces it, holds.
#pragma once

#include <filesystem>
#include <utility>

#include "agent/base/result.h"

namespace trialflag::store {

class StateLock {
 public:
  /// unavailable when another process has it, storage when it cannot be made. It ends with the process, however that ends.
  static Result<StateLock> take(const std::filesystem::path& folder);
  StateLock(StateLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  StateLock(const StateLock&) = delete;
  StateLock& operator=(const StateLock&) = delete;
  StateLock& operator=(StateLock&&) = delete;
  ~StateLock();

 private:
  explicit StateLock(int file) : file_(file) {}
  int file_;
};

}  // namespace trialflag::store
