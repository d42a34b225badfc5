// What tests of the store begin with: results that must be good, and what a verdict is decided in.
#pragma once

#include <catch2/catch.hpp>
#include <utility>

#include "agent/base/result.h"
#include "agent/screening/ledger.h"

namespace trialflag::testing {

template <typename T>
T good(Result<T> result) {
  if (!result) FAIL(result.error().message);
  return std::move(*result);
}
inline void good(const Result<void>& result) {
  if (!result) FAIL(result.error().message);
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
