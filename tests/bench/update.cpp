// One new Observation of one patient, from its text to a durable verdict: the stored chart, the record, the verdict, one transaction.
#include <algorithm>

#include "agent/json/value.h"
#include "agent/screening/chart_blob.h"
#include "fhir/decode.h"
#include "tests/bench/measure.h"

namespace trialflag::bench {
namespace {

/// An HbA1c of that patient, another one each round.
std::string observation(const std::string& patient, int round) {
  const std::string number = std::to_string(round);
  return R"({"resourceType":"Observation","id":"new-)" + number +
         R"(","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"4548-4","display":"Hemoglobin A1c"}]},)"
         R"("subject":{"reference":"Patient/)" +
         patient +
         R"("},"effectiveDateTime":"2021-03-30T10:00:00Z","issued":"2021-03-30T10:00:00Z",)"
         R"("valueQuantity":{"value":)" +
         std::to_string(5 + round % 60 / 10) + "." + std::to_string(round % 10) +
         R"(,"unit":"%","system":"http://unitsofmeasure.org","code":"%"}})";
}

class Updater {
 public:
  Updater(const screening::Screener& screener, store::State& state, Instant at) : screening_(screener, at), state_(state) {}

  Result<void> take(const std::string& patient, const std::string& text) {
    if (!document_.parse(text)) return fail(ErrorCode::malformed_data, "the new record is no JSON");
    const auto bytes = state_.chart({patient});
    if (!bytes || !*bytes) return fail(ErrorCode::storage, "a stored chart cannot be read");
    arena_.reset();
    auto chart = screening::decode_chart(**bytes, arena_);
    if (!chart) return tl::unexpected(chart.error());
    fhir::Issues issues;
    chart->records.push_back(fhir::decode_record(document_.root(), {}, arena_, issues));
    if (!issues.empty()) return fail(ErrorCode::malformed_data, "the new record has a flaw");
    screening::PatientStep step = step_of(*chart);
    step.verdicts.push_back(screening_.row_of(*chart));
    return state_.commit(step);
  }

 private:
  Screening screening_;
  store::State& state_;
  json::Document document_;
  Arena arena_;
};

}  // namespace

Result<void> update(const Wish& wish) {
  const auto at = as_of(wish);
  const auto screener = load_screener(wish);
  if (!at || !screener) return tl::unexpected(at ? screener.error() : at.error());
  auto state = open_state(wish);
  if (!state) return tl::unexpected(state.error());
  const auto ids = (*state)->ids_of(fhir::ResourceType::patient);
  if (!ids || ids->empty()) return fail(ErrorCode::not_found, "nobody is in the state");
  constexpr std::size_t kStride = 7919;  // a prime: one patient after the other, all over the table
  Updater updater(**screener, **state, *at);
  std::vector<double> walls, cpus;
  const double before = cpu_seconds();
  for (int round = 0; round < wish.rounds; ++round) {
    const std::string& patient = (*ids)[static_cast<std::size_t>(round) * kStride % ids->size()];
    const std::string text = observation(patient, round);
    const double wall = wall_seconds(), cpu = cpu_seconds();
    if (auto taken = updater.take(patient, text); !taken) return taken;
    walls.push_back(1000 * (wall_seconds() - wall));
    cpus.push_back(1000 * (cpu_seconds() - cpu));
  }
  const double spent = cpu_seconds() - before;
  std::sort(walls.begin(), walls.end());
  std::sort(cpus.begin(), cpus.end());
  Line()
      .add("rounds", static_cast<std::uint64_t>(wish.rounds))
      .add("cpu_s", std::vector{spent})
      .add("p50_cpu_ms", quantile(cpus, 0.5))
      .add("p99_cpu_ms", quantile(cpus, 0.99))
      .add("p50_ms", quantile(walls, 0.5))
      .add("p99_ms", quantile(walls, 0.99))
      .add("peak_mb", peak_memory_mb())
      .print();
  return {};
}

}  // namespace trialflag::bench
