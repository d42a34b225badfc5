#include "agent/store/backup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <system_error>

#include "agent/store/files.h"
#include "agent/store/forget.h"
#include "agent/store/place.h"
#include "agent/store/rows.h"
#include "agent/store/schema.h"
#include "agent/store/trouble.h"

namespace trialflag::store {
namespace {

namespace fs = std::filesystem;

/// What we make is for its owner alone.
class Private {
 public:
  Private() : before_(::umask(0077)) {}
  ~Private() { ::umask(before_); }
  Private(const Private&) = delete;
  Private& operator=(const Private&) = delete;

 private:
  mode_t before_;
};

fs::path named_beside(const fs::path& file, const std::string& ending) {
  return file.parent_path() / (file.filename().string() + ending);
}

std::int64_t number(Database& database, std::string_view sql) {
  const auto row = database.prepare(sql);
  return row->step() ? row->integer(0) : 0;
}

/// What a database says of itself.
Backup described(Database& database) {
  Backup backup;
  backup.site = meta(database, "site");
  backup.base_url = meta(database, "base_url");
  backup.version = meta(database, "backup_version");
  const std::string at = meta(database, "backup_at");
  backup.at = {at.empty() ? 0 : std::strtoll(at.c_str(), nullptr, 10)};
  backup.flags = number(database, "SELECT count(*) FROM flags");
  backup.charts = number(database, "SELECT count(*) FROM charts");
  return backup;
}

/// Runs VACUUM INTO, and tells how far the file has grown.
void copy_whole(const fs::path& from, const fs::path& to, const OnProgress& progress) {
  Database source(from, 1000, Absent::refused);
  const auto total = static_cast<std::uint64_t>(number(source, "PRAGMA page_count")) * 8192;
  source.watch([&] {
    std::error_code missing;
    const std::uintmax_t done = fs::file_size(to, missing);
    if (progress && !missing) progress(done, std::max<std::uint64_t>(done, total));
  });
  source.run("VACUUM INTO ?", to.string());
}

/// What SQLite has written is one whole file, without a log beside it.
void close_off(Database& database) {
  database.look_for_damage();
  database.execute("PRAGMA journal_mode = DELETE");
}

/// The next cycle reads everything again, and lets no notice go by itself: what was sent since the backup, nobody here knows.
void hold_back(Database& database, Instant now) {
  Transaction transaction(database);
  database.execute(
      "UPDATE types SET watermark = NULL, whole_at = NULL; DELETE FROM seen;"
      "UPDATE patients SET pending = 2 WHERE candidate OR id IN (SELECT patient FROM charts);"
      "UPDATE notices SET settled = 0 WHERE state = 'waiting' AND kind NOT IN ('digest', 'alarm') AND digest IS NULL;"
      "UPDATE notices SET held = 1 WHERE state = 'waiting' AND kind IN ('digest', 'alarm');"
      "DELETE FROM meta WHERE key IN ('backup_at', 'backup_version')");
  set_meta(database, "restored", "1");
  set_meta(database, "restored_at", std::to_string(now.ms));
  transaction.commit();
}

/// Whoever the state until now has forgotten must not come back with an older one. A state that cannot be read any more tells nobody.
void keep_forgotten(const fs::path& former, Database& copy, Instant now) {
  std::error_code error;
  if (!fs::exists(former, error)) return;
  std::string key;
  std::vector<std::string> hashes;
  try {
    Database database(former, 1000);
    key = meta(database, "forgotten_key");
    const auto row = database.prepare("SELECT hash FROM forgotten");
    while (row->step()) hashes.push_back(row->text(0));
  } catch (const Failure&) {
    return;
  }
  if (hashes.empty()) return;
  Transaction transaction(copy);
  set_meta(copy, "forgotten_key", key);
  copy.execute("DELETE FROM forgotten");
  for (const std::string& hash : hashes) copy.run("INSERT INTO forgotten (hash, at) VALUES (?, ?)", Statement::Blob{hash}, now);
  std::vector<std::string> again;
  for (const std::string& patient : named_patients(copy))
    if (is_forgotten(copy, patient)) again.push_back(patient);
  for (const std::string& patient : again) (void)forget(copy, patient, "restore", now);
  transaction.commit();
  if (!again.empty()) copy.execute("VACUUM");
}

fs::path decided(const fs::path& folder) {
  return folder / "state.db.restored";
}

/// Where the former state goes: under the time of the restore, which a restore that was killed still knows.
fs::path former_of(const fs::path& folder) {
  struct stat about {};
  if (::stat(decided(folder).c_str(), &about) != 0) return {};
  std::string stamp;
  for (const char sign : Zone::utc().format({static_cast<std::int64_t>(about.st_mtime) * 1000}))
    if (sign != '-' && sign != ':') stamp.push_back(sign);
  fs::path former = folder / ("state.db.before-restore-" + stamp);
  return former;
}

/// Puts the decided file in the state's place; what lay there is kept. May be done again from any point of it.
fs::path exchange(const fs::path& folder) {
  const fs::path former = former_of(folder);
  bool any = false;
  for (const char* ending : {"", "-wal", "-shm"}) {
    const fs::path old = (folder / "state.db").string() + ending;
    if (!fs::exists(old)) continue;
    rename_durably(old, former.string() + ending);
    any = true;
  }
  rename_durably(decided(folder), folder / "state.db");
  return any ? former : fs::path();
}

Result<Backup> examined(Database& copy, const fs::path& file, const Identity& identity) {
  const auto not_ours = [&](const std::string& why) { return fail(ErrorCode::malformed_data, file.string() + " " + why); };
  if (schema_of(copy) == 0) return not_ours("is no backup of trialflag; name a file that `trialflag backup` wrote");
  if (schema_of(copy) > newest_schema()) return not_ours("was written by a newer version of trialflag; restore it with that one");
  copy.look_for_damage();
  Backup backup = described(copy);
  if (const std::string whose = foreign_to(backup.site, backup.base_url, identity); !whose.empty())
    return fail(ErrorCode::invalid_config, file.string() + " belongs to " + whose + "; it cannot become the state of another");
  return backup;
}

/// A failure of the copy is one of the file that was given.
Error told_of_copy(const Failure& failure, const fs::path& file) {
  if (failure.trouble != Trouble::damaged) return told(failure);
  return {ErrorCode::malformed_data, file.string() + " is damaged, or no backup of trialflag (" + failure.what + "); restore another one"};
}

/// What SQLite would say of a place where no file can be made sounds like the state's own trouble.
Result<void> try_to_make(const fs::path& draft, const fs::path& file) {
  const int made = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made < 0)
    return fail(ErrorCode::storage, "the backup " + file.string() + " cannot be written (" + std::generic_category().message(errno) +
                                        "); name a file in a folder that is there and may be written");
  ::close(made);
  return {};
}

/// Throws Failure.
Backup backed_up(const fs::path& state, const Draft& draft, const fs::path& file, const BackupOptions& options,
                 const OnProgress& progress) {
  copy_whole(state, draft.path(), progress);
  Backup backup;
  {
    Database copy(draft.path());
    set_meta(copy, "backup_version", options.version);
    set_meta(copy, "backup_at", std::to_string(options.now.ms));
    close_off(copy);
    backup = described(copy);
  }
  std::error_code error;
  fs::permissions(draft.path(), fs::perms(0600), error);
  make_durable(draft.path());
  backup.bytes = fs::file_size(draft.path(), error);
  rename_durably(draft.path(), file);
  return backup;
}

}  // namespace

