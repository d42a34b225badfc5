// The whole way of one patient, a resource a line: decoded, stored, screened and told in every form. Any bytes are taken; what is told does
// not depend on whether the chart was stored, nor on who was screened before.
#include <filesystem>

#include "agent/app/explain_text.h"
#include "agent/app/record_json.h"
#include "agent/app/record_read.h"
#include "agent/json/value.h"
#include "agent/screening/chart_blob.h"
#include "agent/screening/screener.h"
#include "agent/settings/trial_file.h"
#include "fhir/decode.h"
#include "tests/fuzz/target.h"

using namespace trialflag;
using fuzz::require;

namespace {

const screening::Screener& screener() {
  static const screening::Screener made = [] {
    const std::filesystem::path root(TRIALFLAG_SOURCE_DIR);
    std::vector<mappings::TableFlaw> table_flaws;
    std::vector<std::string> trial_flaws;
    const auto tables = mappings::Tables::load(root / "mappings" / "tables", {}, table_flaws);
    require(tables.has_value(), "the shipped tables are sound");
    const auto trial = settings::load_trial(root / "config" / "trials" / "NCT07230171.yaml", **tables, trial_flaws);
    require(trial.has_value(), "the shipped trial is sound");
    return screening::Screener(*tables, *trial, Zone::utc());
  }();
  return made;
}

void add(screening::Chart& chart, const json::Value& resource, Arena& arena) {
  fhir::Issues issues;
  const fhir::ResourceType type = fhir::resource_type(resource["resourceType"].string());
  if (type == fhir::ResourceType::patient) {
    chart.patient = fhir::decode_patient(resource, arena, issues);
    return;
  }
  const fhir::Record record = fhir::decode_record(resource, {}, arena, issues);
  if (type == fhir::ResourceType::other) return;
  if (fhir::has_error(issues)) return chart.incomplete.add(type);
  (type == fhir::ResourceType::medication ? chart.medications : chart.records).push_back(record);
}

std::string told(const screening::Chart& chart) {
  constexpr Instant kAsOf{1795392000000};  // 2026-11-23T00:00:00Z
  std::vector<screening::Remark> remarks;
  static screening::Sitting sitting(screener());
  const auto verdict = sitting.screen(chart, kAsOf, false, remarks);
  const std::string record = app::record_json(verdict, screener().zone());
  const auto alone = screener().screen(chart, kAsOf, false, remarks);
  require(record == app::record_json(alone, screener().zone()), "who was screened before makes no difference");
  require(!app::explain_text(verdict, screener().trial(), screener().zone()).empty(), "a verdict is told in words");
  static_cast<void>(app::deciding_words(verdict, screener().trial()));
  return record;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::string_view text = fuzz::text_of(bytes, size);
  static_cast<void>(app::read_record(text));
  static_cast<void>(app::criteria_of(text));

  Arena arena, other;
  screening::Chart chart;
  chart.reference = "Patient/p";
  constexpr std::size_t kMostRecords = 64;
  while (!text.empty() && chart.records.size() < kMostRecords) {
    json::Document document;
    if (document.parse(fuzz::take_line(text))) add(chart, document.root(), arena);
  }
  const std::string record = told(chart);
  json::Document document;
  require(document.parse(record).has_value(), "a record is JSON");
  require(app::read_record(record).has_value(), "a record is read again");
  const auto stored = screening::decode_chart(screening::encode_chart(chart), other);
  require(stored && told(*stored) == record, "a stored chart gives the same verdicts");
  return 0;
}
