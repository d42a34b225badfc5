// Files into the state, and stored charts once more under other ids.
#include "agent/eligibility/trial.h"
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
  bool more = true;
  const auto some = [&]() -> Result<void> {
    constexpr std::size_t kTogether = 100;
    for (std::size_t i = 0; i < kTogether && (more = opened->next(chart, arena, report)); ++i) {
      const screening::PatientStep step = step_of(chart);
      if (auto kept = (*state)->commit(step); !kept) return kept;
      ++patients;
      records += chart.records.size();
      bytes += step.chart->blob.size();
    }
    return {};
  };
  while (more)
    if (auto kept = (*state)->together(some); !kept) return kept;
  if (patients == 0) return fail(ErrorCode::not_found, "no patient is on file");
  // The index of who holds which record is written when it is first asked: that belongs to the price.
  if (auto asked = (*state)->patients_of({fhir::ResourceType::observation, "none"}); !asked) return tl::unexpected(asked.error());
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

Result<void> map(const Wish& wish) {
  const auto at = as_of(wish);
  const auto screener = load_screener(wish);
  if (!at || !screener) return tl::unexpected(at ? screener.error() : at.error());
  auto state = open_state(wish);
  if (!state) return tl::unexpected(state.error());
  const auto ids = (*state)->ids_of(fhir::ResourceType::patient);
  if (!ids) return tl::unexpected(ids.error());
  Screening screening(**screener, *at);
  Arena arena;
  std::uint64_t bytes = 0;
  const double before = cpu_seconds();
  for (const std::string& id : *ids) {
    const auto blob = (*state)->chart({id});
    if (!blob || !*blob) return fail(ErrorCode::storage, "a stored chart cannot be read");
    arena.reset();
    const auto chart = screening::decode_chart(**blob, arena);
    if (!chart) return tl::unexpected(chart.error());
    screening::PatientStep step;
    step.patient = {id};
    step.candidate = true;
    step.verdicts.push_back(screening.row_of(*chart));
    bytes += step.verdicts.front().facts->bytes.judged.size();
    if (auto kept = (*state)->commit(step); !kept) return kept;
  }
  Line()
      .add("patients", static_cast<std::uint64_t>(ids->size()))
      .add("facts_bytes", bytes)
      .add("cpu_s", std::vector{cpu_seconds() - before})
      .add("peak_mb", peak_memory_mb())
      .print();
  return {};
}

Result<void> copy(const Wish& wish) {
  const auto screener = load_screener(wish);
  if (!screener) return tl::unexpected(screener.error());
  auto state = open_state(wish);
  if (!state) return tl::unexpected(state.error());
  const auto ids = (*state)->ids_of(fhir::ResourceType::patient);
  if (!ids) return tl::unexpected(ids.error());
  Arena arena;
  for (const std::string& id : *ids) {
    const auto bytes = (*state)->chart({id});
    if (!bytes || !*bytes) return fail(ErrorCode::storage, "a stored chart cannot be read");
    arena.reset();
    const auto chart = screening::decode_chart(**bytes, arena);
    if (!chart) return tl::unexpected(chart.error());
    const screening::TrialId trial{(*screener)->trial().id};
    const auto facts = (*state)->facts(trial, {id});
    if (!facts || !*facts) return fail(ErrorCode::storage, "what a stored chart says cannot be read");
    const screening::PatientStep original = step_of(*chart);
    screening::PatientStep step = original;
    step.verdicts.push_back({trial, "", (*screener)->mapped_under(), std::nullopt, "{}", **facts});
    for (int number = 1; number < wish.copies; ++number) {
      const std::string suffix = "-" + std::to_string(number);
      step.patient = {id + suffix};
      step.chart->resources.clear();
      if (wish.indexed)
        for (const auto& resource : original.chart->resources) step.chart->resources.push_back({resource.type, resource.id + suffix});
      if (auto kept = (*state)->commit(step); !kept) return kept;
    }
  }
  Line().add("patients", static_cast<std::uint64_t>(ids->size()) * static_cast<std::uint64_t>(wish.copies)).print();
  return {};
}

}  // namespace trialflag::bench
