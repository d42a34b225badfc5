#include "agent/app/shipped.h"

#include <string>
#include <system_error>

namespace trialflag::app {

namespace fs = std::filesystem;

fs::path shipped_root() {
  std::error_code error;
  const fs::path checkout = TRIALFLAG_SOURCE_DIR;
  const bool whole = fs::is_directory(checkout / "config" / "trials", error) && fs::is_directory(checkout / "mappings" / "tables", error);
  return whole ? checkout : fs::path(TRIALFLAG_DATA_DIR);
}

fs::path shipped_tables() {
  return shipped_root() / "mappings" / "tables";
}

fs::path shipped_trial(std::string_view id) {
  if (id.empty() || id.find_first_of("/\\") != std::string_view::npos || id.front() == '.') return {};
  const fs::path file = shipped_root() / "config" / "trials" / (std::string(id) + ".yaml");
  std::error_code error;
  return fs::is_regular_file(file, error) ? file : fs::path();
}

}  // namespace trialflag::app
