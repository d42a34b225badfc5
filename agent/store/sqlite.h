// One SQLite connection and its statements. Inside the store failures are exceptions of type Failure; guarded() turns them into a Result at
// the adapter's edge, so that none leaves it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent/base/result.h"
#include "agent/base/time.h"
#include "agent/store/checked_file.h"

struct sqlite3;
struct sqlite3_stmt;

namespace trialflag::store {

/// What a failure asks of a person (trouble.h has the words).
enum class Trouble : std::uint8_t { other, disk_full, read_only, disk_error, damaged, in_use, newer };

/// Thrown by Database and Statement, caught by guarded(). The text is SQLite's, without values.
struct Failure {
  std::string what;
  Trouble trouble = Trouble::damaged;  ///< what no SQLite said: the store holds what it never wrote
  std::string file = {};               ///< the database, where it is known
};

/// The failure in words: what is wrong with which file, and what to do. Code damage when a backup must be restored, else storage.
Error told(const Failure& failure);

class Database;

enum class Absent : std::uint8_t { begun, refused };
constexpr int kCacheKib = 8000;

/// A prepared statement; binds count from 1, columns from 0. Goes back to its database when it is done with, to be used again.
class Statement {
 public:
  Statement(Database& database, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  /// Binds all values in order.
  template <typename... Values>
  Statement& bind(const Values&... values) {
    reset();
    int at = 0;
    (put(++at, values), ...);
    return *this;
  }
  /// True while there is a row.
  bool step();
  /// Steps to the end.
  void run() {
    while (step()) {
    }
    reset();
  }

  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::string text(int column) const;       ///< of a BLOB its bytes
  [[nodiscard]] std::string_view view(int column) const;  ///< the same without a copy, until the next step
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] bool flag(int column) const { return integer(column) != 0; }
  [[nodiscard]] Instant instant(int column) const { return {integer(column)}; }
  [[nodiscard]] std::optional<Instant> maybe_instant(int column) const;

  /// Wraps bytes that are to be bound as a BLOB; they must live until the statement has run.
  struct Blob {
    std::string_view bytes;
  };

 private:
  void reset();
  void put(int at, std::nullptr_t);
  void put(int at, std::int64_t value);
  void put(int at, int value) { put(at, static_cast<std::int64_t>(value)); }
  void put(int at, bool value) { put(at, static_cast<std::int64_t>(value)); }
  void put(int at, Instant value) { put(at, value.ms); }
  void put(int at, std::string_view value);
  void put(int at, const std::string& value) { put(at, std::string_view(value)); }
  void put(int at, const char* value) { put(at, std::string_view(value)); }
  void put(int at, Blob value);
  template <typename T>
  void put(int at, const std::optional<T>& value) {
    if (value) {
      put(at, *value);
    } else {
      put(at, nullptr);
    }
  }

  Database& database_;
  std::vector<sqlite3_stmt*>* idle_;  ///< where the database keeps the like of it
  sqlite3_stmt* statement_ = nullptr;
};

/// A connection in WAL mode, synchronous FULL, foreign keys on, waiting up to ten seconds for another writer. One thread.
class Database {
 public:
  /// `cache_kib`: how much of the file it keeps in memory; `absent`: what becomes of a file that is not there; `files`: checked_files() or
  /// unchecked_files(). Throws Failure.
  explicit Database(const std::filesystem::path& file, int cache_kib = kCacheKib, Absent absent = Absent::begun,
                    const char* files = checked_files());
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void execute(const char* sql);
  [[nodiscard]] std::unique_ptr<Statement> prepare(std::string_view sql) { return std::make_unique<Statement>(*this, sql); }
  /// Prepares, binds and runs in one go.
  template <typename... Values>
  void run(std::string_view sql, const Values&... values) {
    Statement(*this, sql).bind(values...).run();
  }
  /// Gives SQL a function of `count` values, whose texts and bytes come as they are (NULL as empty), that returns bytes.
  using Function = std::string (*)(const std::vector<std::string>& values);
  void offer(const char* name, int count, Function function);
  /// Calls `meanwhile` now and then while something long runs, until the connection ends.
  void watch(std::function<void()> meanwhile);
  /// Whether every page of the file is as it was written; false: look_for_damage() knows (checked_file.h).
  [[nodiscard]] bool is_as_written() const;
  /// Reads the whole file and looks for damage. Throws Failure that names the first.
  void look_for_damage();
  /// The path of the file.
  [[nodiscard]] std::string file() const;
  [[nodiscard]] std::int64_t changes() const;
  [[nodiscard]] bool in_transaction() const;
  /// Runs `body`, whose transactions are not synced to the disk; the next one that is syncs them too, for the log keeps their order. Not
  /// within a transaction.
  template <typename Body>
  auto unsynced(Body&& body) {
    struct Synced {
      Database& database;
      ~Synced() { database.sync_commits(true); }
    };
    sync_commits(false);
    const Synced again{*this};
    return body();
  }

 private:
  friend class Statement;
  void sync_commits(bool wanted) noexcept;
  /// Statements that were prepared and are not in use, by their text.
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Idle = std::unordered_map<std::string, std::vector<sqlite3_stmt*>, TextHash, std::equal_to<>>;
  void close();

  sqlite3* handle_ = nullptr;
  Idle idle_;
  std::function<void()> meanwhile_;
};

/// BEGIN IMMEDIATE … COMMIT; rolls back unless committed. Within another one it is a part of it, which can be rolled back by itself.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool inner_;
  bool open_ = true;
};

/// Runs `body` and turns a Failure into an Error, as told() words it, that names what was being done.
template <typename Body>
auto guarded(const char* doing, Body&& body) -> Result<decltype(body())> {
  try {
    if constexpr (std::is_void_v<decltype(body())>) {
      body();
      return {};
    } else {
      return body();
    }
  } catch (const Failure& failure) {
    return tl::unexpected(told(failure).within(doing));
  }
}

}  // namespace trialflag::store
