// How much memory the process holds: the bound on what the HTTP library reads before it shows anything of it (headers, a chunk).
#pragma once

#include <cstdint>

namespace trialflag::fhir {

/// Of this process, in bytes, as the kernel counts it; 0 when that cannot be read.
std::uint64_t resident_bytes();

/// Whether the process has grown by more than an exchange may need since this was made. For one thread.
class GrowthLimit {
 public:
  explicit GrowthLimit(std::uint64_t bytes) : most_(resident_bytes() + bytes) {}
  [[nodiscard]] bool exceeded() const { return resident_bytes() > most_; }

 private:
  std::uint64_t most_;
};

}  // namespace trialflag::fhir
