#include "agent/store/sqlite.h"

#include <sqlite3.h>

#include "agent/store/checked_file.h"
#include "agent/store/trouble.h"

namespace trialflag::store {
namespace {

std::string file_of(sqlite3* database) {
  const char* file = sqlite3_db_filename(database, "main");
  return file == nullptr ? "" : file;
}

[[noreturn]] void raise(sqlite3* database) {
  if (database == nullptr) throw Failure{"out of memory", Trouble::other};
  const int result = sqlite3_extended_errcode(database);
  const bool changed = result == SQLITE_IOERR_DATA || (result == SQLITE_IOERR && met_changed_page());
  const Trouble trouble = changed ? Trouble::damaged : trouble_of(result, sqlite3_system_errno(database));
  throw Failure{changed ? "a page is not as it was written" : sqlite3_errmsg(database), trouble, file_of(database)};
}

void check(sqlite3* database, int result) {
  if (result != SQLITE_OK) raise(database);
}

void call(sqlite3_context* context, int count, sqlite3_value** values) {
  const auto function = reinterpret_cast<Database::Function>(sqlite3_user_data(context));
  std::vector<std::string> texts;
  for (int i = 0; i < count; ++i) {
    const void* bytes = sqlite3_value_blob(values[i]);
    texts.emplace_back(static_cast<const char*>(bytes), static_cast<std::size_t>(bytes == nullptr ? 0 : sqlite3_value_bytes(values[i])));
  }
  const std::string result = function(texts);
  sqlite3_result_blob(context, result.data(), static_cast<int>(result.size()), SQLITE_TRANSIENT);
}

}  // namespace

Statement::Statement(Database& database, std::string_view sql) : database_(database) {
  auto known = database.idle_.find(sql);
  if (known == database.idle_.end()) known = database.idle_.try_emplace(std::string(sql)).first;
  idle_ = &known->second;  // stays where it is, whatever is added beside it
  if (!idle_->empty()) {
    statement_ = idle_->back();
    idle_->pop_back();
    return;
  }
  check(database.handle_,
        sqlite3_prepare_v3(database.handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement_, nullptr));
}

Statement::~Statement() {
  reset();
  idle_->push_back(statement_);
}

bool Statement::step() {
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  sqlite3_reset(statement_);
  raise(database_.handle_);
}

void Statement::reset() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::string Statement::text(int column) const {
  return std::string(view(column));
}

std::string_view Statement::view(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::optional<Instant> Statement::maybe_instant(int column) const {
  if (is_null(column)) return std::nullopt;
  return instant(column);
}

void Statement::put(int at, std::nullptr_t) {
  check(database_.handle_, sqlite3_bind_null(statement_, at));
}
void Statement::put(int at, std::int64_t value) {
  check(database_.handle_, sqlite3_bind_int64(statement_, at, value));
}

void Statement::put(int at, std::string_view value) {
  const char* text = value.data() == nullptr ? "" : value.data();
  check(database_.handle_, sqlite3_bind_text(statement_, at, text, static_cast<int>(value.size()), SQLITE_TRANSIENT));
}

void Statement::put(int at, Blob value) {
  check(database_.handle_, sqlite3_bind_blob(statement_, at, value.bytes.data(), static_cast<int>(value.bytes.size()), SQLITE_STATIC));
}

Database::Database(const std::filesystem::path& file, int cache_kib, Absent absent, const char* files) {
  const int create = absent == Absent::begun ? SQLITE_OPEN_CREATE : 0;
  const int flags = SQLITE_OPEN_READWRITE | create | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
  if (sqlite3_open_v2(file.c_str(), &handle_, flags, files) != SQLITE_OK) {
    Failure failure{"out of memory", Trouble::other, file};
    if (handle_ != nullptr) {
      failure.what = sqlite3_errmsg(handle_);
      failure.trouble = trouble_of(sqlite3_extended_errcode(handle_), sqlite3_system_errno(handle_));
    }
    sqlite3_close(handle_);
    throw failure;
  }
  try {
    sqlite3_busy_timeout(handle_, 10000);
    sqlite3_extended_result_codes(handle_, 1);  // else what a nested query met is told too shortly to know damage by
    execute("PRAGMA page_size = 8192");         // of a new file: what is read patient by patient lies in few pages
    int reserved = kChecksumBytes;              // of a new file, or one that is written anew; the page size comes first, for it resets this
    sqlite3_file_control(handle_, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
    execute("PRAGMA journal_mode = WAL");
    execute("PRAGMA synchronous = FULL");
    execute("PRAGMA foreign_keys = ON");
    execute(("PRAGMA cache_size = -" + std::to_string(cache_kib)).c_str());
    execute("PRAGMA wal_autocheckpoint = 4000");  // pages: a page that is written again and again is moved into the file less often
    execute("PRAGMA trusted_schema = OFF");
  } catch (...) {
    close();
    throw;
  }
}

Database::~Database() {
  close();
}

void Database::close() {
  for (const auto& [sql, statements] : idle_)
    for (sqlite3_stmt* statement : statements) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

void Database::execute(const char* sql) {
  check(handle_, sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr));
}

void Database::offer(const char* name, int count, Function function) {
  check(handle_, sqlite3_create_function_v2(handle_, name, count, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY,
                                            reinterpret_cast<void*>(function), call, nullptr, nullptr, nullptr));
}

void Database::watch(std::function<void()> meanwhile) {
  constexpr int kSteps = 1000;  // of SQLite's machine: a millisecond or so
  meanwhile_ = std::move(meanwhile);
  const auto call_it = [](void* function) {
    (*static_cast<std::function<void()>*>(function))();
    return 0;
  };
  sqlite3_progress_handler(handle_, kSteps, call_it, &meanwhile_);
}

bool Database::is_as_written() const {
  return store::is_as_written(handle_);
}

void Database::look_for_damage() {
  const auto row = prepare("PRAGMA quick_check(1)");
  if (row->step() && row->text(0) != "ok") throw Failure{row->text(0), Trouble::damaged, file()};
}

std::string Database::file() const {
  return file_of(handle_);
}

std::int64_t Database::changes() const {
  return sqlite3_changes64(handle_);
}

// Outside a transaction, where it stands, SQLite takes it without fail.
void Database::sync_commits(bool wanted) noexcept {
  sqlite3_exec(handle_, wanted ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", nullptr, nullptr, nullptr);
}

bool Database::in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

Transaction::Transaction(Database& database) : database_(database), inner_(database.in_transaction()) {
  database_.run(inner_ ? "SAVEPOINT part" : "BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    if (inner_) database_.execute("ROLLBACK TO part; RELEASE part");
    if (!inner_) database_.execute("ROLLBACK");
  } catch (const Failure&) {
    // the connection is broken; SQLite rolls back when it is next opened
  }
}

void Transaction::commit() {
  database_.run(inner_ ? "RELEASE part" : "COMMIT");
  open_ = false;
}

}  // namespace trialflag::store