Result<Backup> back_up(const fs::path& folder, const fs::path& file, const BackupOptions& options, const OnProgress& progress) {
  if (auto ended = end_restore(folder); !ended) return tl::unexpected(ended.error());
  const auto any = has_state(folder);
  if (!any) return tl::unexpected(any.error());
  if (!*any) return fail(ErrorCode::not_found, "there is no state in " + folder.string() + " yet");
  if (is_of_state(folder, file))
    return fail(ErrorCode::conflict, file.string() + " is the state itself, or a file that it needs; name another file");
  std::error_code error;
  if (fs::exists(fs::symlink_status(file, error)) && !options.overwrite)
    return fail(ErrorCode::conflict, file.string() + " is there already; name another file, or add --force to replace it");
  const Private mask;
  const fs::path whole = fs::absolute(file);
  const Draft draft(named_beside(whole, ".part"));
  if (auto there = try_to_make(draft.path(), file); !there) return tl::unexpected(there.error());
  try {
    return backed_up(folder / "state.db", draft, whole, options, progress);
  } catch (const Failure& failure) {
    if (failure.trouble != Trouble::disk_full) return tl::unexpected(told(failure).within("backing up"));
    return fail(ErrorCode::storage, "the disk of the backup " + file.string() +
                                        " is full; free some space there, or name a file elsewhere: the state is as it was");
  }
}

Result<Restored> restore(const fs::path& folder, const fs::path& file, const Identity& identity, Instant now, const OnProgress& progress) {
  std::error_code error;
  if (!fs::is_regular_file(file, error))
    return fail(ErrorCode::not_found, file.string() + " is no file; name one that `trialflag backup` wrote");
  fs::create_directories(folder, error);
  if (error) return fail(ErrorCode::storage, "state.dir " + folder.string() + " cannot be made: " + error.message());
  const auto lock = StateLock::take(folder);
  if (!lock) return tl::unexpected(lock.error());
  if (auto finished = finish_restore(folder, *lock); !finished) return tl::unexpected(finished.error());
  try {
    const Private mask;
    const Draft draft(folder / "state.db.restoring");
    copy_durably(file, draft.path(), progress);
    Restored restored;
    {
      Database copy(draft.path());
      auto backup = examined(copy, file, identity);
      if (!backup) return tl::unexpected(backup.error());
      restored.backup = std::move(*backup);
      migrate(copy);
      keep_forgotten(folder / "state.db", copy, now);
      hold_back(copy, now);
      close_off(copy);
    }
    make_durable(draft.path());
    rename_durably(draft.path(), decided(folder));
    restored.former = exchange(folder);
    return restored;
  } catch (const Failure& failure) {
    return tl::unexpected(told_of_copy(failure, file).within("restoring"));
  }
}

bool restore_is_unfinished(const fs::path& folder) {
  std::error_code error;
  return fs::exists(decided(folder), error);
}

Result<void> finish_restore(const fs::path& folder, const StateLock& /*held*/) {
  if (!restore_is_unfinished(folder)) return {};
  return guarded("ending a restore that was interrupted", [&] { (void)exchange(folder); });
}

Result<void> end_restore(const fs::path& folder) {
  if (!restore_is_unfinished(folder)) return {};
  const auto lock = StateLock::take(folder);
  return lock ? finish_restore(folder, *lock) : tl::unexpected(lock.error());
}

}  // namespace trialflag::store
