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
/// When any type was read whole last, if before `now`: a state without its agent is judged as of then, for it has not aged by lying about.
Instant last_reading(const std::vector<TypeState>& states, Instant now);

/// What decides who is told of a trial's flags.
struct Telling {
  bool sends = true, gated = false;
  bool of_eligible = false, of_review = false;  ///< whether anybody wants to hear of such a flag
  std::string closed = {};                      ///< why the trial takes nobody
};
/// A function of all that a verdict, and who is told of it, depends on beside chart and clock.
std::string screened_under(const Screener& screener, const TypeSet& blind, const Telling& telling);
/// A function of all that decides who is a candidate at all.
std::string basis_of(const std::vector<std::shared_ptr<const Screener>>& screeners);

}  // namespace trialflag::screening
