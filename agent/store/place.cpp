#include "agent/store/place.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "agent/store/files.h"
#include "agent/store/schema.h"
#include "agent/store/sqlite.h"

namespace trialflag::store {
namespace {

namespace fs = std::filesystem;

constexpr std::array kOwn = {"state.db",     "state.db-wal",      "state.db-shm",       "state.db-journal",
                             "state.db.new", "state.db.restored", "state.db.restoring", "lock"};

tl::unexpected<Error> damaged(const fs::path& file, const char* what) {
  return tl::unexpected(told({what, Trouble::damaged, file.string()}));
}

tl::unexpected<Error> not_looked_at(const fs::path& folder, int error) {
  const std::string state = "state.dir " + folder.string();
  if (error == EACCES || error == EPERM)
    return fail(ErrorCode::unauthorized, state +
                                             " may not be read by this user; call the command as the user that runs trialflag, e.g. "
                                             "`sudo -u trialflag trialflag status`");
  return fail(ErrorCode::storage, state + " cannot be looked at: " + std::strerror(error) + "; check the path and its disk");
}

}  // namespace

// By name alone: whoever opens and closes the file beside SQLite drops the locks of the whole process.
Result<bool> has_state(const fs::path& folder) {
  const fs::path file = folder / "state.db", log = folder / "state.db-wal";
  struct stat about {};
  if (::stat(file.c_str(), &about) == 0) {
    if (::faccessat(AT_FDCWD, file.c_str(), R_OK, AT_EACCESS) != 0) return not_looked_at(folder, errno);
    if (about.st_size == 0) return damaged(file, "it is empty");
    return true;
  }
  if (errno != ENOENT) return not_looked_at(folder, errno);
  if (::stat(log.c_str(), &about) == 0 && about.st_size > 0) return damaged(file, "it is gone, though its log is there");
  return false;
}

void begin_state(const fs::path& folder) {
  const Draft draft(folder / "state.db.new");
  {
    Database database(draft.path());
    migrate(database);
    database.execute("PRAGMA journal_mode = DELETE");  // one whole file, without a log beside it
  }
  make_durable(draft.path());
  rename_durably(draft.path(), folder / "state.db");
}

void check_small(Database& database) {
  constexpr std::uintmax_t kLargest = 512ULL << 20U;
  std::error_code error;
  const std::uintmax_t size = fs::file_size(database.file(), error);
  if (!error && size <= kLargest && !database.is_as_written()) database.look_for_damage();
}

void bring_up(Database& database) {
  if (schema_of(database) == 0) throw Failure{"it holds nothing of trialflag", Trouble::damaged, database.file()};
  migrate(database);
}

bool is_of_state(const fs::path& folder, const fs::path& file) {
  std::error_code none;
  const fs::path whole = fs::absolute(file, none);
  const bool inside = fs::equivalent(whole.parent_path(), folder, none);
  return std::any_of(kOwn.begin(), kOwn.end(),
                     [&](const char* own) { return (inside && whole.filename() == own) || fs::equivalent(whole, folder / own, none); });
}

}  // namespace trialflag::store
