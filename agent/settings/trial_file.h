// A trial file → the trial that the engine reads. Strict: an unknown key, concept or outcome is a flaw that names the nearest known one.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "agent/base/result.h"
#include "agent/eligibility/trial.h"
#include "mappings/tables.h"

namespace trialflag::settings {

/// Loads a trial file (config/README.md describes it). Every flaw is appended to `flaws` as "FILE:LINE: problem; remedy"; with any flaw the
/// result fails with invalid_config. The trial is valid for these tables alone. `language` picks labels and questions; English stands in
/// for what a file does not say in it.
Result<std::shared_ptr<const eligibility::Trial>> load_trial(const std::filesystem::path& path, const mappings::Tables& tables,
                                                             std::vector<std::string>& flaws, std::string_view language = "en");

/// The same from a text that was kept. `name` stands for the file in messages.
Result<std::shared_ptr<const eligibility::Trial>> load_trial_text(const std::string& text, const std::string& name,
                                                                  const mappings::Tables& tables, std::vector<std::string>& flaws,
                                                                  std::string_view language = "en");

}  // namespace trialflag::settings
