#include "agent/app/shipped.h"

#include <string>
#include <system_error>

namespace trialflag::app {

namespace fs = std::filesystem;

namespace {

bool holds_both(const fs::path& root) {
  std::error_code error;
  return fs::is_directory(root / "config" / "trials", error) && fs::is_directory(root / "mappings" / "tables", error);
}

}  // namespace

fs::path shipped_root() {
  std::error_code error;
  const fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  const fs::path beside = folder.parent_path() / "share" / "trialflag";
  // First what was installed with this program: else whoever can write where it was once built could hand it other trials and tables.
  if (folder.filename() == "bin" && holds_both(beside)) return beside;
  const fs::path checkout = TRIALFLAG_SOURCE_DIR;
  return holds_both(checkout) ? checkout : fs::path(TRIALFLAG_DATA_DIR);
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
