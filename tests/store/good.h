// What tests of the store begin with: results that must be good, and what a verdict is decided in.
#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <utility>

#include "agent/base/result.h"
#include "agent/screening/ledger.h"
#include "agent/store/state.h"
#include "tests/support/temporary_folder.h"

namespace trialflag::testing {

template <typename T>
T good(Result<T> result) {
  if (!result) FAIL(result.error().message);
  return std::move(*result);
}
inline void good(const Result<void>& result) {
  if (!result) FAIL(result.error().message);
}

inline std::filesystem::path state_in(const TemporaryFolder& folder) {
  return std::filesystem::path(folder.path()) / "state";
}

inline const store::Identity kHere{"here", "https://ehr.example/fhir"};

inline std::unique_ptr<store::State> open(const TemporaryFolder& folder, const store::Identity& identity = kHere) {
  return good(store::State::open(state_in(folder), identity));
}

/// Of the site "here", with one recipient.
inline screening::LedgerContext context() {
  screening::LedgerContext context;
  context.site = "here";
  context.now = {5000};
  context.recipients = {{"li", "Dr Li", "li@h.example", "en", {}, true, true}};
  return context;
}

}  // namespace trialflag::testing
