// Where the trials and tables that come with the program lie.
#pragma once

#include <filesystem>
#include <string_view>

namespace trialflag::app {

/// The folder of config/ and mappings/: of an installed program those installed with it (PREFIX/bin and PREFIX/share/trialflag), of a built
/// one those of its checkout while that exists.
std::filesystem::path shipped_root();
/// The folder of the shipped code and word tables.
std::filesystem::path shipped_tables();
/// The file of a shipped trial by its id; empty when there is none of that id.
std::filesystem::path shipped_trial(std::string_view id);

}  // namespace trialflag::app
