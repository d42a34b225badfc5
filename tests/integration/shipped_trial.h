// The first trial over the shipped tables, as the agent screens it; loaded once for all tests of a program.
#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/screening/screener.h"
#include "agent/settings/trial_file.h"
#include "mappings/tables.h"

namespace trialflag::testing {

inline std::shared_ptr<const mappings::Tables> shipped_tables() {
  static const std::shared_ptr<const mappings::Tables> kTables = [] {
    std::vector<mappings::TableFlaw> flaws;
    const auto tables = mappings::Tables::load(std::filesystem::path(TRIALFLAG_SOURCE_DIR) / "mappings/tables", {}, flaws);
    REQUIRE(tables);
    return *tables;
  }();
  return kTables;
}

inline std::shared_ptr<const screening::Screener> shipped_screener(const Zone& zone = Zone::utc()) {
  static std::map<std::string, std::shared_ptr<const screening::Screener>> screeners;
  auto& screener = screeners[zone.name()];
  if (!screener) {
    std::vector<std::string> flaws;
    const auto file = std::filesystem::path(TRIALFLAG_SOURCE_DIR) / "config/trials/NCT07230171.yaml";
    const auto trial = settings::load_trial(file, *shipped_tables(), flaws);
    REQUIRE(trial);
    screener = std::make_shared<const screening::Screener>(shipped_tables(), *trial, zone);
  }
  return screener;
}

}  // namespace trialflag::testing
