#include "tests/bench/measure.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>

#include "agent/app/record_json.h"
#include "agent/eligibility/trial.h"
#include "agent/screening/chart_blob.h"
#include "agent/screening/facts_blob.h"
#include "agent/settings/trial_file.h"
#include "mappings/tables.h"

namespace trialflag::bench {
namespace {

double seconds_of(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace

double cpu_seconds() {
  return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

double wall_seconds() {
  return seconds_of(CLOCK_MONOTONIC);
}

double peak_memory_mb() {
  // Not ru_maxrss: that begins with what the process that started this one had.
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == "VmHWM:") {
      double kib = 0;
      status >> kib;
      return kib / 1024;
    }
  return 0;
}

double quantile(const std::vector<double>& sorted, double part) {
  const auto at = static_cast<std::size_t>(static_cast<double>(sorted.size()) * part);
  return sorted.empty() ? 0 : sorted[std::min(at, sorted.size() - 1)];
}

Result<std::shared_ptr<const screening::Screener>> load_screener(const Wish& wish) {
  std::vector<mappings::TableFlaw> table_flaws;
  auto tables = mappings::Tables::load(wish.tables, {}, table_flaws);
  for (const auto& flaw : table_flaws) std::fprintf(stderr, "%s:%zu: %s\n", flaw.file.c_str(), flaw.line, flaw.problem.c_str());
  if (!tables) return tl::unexpected(tables.error());
  std::vector<std::string> flaws;
  auto trial = settings::load_trial(wish.trial, **tables, flaws);
  for (const std::string& flaw : flaws) std::fprintf(stderr, "%s\n", flaw.c_str());
  if (!trial) return tl::unexpected(trial.error());
  return std::make_shared<const screening::Screener>(*tables, *trial, Zone::utc());
}

Result<std::unique_ptr<store::State>> open_state(const Wish& wish) {
  return store::State::open(wish.state, {"bench", "http://127.0.0.1/fhir"});
}

Result<Instant> as_of(const Wish& wish) {
  return parse_instant(wish.as_of, Zone::utc());
}

screening::PatientStep step_of(const screening::Chart& chart) {
  screening::PatientStep step;
  step.patient = {chart.reference.substr(chart.reference.find('/') + 1)};
  step.candidate = true;
  step.chart = screening::StoredChart{screening::encode_chart(chart), {}, Instant{}};
  step.chart->resources.reserve(chart.records.size() + chart.medications.size());
  for (const auto* records : {&chart.records, &chart.medications})
    for (const fhir::Record& record : *records)
      if (!record.id.empty()) step.chart->resources.push_back({record.type, std::string(record.id)});
  return step;
}

screening::VerdictRow Screening::row_of(const screening::Chart& chart) {
  remarks_.clear();
  const eligibility::Facts& facts = sitting_.map(chart, false, remarks_);
  const eligibility::PatientVerdict verdict = sitting_.evaluate(facts, chart.reference, at_);
  screening::VerdictRow row;
  row.trial = {screener_.trial().id};
  row.status = eligibility::name_of(verdict.status);
  row.screened_under = screener_.mapped_under();
  row.revisit_at = verdict.revisit_at;
  row.record = app::record_json(verdict, screener_.zone());
  row.facts = screening::KeptFacts{screener_.mapped_under(), screening::encode_facts(facts, facts.incomplete)};
  return row;
}

void Line::name(std::string_view name) {
  if (text_.size() > 1) text_ += ", ";
  text_.append("\"").append(name).append("\": ");
}

Line& Line::add(std::string_view name_, double value) {
  name(name_);
  char number[32];
  std::snprintf(number, sizeof number, "%.6g", value);
  text_ += number;
  return *this;
}

Line& Line::add(std::string_view name_, std::uint64_t value) {
  name(name_);
  text_ += std::to_string(value);
  return *this;
}

Line& Line::add(std::string_view name_, const std::string& text) {
  name(name_);
  text_.append("\"").append(text).append("\"");
  return *this;
}

Line& Line::add(std::string_view name_, const std::vector<double>& values) {
  name(name_);
  std::string list;
  for (const double value : values) {
    char number[32];
    std::snprintf(number, sizeof number, "%s%.6g", list.empty() ? "" : ", ", value);
    list += number;
  }
  text_.append("[").append(list).append("]");
  return *this;
}

void Line::print() {
  std::printf("%s}\n", text_.c_str());
}

}  // namespace trialflag::bench
