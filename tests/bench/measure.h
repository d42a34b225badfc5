// What every phase needs: processor time, memory, the screener that a wish names, one line of JSON.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/screening/ports.h"
#include "agent/screening/screener.h"
#include "agent/store/state.h"
#include "tests/bench/phases.h"

namespace trialflag::bench {

/// Processor seconds of this process so far, user and system.
double cpu_seconds();
/// Seconds of a clock that only runs forward.
double wall_seconds();
double peak_memory_mb();

/// Processor seconds that `work` took.
template <std::invocable Work>
double cpu_of(Work work) {
  const double before = cpu_seconds();
  work();
  return cpu_seconds() - before;
}

/// The member of `sorted` below which `part` of all lie.
double quantile(const std::vector<double>& sorted, double part);

Result<std::shared_ptr<const screening::Screener>> load_screener(const Wish& wish);
Result<std::unique_ptr<store::State>> open_state(const Wish& wish);
Result<Instant> as_of(const Wish& wish);

/// The step that stores a chart whole, candidate or not.
screening::PatientStep step_of(const screening::Chart& chart);

/// Charts → what the state keeps of a screened patient. Not thread-safe; the screener must outlive it.
class Screening {
 public:
  Screening(const screening::Screener& screener, Instant at) : screener_(screener), sitting_(screener), at_(at) {}
  /// The verdict on a chart with its record as JSON, and the mapped facts that it rests on.
  screening::VerdictRow row_of(const screening::Chart& chart);

 private:
  const screening::Screener& screener_;
  screening::Sitting sitting_;
  Instant at_;
  std::vector<screening::Remark> remarks_;
};

/// One JSON object on a line of stdout.
class Line {
 public:
  Line& add(std::string_view name, double value);
  Line& add(std::string_view name, std::uint64_t value);
  Line& add(std::string_view name, const std::string& text);
  Line& add(std::string_view name, const std::vector<double>& values);
  void print();

 private:
  void name(std::string_view name);
  std::string text_ = "{";
};

}  // namespace trialflag::bench
