// Whole cycles of the agent over a hospital of many patients of whom a few changed.
#include "agent/screening/cycle.h"

#include <algorithm>

#include "agent/app/record_json.h"
#include "agent/base/ids.h"
#include "agent/screening/chart_blob.h"
#include "tests/bench/measure.h"

namespace trialflag::bench {
namespace {

using fhir::ResourceType;
using screening::PatientId;

/// The hospital: stored charts, each as many times as there are copies, and new Observations of some patients. It stands in for the EHR
/// alone; polling, keeping, reading, judging and committing are the agent's own.
class Hospital final : public screening::PatientSource {
 public:
  Hospital(store::State& records, std::vector<std::string> ids, int copies) : records_(records), ids_(std::move(ids)), copies_(copies) {}

  [[nodiscard]] std::size_t size() const { return ids_.size() * static_cast<std::size_t>(copies_); }
  /// From now on the first `count` patients of a fixed disorder who are of interest to the trial have one more Observation than before. (Of
  /// the others a poll shows the id alone, and nothing is done.)
  Result<void> change(std::size_t count, Instant at, store::State& state) {
    changed_.clear();
    at_ = at;
    ++round_;
    constexpr std::size_t kStride = 7919;
    for (std::size_t i = 0; i < size() && changed_.size() < count; ++i) {
      const std::string name = name_of(i * kStride % size());
      const auto patient = state.patient({name});
      if (!patient) return tl::unexpected(patient.error());
      if (patient->charted) changed_.push_back(name);
    }
    return {};
  }

  Result<void> greet() override { return {}; }
  [[nodiscard]] std::vector<ResourceType> types() const override {
    return {ResourceType::patient,   ResourceType::condition,          ResourceType::observation, ResourceType::medication_request,
            ResourceType::procedure, ResourceType::allergy_intolerance};
  }

  Result<screening::TypeOutcome> changed(ResourceType type, std::optional<Instant> since, const OnPage& on_page, const OnPart&) override {
    constexpr std::size_t kPage = 1000;
    if (!since && type == ResourceType::patient) return show_a_patient(on_page);
    // Of what the first poll of a type shows, all that counts here is when it was written.
    const std::size_t all = type == ResourceType::condition ? size() : 1;
    const std::size_t count = !since ? all : type == ResourceType::observation ? changed_.size() : 0;
    for (std::size_t first = 0; first < count; first += kPage) {
      Arena arena;
      std::vector<fhir::Record> records(std::min(kPage, count - first));
      std::vector<screening::Touched> page(records.size());
      for (std::size_t i = 0; i < records.size(); ++i) {
        const std::string patient = since ? changed_[first + i] : name_of(first + i);
        records[i] = new_record(type, patient, arena);
        page[i].record = &records[i];
        page[i].fingerprint = fingerprint({records[i].id, std::to_string(round_)});
        page[i].updated = at_;
        // What a poll shows of an unknown patient decides nothing here: everybody is read once.
        page[i].readable = type == ResourceType::observation;
      }
      if (auto taken = on_page(page); !taken) return tl::unexpected(taken.error());
    }
    return screening::TypeOutcome{};
  }

  Result<std::vector<std::string>> deleted(ResourceType, Instant) override { return std::vector<std::string>(); }

  Result<screening::WholePatient> read(const PatientId& patient, std::span<const PatientId>, Arena& arena) override {
    const auto bytes = records_.chart({patient.value.substr(0, patient.value.rfind('.'))});
    if (!bytes || !*bytes) return fail(ErrorCode::not_found, "gone");
    auto chart = screening::decode_chart(**bytes, arena);
    if (!chart) return tl::unexpected(chart.error());
    screening::WholePatient whole;
    whole.chart = std::move(*chart);
    whole.chart.reference = "Patient/" + patient.value;
    if (std::find(changed_.begin(), changed_.end(), patient.value) != changed_.end())
      whole.chart.records.push_back(new_record(ResourceType::observation, patient.value, arena));
    return whole;
  }

 private:
  Result<screening::TypeOutcome> show_a_patient(const OnPage& on_page) const {
    const std::string id = name_of(0);
    fhir::Patient patient;
    patient.id = id;
    screening::Touched touched;
    touched.patient = &patient;
    touched.updated = at_;
    if (auto taken = on_page({&touched, 1}); !taken) return tl::unexpected(taken.error());
    return screening::TypeOutcome{};
  }

  [[nodiscard]] std::string name_of(std::size_t number) const {
    return ids_[number % ids_.size()] + "." + std::to_string(number / ids_.size());
  }

  fhir::Record new_record(ResourceType type, const std::string& patient, Arena& arena) const {
    fhir::Record record;
    record.type = type;
    record.id = arena.copy(std::string_view("new-" + patient));
    record.subject.target = arena.copy(std::string_view("Patient/" + patient));
    record.status = "final";
    record.start = RecordedTime::at(at_);
    return record;
  }

  store::State& records_;
  std::vector<std::string> ids_;
  int copies_;
  std::vector<std::string> changed_;
  Instant at_;
  int round_ = 0;
};

}  // namespace

Result<void> cycle(const Wish& wish) {
  const auto at = as_of(wish);
  const auto screener = load_screener(wish);
  if (!at || !screener) return tl::unexpected(at ? screener.error() : at.error());
  auto records = open_state(wish);
  if (!records) return tl::unexpected(records.error());
  auto ids = (*records)->ids_of(ResourceType::patient);
  if (!ids || ids->empty()) return fail(ErrorCode::not_found, "nobody is in the state");
  Hospital hospital(**records, std::move(*ids), wish.copies);
  Wish own = wish;
  own.state = wish.state / "cycle";
  auto state = open_state(own);
  if (!state) return tl::unexpected(state.error());

  screening::CycleSettings settings;
  settings.screeners = {*screener};
  settings.site = "bench";
  settings.sends = false;
  settings.write_record = [&](const eligibility::PatientVerdict& verdict) { return app::record_json(verdict, (*screener)->zone()); };
  FixedClock clock(*at);
  screening::Cycle cycle(settings, hospital, **state, **state, nullptr, clock);
  Line line;
  Result<void> trouble;
  const auto run = [&](const std::string& name, std::size_t changed) {
    clock.set({clock.now().ms + 60'000});
    if (auto done = hospital.change(changed, clock.now(), **state); !done) trouble = done;
    std::size_t screened = 0;
    const double spent = cpu_of([&] {
      const auto report = cycle.run(false, {});
      if (!report) trouble = tl::unexpected(report.error());
      if (report) screened = report->screened;
    });
    line.add(name + "_cpu_s", std::vector{spent}).add(name + "_screened", static_cast<std::uint64_t>(screened));
  };
  run("first", 0);
  run("settle", 1);  // what the first load put off: its last charts are entered into the index
  for (const std::size_t changed : {0, 10, 100, 1000}) run("k" + std::to_string(changed), std::min(changed, hospital.size()));
  if (!trouble) return trouble;
  line.add("patients", static_cast<std::uint64_t>(hospital.size())).add("peak_mb", peak_memory_mb()).print();
  return {};
}

}  // namespace trialflag::bench
