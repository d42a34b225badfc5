// Stored charts → verdicts with their evidence; a digest says that two runs said the same.
#include <array>
#include <fstream>

#include "agent/eligibility/trial.h"
#include "agent/screening/chart_blob.h"
#include "tests/bench/measure.h"

namespace trialflag::bench {
namespace {

using eligibility::PatientVerdict;
using eligibility::Verdict;

/// FNV-1a over what was decided and on which records.
class Digest {
 public:
  void add(const PatientVerdict& patient) {
    add(patient.patient);
    add(eligibility::name_of(patient.status));
    for (const Verdict& verdict : patient.criteria) {
      add(verdict.id);
      add(eligibility::name_of(verdict.holds));
      add(eligibility::name_of(verdict.reason));
      for (const eligibility::Evidence& evidence : verdict.evidence) add(evidence.resource);
    }
  }
  [[nodiscard]] std::string hex() const {
    std::array<char, 17> text{};
    std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(value_));
    return text.data();
  }

 private:
  void add(std::string_view text) {
    for (const char each : text) value_ = (value_ ^ static_cast<unsigned char>(each)) * 0x100000001B3U;
    value_ *= 0x100000001B3U;
  }
  std::uint64_t value_ = 0xCBF29CE484222325U;
};

/// T and F; n: nothing on file says; c: two records of one time contradict each other; u: open for another reason.
char letter_of(const Verdict& verdict) {
  if (verdict.holds == eligibility::Truth::yes) return 'T';
  if (verdict.holds == eligibility::Truth::no) return 'F';
  if (verdict.reason == eligibility::Reason::no_data) return 'n';
  return verdict.reason == eligibility::Reason::conflicting ? 'c' : 'u';
}

void write_row(std::ofstream& table, const std::string& id, const PatientVerdict& verdict) {
  std::string letters;
  for (const Verdict& each : verdict.criteria) letters += letter_of(each);
  table << id << '\t' << letters << '\n';
}

void write_head(std::ofstream& table, const eligibility::Trial& trial) {
  std::string names;
  for (const eligibility::Criterion& criterion : trial.criteria) names.append(names.empty() ? "" : " ").append(criterion.id);
  table << names << '\n';
}

/// Everything that an evaluation of the whole state counts.
struct Round {
  Digest digest;
  std::array<std::uint64_t, 5> of_status{};
  std::uint64_t criteria = 0;
  std::ofstream table;
};

Result<void> evaluate_all(store::State& state, screening::Sitting& sitting, Instant at, const std::vector<std::string>& ids, Round& round) {
  Arena arena;
  std::vector<screening::Remark> remarks;
  for (const std::string& id : ids) {
    const auto bytes = state.chart({id});
    if (!bytes || !*bytes) return fail(ErrorCode::storage, "a stored chart cannot be read");
    arena.reset();
    const auto chart = screening::decode_chart(**bytes, arena);
    if (!chart) return tl::unexpected(chart.error());
    remarks.clear();
    const PatientVerdict verdict = sitting.screen(*chart, at, false, remarks);
    round.digest.add(verdict);
    ++round.of_status[static_cast<std::size_t>(verdict.status)];
    round.criteria += verdict.criteria.size();
    if (round.table.is_open()) write_row(round.table, id, verdict);
  }
  return {};
}

}  // namespace

Result<void> evaluate(const Wish& wish) {
  const auto at = as_of(wish);
  const auto screener = load_screener(wish);
  if (!at || !screener) return tl::unexpected(at ? screener.error() : at.error());
  auto state = open_state(wish);
  if (!state) return tl::unexpected(state.error());
  std::vector<double> cpu;
  std::string digest;
  Round round;
  std::size_t patients = 0;
  for (int i = 0; i < wish.repeats; ++i) {
    round = {};
    if (!wish.table.empty()) {
      round.table.open(wish.table);
      write_head(round.table, (*screener)->trial());
    }
    const double before = cpu_seconds();
    const auto ids = (*state)->ids_of(fhir::ResourceType::patient);
    if (!ids) return tl::unexpected(ids.error());
    screening::Sitting sitting(**screener);
    if (auto done = evaluate_all(**state, sitting, *at, *ids, round); !done) return done;
    cpu.push_back(cpu_seconds() - before);
    patients = ids->size();
    if (!digest.empty() && digest != round.digest.hex()) return fail(ErrorCode::internal, "two runs over one state differ");
    digest = round.digest.hex();
  }
  Line line;
  line.add("patients", static_cast<std::uint64_t>(patients)).add("decisions", round.criteria).add("digest", digest);
  for (std::size_t i = 0; i < round.of_status.size(); ++i)
    line.add(eligibility::name_of(static_cast<eligibility::Status>(i)), round.of_status[i]);
  line.add("cpu_s", cpu).add("peak_mb", peak_memory_mb()).print();
  return {};
}

Result<void> first_decision(const Wish& wish) {
  const auto at = as_of(wish);
  const auto screener = load_screener(wish);
  if (!at || !screener) return tl::unexpected(at ? screener.error() : at.error());
  auto state = open_state(wish);
  if (!state) return tl::unexpected(state.error());
  if (wish.input.empty()) return fail(ErrorCode::not_found, "name a patient");
  const auto bytes = (*state)->chart({wish.input.front()});
  if (!bytes || !*bytes) return fail(ErrorCode::storage, "a stored chart cannot be read");
  Arena arena;
  const auto chart = screening::decode_chart(**bytes, arena);
  if (!chart) return tl::unexpected(chart.error());
  std::vector<screening::Remark> remarks;
  const PatientVerdict verdict = (*screener)->screen(*chart, *at, false, remarks);
  Line()
      .add("decisions", static_cast<std::uint64_t>(verdict.criteria.size()))
      .add("cpu_s", std::vector{cpu_seconds()})
      .add("peak_mb", peak_memory_mb())
      .print();
  return {};
}

}  // namespace trialflag::bench
