// Files of every format, plain, gzipped and cut into several: any bytes are taken, nothing is left out in silence, and the same bytes give
// the same charts. The first line names the file; a line "--- NAME" begins the next.
#include <set>
#include <string>

#include "agent/intake/intake.h"
#include "tests/fuzz/target.h"
#include "tests/support/temporary_folder.h"

using namespace trialflag;
using fuzz::require;

namespace {

/// One of a few names, by what the line holds: the fuzzer is to find contents, not paths.
std::string name_for(std::string_view line, std::size_t number) {
  const std::string stem = std::string(1, static_cast<char>('a' + number % 26));
  for (const char* ending : {".ndjson.gz", ".json.gz", ".ndjson", ".jsonl"})
    if (line.find(ending) != std::string_view::npos) return stem + ending;
  return line.find("manifest") != std::string_view::npos ? "manifest.json" : stem + ".json";
}

struct Told {
  std::string text;
  std::size_t charts = 0;
  bool said_something = false;
  friend bool operator==(const Told&, const Told&) = default;
};

Told read(const std::string& folder) {
  intake::Report report;
  Told told;
  auto charts = intake::Intake::open({folder}, {}, report);
  require(charts.has_value(), "bad input is no failure");
  screening::Chart chart;
  Arena arena;
  std::set<std::string> references;
  while (charts->next(chart, arena, report)) {
    ++told.charts;
    require(references.insert(chart.reference).second, "a patient has one chart");
    told.text += chart.reference + " " + std::to_string(chart.records.size()) + " " + std::to_string(chart.incomplete.to_bits()) + "\n";
    for (const fhir::Record& record : chart.records) told.text += std::string(record.id) + "\n";
  }
  require(told.charts == charts->patient_count(), "every patient on file gets a chart");
  for (const auto& messages : {report.take(), report.take_left_out()}) {
    told.said_something = told.said_something || !messages.empty();
    for (const std::string& message : messages) told.text += message + "\n";
  }
  return told;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const TemporaryFolder folder;
  std::string_view rest = fuzz::text_of(bytes, size);
  constexpr std::size_t kMostFiles = 4;
  std::string name = name_for(fuzz::take_line(rest), 0);
  std::set<std::string> written;
  for (std::size_t number = 1; !name.empty(); ++number) {
    const std::size_t end = number < kMostFiles ? rest.find("\n--- ") : std::string_view::npos;
    written.insert(folder.write(name, rest.substr(0, end)));
    name.clear();
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
    name = name_for(fuzz::take_line(rest), number);
  }
  const Told told = read(folder.path());
  require(told.charts > 0 || told.said_something, "a file that gives nobody is spoken of");
  require(told == read(folder.path()), "the same files give the same charts");
  for (const std::string& file : written) std::filesystem::remove(file);
  return 0;
}
