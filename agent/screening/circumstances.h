// What a verdict depends on beside the chart and the clock.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "agent/screening/ports.h"
#include "agent/screening/screener.h"

namespace trialflag::screening {

/// The types that demote: interface.md section 3, "Types" (circumstances.cpp).
TypeSet blind_types(const std::vector<TypeState>& states, const std::vector<fhir::ResourceType>& polled, Instant now,
                    std::chrono::milliseconds stale_after);
/// A function of all that a verdict, and who is told of it, depends on beside chart and clock. `closed`: why the trial takes nobody.
std::string screened_under(const Screener& screener, const TypeSet& blind, bool sends, const std::string& closed = {});
/// A function of all that decides who is a candidate at all.
std::string basis_of(const std::vector<std::shared_ptr<const Screener>>& screeners);

}  // namespace trialflag::screening
