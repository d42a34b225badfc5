// Files of a hospital in, charts out, one patient at a time: what `trialflag screen` reads (criteria.md 2.1, 2.2).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/arena.h"
#include "agent/base/result.h"
#include "agent/intake/report.h"
#include "agent/screening/chart.h"

namespace trialflag::intake {

struct Options {
  screening::TypeSet incomplete;  ///< types that the caller knows to be incomplete for everyone
  /// Told now and then while the files are read: bytes read, and bytes in all (0 when standard input is among them).
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;
};

/// Holds an index of the input; of the resources themselves no more than those of one patient are in memory. Not thread-safe.
class Intake {
 public:
  /// Reads every input once: a Bundle or resource (.json), NDJSON (.ndjson, .jsonl), either gzipped, folders of these, "-" for standard
  /// input. Bad input is never a failure: it is named in `report` and the rest is read. Fails with storage when no temporary file can be
  /// written.
  static Result<Intake> open(const std::vector<std::string>& inputs, const Options& options, Report& report);

  Intake(Intake&&) noexcept;
  ~Intake();

  /// How many patients are on file. 0: nothing was readable.
  [[nodiscard]] std::size_t patient_count() const;

  /// Restricts next() to one patient: "p1", "Patient/p1", or a reference as a chart shows it; of one that was replaced the survivor. With
  /// colliding ids all who bear it. False when nobody of that name is on file.
  bool only(std::string_view patient);

  /// Fills `chart` with the next patient, in byte order of references; false after the last. Resets `arena` first: the chart's views point
  /// into it. What cannot be decoded is quarantined in `report` and its type counts as incomplete for this patient.
  bool next(screening::Chart& chart, Arena& arena, Report& report);

 private:
  struct State;
  explicit Intake(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace trialflag::intake
