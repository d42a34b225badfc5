// YAML, agent.yaml and trial files: any bytes are taken; a file is read, or its flaws are told, never both and never neither. The first
// line says which it is: "trial", or anything else for the configuration.
#include <filesystem>

#include "agent/settings/agent_config.h"
#include "agent/settings/trial_file.h"
#include "agent/settings/yaml.h"
#include "tests/fuzz/target.h"
#include "tests/support/temporary_folder.h"

using namespace trialflag;
using fuzz::require;

namespace {

void read_config(const std::string& file) {
  settings::Flaws flaws(file);
  const auto config = settings::load_agent_config(file, flaws);
  require(config.has_value() == flaws.empty(), "a configuration is read or has a flaw");
  for (const settings::Flaw& flaw : flaws.sorted()) require(flaw.line >= 0 && !flaw.problem.empty(), "a flaw has a problem");
  if (config) require(!settings::describe(*config).empty(), "a configuration is told");
  settings::Flaws fewer(file);
  static_cast<void>(settings::load_screening_config(file, fewer));
}

void read_trial(const std::string& file) {
  static const auto tables = [] {
    std::vector<mappings::TableFlaw> flaws;
    return *mappings::Tables::load(std::filesystem::path(TRIALFLAG_SOURCE_DIR) / "mappings" / "tables", {}, flaws);
  }();
  std::vector<std::string> flaws;
  const auto trial = settings::load_trial(file, *tables, flaws);
  require(trial.has_value() == flaws.empty(), "a trial is read or has a flaw");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const TemporaryFolder folder;
  std::string_view text = fuzz::text_of(bytes, size);
  const bool is_trial = fuzz::take_line(text) == "trial";
  settings::Flaws flaws("fuzz.yaml");
  const auto tree = settings::parse_yaml(text, flaws);
  require(tree.has_value() == flaws.empty(), "a document is read or has a flaw");
  if (!tree) return 0;
  const std::string file = folder.write("fuzz.yaml", text);
  is_trial ? read_trial(file) : read_config(file);
  return 0;
}
