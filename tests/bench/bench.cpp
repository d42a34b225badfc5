// How fast: reading files into charts, judging stored charts, and how much memory it takes. Rates are per second of processor time, so that
// a busy machine does not change them; the made-up population is the same for the same --patients and --seed.
//   trialflag_bench [--patients N] [--seed S] [--seconds T] [FILE|FOLDER]
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/eligibility/trial.h"
#include "agent/intake/intake.h"
#include "agent/screening/chart_blob.h"
#include "agent/screening/screener.h"
#include "agent/settings/trial_file.h"
#include "mappings/tables.h"
#include "tests/bench/population.h"

namespace trialflag::bench {
namespace {

namespace fs = std::filesystem;

struct Wish {
  int patients = 2000;
  std::uint32_t seed = 1;
  double seconds = 3;  ///< how long to judge
  fs::path input;      ///< empty: the made-up population
};

/// Processor seconds of this process so far.
double cpu_seconds() {
  timespec spent{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

double peak_memory_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

std::uint64_t size_of(const fs::path& input) {
  if (!fs::is_directory(input)) return fs::file_size(input);
  std::uint64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(input)) bytes += entry.is_regular_file() ? entry.file_size() : 0;
  return bytes;
}

/// A folder that is gone when this is.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "trialflag-bench-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Files → charts, kept as the bytes that the store would keep.
Result<std::vector<std::string>> ingest(const fs::path& input) {
  const double start = cpu_seconds();
  intake::Report report;
  auto opened = intake::Intake::open({input.string()}, {}, report);
  if (!opened) return tl::unexpected(opened.error());
  std::vector<std::string> charts;
  std::uint64_t records = 0, kept = 0;
  Arena arena;
  screening::Chart chart;
  while (opened->next(chart, arena, report)) {
    records += chart.records.size();
    charts.push_back(screening::encode_chart(chart));
    kept += charts.back().size();
  }
  const double spent = cpu_seconds() - start;
  const auto megabytes = static_cast<double>(size_of(input)) / 1e6;
  std::printf("ingest     %10.1f MB/s   %9.0f records/s   (%.1f MB, %zu patients, %.0f records each, %.1f kB a chart)\n", megabytes / spent,
              static_cast<double>(records) / spent, megabytes, charts.size(),
              static_cast<double>(records) / static_cast<double>(charts.size()),
              static_cast<double>(kept) / 1000 / static_cast<double>(charts.size()));
  return charts;
}

/// Stored charts → verdicts, over and over for `seconds`.
Result<void> judge(const std::vector<std::string>& charts, const screening::Screener& screener, Instant as_of, double seconds) {
  screening::Sitting sitting(screener);
  std::vector<screening::Remark> remarks;
  Arena arena;
  std::uint64_t patients = 0, decisions = 0, candidates = 0;
  double decoding = 0;
  const double start = cpu_seconds();
  while (cpu_seconds() - start < seconds) {
    for (const std::string& bytes : charts) {
      const double before = cpu_seconds();
      arena.reset();
      const auto chart = screening::decode_chart(bytes, arena);
      if (!chart) return tl::unexpected(chart.error());
      decoding += cpu_seconds() - before;
      remarks.clear();
      const auto verdict = sitting.screen(*chart, as_of, false, remarks);
      ++patients;
      decisions += verdict.criteria.size();
      candidates += verdict.status == eligibility::Status::not_a_candidate ? 0 : 1;
    }
  }
  const double spent = cpu_seconds() - start;
  std::printf("decisions  %10.0f /s     %9.0f patients/s  (%.0f %% with the entry criterion; decoding charts took %.0f %%)\n",
              static_cast<double>(decisions) / spent, static_cast<double>(patients) / spent,
              100 * static_cast<double>(candidates) / static_cast<double>(patients), 100 * decoding / spent);
  return {};
}

Result<screening::Screener> shipped_screener() {
  const fs::path source = TRIALFLAG_SOURCE_DIR;
  std::vector<mappings::TableFlaw> table_flaws;
  auto tables = mappings::Tables::load(source / "mappings/tables", {}, table_flaws);
  if (!tables) return tl::unexpected(tables.error());
  std::vector<std::string> flaws;
  auto trial = settings::load_trial(source / "config/trials/NCT07230171.yaml", **tables, flaws);
  if (!trial) return tl::unexpected(trial.error());
  return screening::Screener(*tables, *trial, Zone::utc());
}

Result<void> measure(const Wish& wish) {
  const TemporaryFolder folder;
  fs::path input = wish.input;
  if (input.empty()) {
    if (folder.path().empty() || write_population(folder.path(), wish.patients, wish.seed) == 0) {
      return fail(ErrorCode::storage, "no population could be written to " + fs::temp_directory_path().string() + "; set TMPDIR");
    }
    input = folder.path();
  }
  const double before = cpu_seconds();
  const auto screener = shipped_screener();
  if (!screener) return tl::unexpected(screener.error());
  std::printf("start      %10.0f ms to load tables and trial\n", 1000 * (cpu_seconds() - before));
  const auto charts = ingest(input);
  if (!charts) return tl::unexpected(charts.error());
  if (charts->empty()) return fail(ErrorCode::not_found, "no patient in " + input.string());
  const auto as_of = parse_instant("2026-11-22", Zone::utc());
  if (auto judged = judge(*charts, *screener, *as_of, wish.seconds); !judged) return judged;
  std::printf("peak memory %9.1f MB (all charts held)\n", peak_memory_mb());
  return {};
}

bool parse(int argc, char** argv, Wish& wish) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const bool has_value = i + 1 < argc;
    if (word == "--patients" && has_value) {
      wish.patients = std::atoi(argv[++i]);
    } else if (word == "--seed" && has_value) {
      wish.seed = static_cast<std::uint32_t>(std::atoi(argv[++i]));
    } else if (word == "--seconds" && has_value) {
      wish.seconds = std::atof(argv[++i]);
    } else if (!word.starts_with("--") && fs::exists(word)) {
      wish.input = word;
    } else {
      return false;
    }
  }
  return wish.patients > 0 && wish.seconds > 0;
}

}  // namespace
}  // namespace trialflag::bench

int main(int argc, char** argv) {
  trialflag::bench::Wish wish;
  if (!trialflag::bench::parse(argc, argv, wish)) {
    std::fputs("usage: trialflag_bench [--patients N] [--seed S] [--seconds T] [FILE|FOLDER]\n", stderr);
    return 2;
  }
  if (const auto measured = trialflag::bench::measure(wish); !measured) {
    std::fprintf(stderr, "trialflag_bench: %s\n", measured.error().message.c_str());
    return 1;
  }
  return 0;
}
