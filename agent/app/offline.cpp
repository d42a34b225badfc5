#include "agent/app/offline.h"

#include <CLI/CLI.hpp>
#include <ostream>
#include <system_error>

#include "agent/app/shipped.h"
#include "agent/settings/trial_file.h"

namespace trialflag::app {
namespace {

namespace fs = std::filesystem;

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

fs::path file_of(const settings::TrialEntry& entry) {
  return entry.file.empty() ? shipped_trial(entry.id) : entry.file;
}

bool is_named(const settings::TrialEntry& entry, const std::string& name) {
  return entry.id == name || entry.file.stem() == name;
}

}  // namespace

std::optional<settings::ScreeningConfig> offline_config(Context& context) {
  if (context.config_file.empty()) return settings::ScreeningConfig{};
  settings::Flaws flaws(context.config_file);
  auto config = settings::load_screening_config(context.config_file, flaws);
  for (const std::string& line : flaws.lines()) context.err << line << '\n';
  return config;
}

std::shared_ptr<const mappings::Tables> load_tables(const settings::ScreeningConfig& config, Context& context) {
  std::vector<mappings::TableFlaw> flaws;
  const auto tables = mappings::Tables::load(shipped_tables(), config.mappings, flaws);
  for (const mappings::TableFlaw& flaw : flaws) {
    context.err << flaw.file;
    if (flaw.line > 0) context.err << ':' << flaw.line;
    context.err << ": " << flaw.problem << '\n';
  }
  if (tables) return *tables;
  if (flaws.empty()) context.err << tables.error().message << '\n';
  return nullptr;
}

Result<fs::path> find_trial(const std::string& name, const settings::ScreeningConfig& config) {
  if (name.empty()) {
    if (config.trials.size() == 1) return file_of(config.trials.front());
    return fail(ErrorCode::invalid_config, "name the trial with --trial ID (of the configuration, or shipped) or --trial FILE");
  }
  for (const settings::TrialEntry& entry : config.trials)
    if (is_named(entry, name)) return file_of(entry);
  if (fs::path shipped = shipped_trial(name); !shipped.empty()) return shipped;
  if (is_file(name)) return fs::path(name);
  return fail(ErrorCode::invalid_config, "there is no trial \"" + name + "\": neither configured, nor shipped, nor a file");
}

std::shared_ptr<const eligibility::Trial> load_named_trial(const std::string& name, const settings::ScreeningConfig& config,
                                                           const mappings::Tables& tables, Context& context, std::string_view language) {
  const auto file = find_trial(name, config);
  if (!file) {
    context.err << "trialflag: " << file.error().message << '\n';
    return nullptr;
  }
  std::vector<std::string> flaws;
  const auto trial = settings::load_trial(*file, tables, flaws, language);
  for (const std::string& flaw : flaws) context.err << flaw << '\n';
  if (trial) return *trial;
  if (flaws.empty()) context.err << trial.error().message << '\n';
  return nullptr;
}

void add_language_option(CLI::App& command, std::string& language) {
  const std::vector<std::string> known(eligibility::kLanguages.begin(), eligibility::kLanguages.end());
  command.add_option("--language", language, "of what people read: en, zh or de (default: the configuration's, else en)")
      ->check(CLI::IsMember(known));
}

}  // namespace trialflag::app
