// Codes → concepts at the size of SNOMED CT: the compiled index, std::unordered_map, and an index of SQLite, over the same look-ups.
#include <sqlite3.h>

#include <fstream>
#include <random>
#include <unordered_map>

#include "mappings/tables.h"
#include "tests/bench/measure.h"

namespace trialflag::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCodes = 400'000;
constexpr std::string_view kSystem = "http://snomed.info/sct";

/// As many codes as SNOMED CT has, of the lengths that its codes have.
std::vector<std::string> made_codes() {
  std::mt19937_64 random(1);
  std::vector<std::string> codes(kCodes);
  for (std::size_t i = 0; i < kCodes; ++i)
    codes[i] = std::to_string(i + 1) + std::to_string(100 + random() % 900) + (i % 4 == 0 ? "119105" : "006");
  return codes;
}

/// The shipped tables with those codes beside their own, spread over their first concepts.
Result<void> write_tables(const fs::path& shipped, const fs::path& folder, const std::vector<std::string>& codes) {
  std::error_code error;
  fs::create_directories(folder, error);
  fs::copy(shipped, folder, fs::copy_options::overwrite_existing | fs::copy_options::recursive, error);
  if (error) return fail(ErrorCode::storage, "the tables cannot be copied: " + error.message());
  std::ofstream rows(folder / "codes.tsv", std::ios::app);
  constexpr const char* kConcepts[] = {"bipolar", "gout", "osa", "fibromyalgia"};
  for (std::size_t i = 0; i < codes.size(); ++i) rows << "SNOMED\t" << codes[i] << '\t' << kConcepts[i % 4] << "\tinclude\t\tbench\n";
  return rows.flush() ? Result<void>() : fail(ErrorCode::storage, "the tables cannot be written");
}

/// What a hospital's records ask: nine codings of ten are of no interest, in no order.
std::vector<std::string> asked(const std::vector<std::string>& codes, std::size_t count) {
  std::mt19937_64 random(2);
  std::vector<std::string> asked(count);
  for (std::string& code : asked) {
    code = codes[random() % codes.size()];
    if (random() % 10 != 0) code.back() = '7';
  }
  return asked;
}

/// Look-ups through an index of SQLite, one prepared statement, all in memory.
class Indexed {
 public:
  explicit Indexed(const std::vector<std::string>& codes) {
    sqlite3_open(":memory:", &database_);
    sqlite3_exec(database_,
                 "CREATE TABLE codes (system INTEGER, code TEXT, concept INTEGER, PRIMARY KEY (system, code)) WITHOUT ROWID; BEGIN",
                 nullptr, nullptr, nullptr);
    sqlite3_stmt* put = nullptr;
    sqlite3_prepare_v2(database_, "INSERT INTO codes VALUES (1, ?, 1)", -1, &put, nullptr);
    for (const std::string& code : codes) {
      sqlite3_bind_text(put, 1, code.data(), static_cast<int>(code.size()), SQLITE_STATIC);
      sqlite3_step(put);
      sqlite3_reset(put);
    }
    sqlite3_finalize(put);
    sqlite3_exec(database_, "COMMIT", nullptr, nullptr, nullptr);
    sqlite3_prepare_v2(database_, "SELECT concept FROM codes WHERE system = 1 AND code = ?", -1, &get_, nullptr);
  }
  ~Indexed() {
    sqlite3_finalize(get_);
    sqlite3_close(database_);
  }
  Indexed(const Indexed&) = delete;
  Indexed& operator=(const Indexed&) = delete;
  bool find(const std::string& code) {
    sqlite3_bind_text(get_, 1, code.data(), static_cast<int>(code.size()), SQLITE_STATIC);
    const bool found = sqlite3_step(get_) == SQLITE_ROW;
    sqlite3_reset(get_);
    return found;
  }

 private:
  sqlite3* database_ = nullptr;
  sqlite3_stmt* get_ = nullptr;
};

}  // namespace

Result<void> lookup(const Wish& wish) {
  const std::vector<std::string> codes = made_codes();
  if (auto written = write_tables(wish.tables, wish.state, codes); !written) return written;
  std::vector<mappings::TableFlaw> flaws;
  Result<std::shared_ptr<const mappings::Tables>> tables = nullptr;
  const double load = cpu_of([&] { tables = mappings::Tables::load(wish.state, {}, flaws); });
  if (!tables) return tl::unexpected(tables.error());
  std::unordered_map<std::string, int> map;
  for (const std::string& code : codes) map.emplace(std::string(kSystem) + '|' + code, 1);
  Indexed indexed(codes);

  const std::vector<std::string> ask = asked(codes, static_cast<std::size_t>(wish.rounds) * 1000);
  std::vector<mappings::CodeMatch> matches;
  std::uint64_t ours = 0, of_map = 0, of_index = 0;
  std::vector<double> cpu, map_cpu, index_cpu;
  for (int i = 0; i < wish.repeats; ++i) {
    ours = of_map = of_index = 0;
    cpu.push_back(cpu_of([&] {
      for (const std::string& code : ask) {
        matches.clear();
        ours += (*tables)->match_code(kSystem, code, mappings::Place::condition, matches) != 0 ? 1 : 0;
      }
    }));
    map_cpu.push_back(cpu_of([&] {
      for (const std::string& code : ask) of_map += map.count(std::string(kSystem) + '|' + code);
    }));
    index_cpu.push_back(cpu_of([&] {
      for (const std::string& code : ask) of_index += indexed.find(code) ? 1 : 0;
    }));
  }
  if (of_map != of_index || ours < of_map) return fail(ErrorCode::internal, "the three do not find the same codes");
  Line()
      .add("codes", static_cast<std::uint64_t>(kCodes))
      .add("lookups", static_cast<std::uint64_t>(ask.size()))
      .add("found", ours)
      .add("load_s", load)
      .add("cpu_s", cpu)
      .add("unordered_map_cpu_s", map_cpu)
      .add("sqlite_cpu_s", index_cpu)
      .print();
  return {};
}

}  // namespace trialflag::bench
