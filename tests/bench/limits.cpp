// What this machine's own libraries do at best with the same bytes: RapidJSON's bare reader, SQLite's bare table.
#if defined(__SSE2__)
#define RAPIDJSON_SSE2
#endif
#include <rapidjson/reader.h>
#include <sqlite3.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>

#include "tests/bench/measure.h"

namespace trialflag::bench {
namespace {

namespace fs = std::filesystem;

/// A table of blobs, written as the state is: write-ahead log, synchronous, one transaction each.
class BareTable {
 public:
  explicit BareTable(const fs::path& file) {
    good_ = sqlite3_open(file.c_str(), &database_) == SQLITE_OK && run("PRAGMA journal_mode = WAL") && run("PRAGMA synchronous = FULL") &&
            run("CREATE TABLE charts (patient TEXT PRIMARY KEY, chart BLOB NOT NULL) STRICT") &&
            prepare("INSERT INTO charts (patient, chart) VALUES (?, ?) ON CONFLICT (patient) DO UPDATE SET chart = excluded.chart", put_) &&
            prepare("BEGIN IMMEDIATE", begin_) && prepare("COMMIT", commit_);
  }
  ~BareTable() {
    for (sqlite3_stmt* statement : {put_, begin_, commit_}) sqlite3_finalize(statement);
    sqlite3_close(database_);
  }
  BareTable(const BareTable&) = delete;
  BareTable& operator=(const BareTable&) = delete;

  bool put(const std::string& patient, const std::string& chart) {
    sqlite3_bind_text(put_, 1, patient.data(), static_cast<int>(patient.size()), SQLITE_STATIC);
    sqlite3_bind_blob(put_, 2, chart.data(), static_cast<int>(chart.size()), SQLITE_STATIC);
    return good_ && done(begin_) && done(put_) && done(commit_);
  }

 private:
  bool run(const char* sql) { return sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) == SQLITE_OK; }
  bool prepare(const char* sql, sqlite3_stmt*& statement) {
    return sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr) == SQLITE_OK;
  }
  static bool done(sqlite3_stmt* statement) {
    const bool good = sqlite3_step(statement) == SQLITE_DONE;
    sqlite3_reset(statement);
    return good;
  }

  sqlite3* database_ = nullptr;
  sqlite3_stmt *put_ = nullptr, *begin_ = nullptr, *commit_ = nullptr;
  bool good_ = false;
};

/// Makes nothing of the events but counts: what is not looked at at all, a compiler leaves out.
struct Counter : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Counter> {
  std::uint64_t values = 0, bytes = 0;
  bool Default() { return ++values != 0; }
  bool Key(const char*, rapidjson::SizeType length, bool) {
    bytes += length;
    return true;
  }
  bool String(const char*, rapidjson::SizeType length, bool) {
    bytes += length;
    return ++values != 0;
  }
};

template <unsigned kFlags>
Result<void> pass(const Wish& wish) {
  std::ifstream file(wish.input.at(0), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  std::vector<double> cpu;
  std::uint64_t values = 0;
  for (int i = 0; i < wish.repeats; ++i) {
    std::string text = bytes;  // the reader works in place
    const double before = cpu_seconds();
    rapidjson::InsituStringStream stream(text.data());
    rapidjson::Reader reader;
    Counter counter;
    while (stream.Tell() < text.size()) {
      const auto parsed = reader.Parse<kFlags | rapidjson::kParseInsituFlag | rapidjson::kParseStopWhenDoneFlag>(stream, counter);
      if (parsed.IsError()) return fail(ErrorCode::malformed_data, "the file is no NDJSON");
      rapidjson::SkipWhitespace(stream);
    }
    cpu.push_back(cpu_seconds() - before);
    values = counter.values;
  }
  Line().add("bytes", static_cast<std::uint64_t>(bytes.size())).add("values", values).add("cpu_s", cpu).print();
  return {};
}

}  // namespace

Result<void> pass_over(const Wish& wish) {
  return pass<rapidjson::kParseNoFlags>(wish);
}

Result<void> pass_checked(const Wish& wish) {
  return pass<rapidjson::kParseValidateEncodingFlag>(wish);
}

Result<void> upsert(const Wish& wish) {
  auto state = open_state(wish);
  if (!state) return tl::unexpected(state.error());
  const auto ids = (*state)->ids_of(fhir::ResourceType::patient);
  if (!ids || ids->empty()) return fail(ErrorCode::not_found, "nobody is in the state");
  std::vector<screening::PatientStep> steps;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < ids->size() && i < static_cast<std::size_t>(wish.rounds); ++i) {
    auto blob = (*state)->chart({(*ids)[i]});
    if (!blob || !*blob) return fail(ErrorCode::storage, "a stored chart cannot be read");
    screening::PatientStep& step = steps.emplace_back();
    step.patient = {(*ids)[i]};
    step.candidate = true;
    bytes += (*blob)->size();
    step.chart = screening::StoredChart{std::move(**blob), {}, Instant{}};
  }
  std::mt19937 order(1);
  std::vector<double> ours, bare;
  BareTable table(wish.state / "bare.db");
  for (int i = 0; i <= wish.repeats; ++i) {  // the first round fills the bare table and is not counted
    std::shuffle(steps.begin(), steps.end(), order);
    bool good = true;
    const double of_bare = cpu_of([&] {
      for (const auto& step : steps) good = good && table.put(step.patient.value, step.chart->blob);
    });
    const double of_state = cpu_of([&] {
      for (const auto& step : steps) good = good && (*state)->commit(step).has_value();
    });
    if (!good) return fail(ErrorCode::storage, "an upsert failed");
    if (i == 0) continue;
    bare.push_back(of_bare);
    ours.push_back(of_state);
  }
  Line()
      .add("upserts", static_cast<std::uint64_t>(steps.size()))
      .add("bytes_each", bytes / steps.size())
      .add("cpu_s", ours)
      .add("bare_cpu_s", bare)
      .print();
  return {};
}

}  // namespace trialflag::bench
