// Files into the state, and stored charts once more under other ids.
#include "agent/intake/intake.h"
#include "agent/screening/chart_blob.h"
#include "tests/bench/measure.h"

namespace trialflag::bench {

Result<void> ingest(const Wish& wish) {
  const double cpu = cpu_seconds(), wall = wall_seconds();
  auto state = open_state(wish);
  if (!state) return tl::unexpected(state.error());
  intake::Report report;
  auto opened = intake::Intake::open(wish.input, {}, report);
  if (!opened) return tl::unexpected(opened.error());
  std::uint64_t patients = 0, records = 0, bytes = 0;
  Arena arena;
  screening::Chart chart;
  while (opened->next(chart, arena, report)) {
    const screening::PatientStep step = step_of(chart);
    if (auto kept = (*state)->commit(step); !kept) return kept;
    ++patients;
    records += chart.records.size();
    bytes += step.chart->blob.size();
  }
  if (patients == 0) return fail(ErrorCode::not_found, "no patient is on file");
  Line()
      .add("patients", patients)
      .add("records", records)
      .add("chart_bytes", bytes)
      .add("cpu_s", std::vector{cpu_seconds() - cpu})
      .add("wall_s", wall_seconds() - wall)
      .add("peak_mb", peak_memory_mb())
      .print();
  return {};
}

Result<void> copy(const Wish& wish) {
  auto state = open_state(wish);
  if (!state) return tl::unexpected(state.error());
  const auto ids = (*state)->ids_of(fhir::ResourceType::patient);
  if (!ids) return tl::unexpected(ids.error());
  Arena arena;
  for (const std::string& id : *ids) {
    const auto bytes = (*state)->chart({id});
    if (!bytes || !*bytes) return fail(ErrorCode::storage, "a stored chart cannot be read");
    arena.reset();
    auto chart = screening::decode_chart(**bytes, arena);
    if (!chart) return tl::unexpected(chart.error());
    for (int number = 1; number < wish.copies; ++number) {
      chart->reference = "Patient/" + id + "-" + std::to_string(number);
      screening::PatientStep step = step_of(*chart);
      step.chart->resources.clear();  // whose record is whose is not asked of a copy
      if (auto kept = (*state)->commit(step); !kept) return kept;
    }
  }
  Line().add("patients", static_cast<std::uint64_t>(ids->size()) * static_cast<std::uint64_t>(wish.copies)).print();
  return {};
}

}  // namespace trialflag::bench
