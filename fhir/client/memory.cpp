#include "fhir/client/memory.h"

#include <unistd.h>

#include <fstream>

namespace trialflag::fhir {

std::uint64_t resident_bytes() {
  std::ifstream stream("/proc/self/statm");
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  stream >> all >> resident;
  return stream ? resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) : 0;
}

}  // namespace trialflag::fhir
