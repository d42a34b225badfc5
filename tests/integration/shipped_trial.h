// The first trial over the shipped tables, as the agent screens it; loaded once for all tests of a program.
#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "agent/screening/screener.h"
#include "agent/settings/trial_file.h"
#include "mappings/tables.h"

namespace trialflag::testing {

inline std::shared_ptr<const screening::Screener> shipped_screener() {
  static const std::shared_ptr<const screening::Screener> kScreener = [] {
    const std::filesystem::path root = TRIALFLAG_SOURCE_DIR;
    std::vector<mappings::TableFlaw> table_flaws;
    std::vector<std::string> flaws;
    const auto tables = mappings::Tables::load(root / "mappings/tables", {}, table_flaws);
    REQUIRE(tables);
    const auto trial = settings::load_trial(root / "config/trials/NCT07230171.yaml", **tables, flaws);
    REQUIRE(trial);
    return std::make_shared<const screening::Screener>(*tables, *trial, Zone::utc());
  }();
  return kScreener;
}

}  // namespace trialflag::testing
