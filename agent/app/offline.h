// What the commands that work without an EHR share: the trial, the tables and the zone that are in force.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/app/command.h"
#include "agent/base/result.h"
#include "agent/base/time.h"
#include "agent/eligibility/trial.h"
#include "agent/settings/agent_config.h"
#include "mappings/tables.h"

namespace trialflag::app {

/// The configuration's trials, zone and overlays where there is one, else nothing but defaults. nullopt: it has flaws, told on stderr.
std::optional<settings::ScreeningConfig> offline_config(Context& context);

/// The shipped tables under the configured overlays. nullptr: they have flaws, told on stderr.
std::shared_ptr<const mappings::Tables> load_tables(const settings::ScreeningConfig& config, Context& context);

/// The file of the trial that `name` means: the id of a configured trial, of a shipped one, or a file. An empty name means the only trial
/// of the configuration. invalid_config when there is none.
Result<std::filesystem::path> find_trial(const std::string& name, const settings::ScreeningConfig& config);

/// The trial that `name` means, with its words in `language`. nullptr: the file has flaws, told on stderr.
std::shared_ptr<const eligibility::Trial> load_named_trial(const std::string& name, const settings::ScreeningConfig& config,
                                                           const mappings::Tables& tables, Context& context,
                                                           std::string_view language = "en");

/// The option --language.
void add_language_option(CLI::App& command, std::string& language);

}  // namespace trialflag::app
