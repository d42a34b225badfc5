#include "agent/store/checked_file.h"

#include <sqlite3.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

namespace trialflag::store {
namespace {

constexpr int kHeader = 100;  // bytes at the begin of the file that tell of the file

/// What SQLite holds of an open file: ours in front, then that of the system, which does the work.
struct File {
  sqlite3_file base;
  bool main = true;     // the database itself, not its log
  bool known = false;   // the header was seen
  bool sealed = false;  // the file has room for checksums
  bool checks = true;   // what is read is compared
  int page_size = 4096;
};

sqlite3_file* real(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<File*>(file) + 1);
}

/// Reads off the header whether pages carry a checksum; false: it says what no header of ours says.
bool learn(File& file, const unsigned char* header) {
  if (std::memcmp(header, "SQLite format 3", 16) != 0) return true;  // which SQLite refuses
  const int size = header[16] << 8 | header[17];
  const int version = header[60] << 24 | header[61] << 16 | header[62] << 8 | header[63];  // PRAGMA user_version
  file.page_size = size == 1 ? 65536 : size;
  file.known = true;
  file.sealed = header[20] == kChecksumBytes;
  return file.sealed || version < kSealedSince;
}

/// Two running sums over words of four bytes, each of which changes with the place of every word, as in SQLite's own log.
std::array<std::uint32_t, 2> sums(const unsigned char* bytes, int size, std::uint32_t begin) {
  std::uint32_t a = 0x7f4a7c15 + begin, b = 0x9e3779b9;
  for (int at = 0; at + 8 <= size; at += 8) {
    std::array<std::uint32_t, 2> words{};
    std::memcpy(words.data(), bytes + at, 8);
    a += words[0] + b;
    b += words[1] + a;
  }
  return {a, b};
}

std::array<std::uint32_t, 2> checksum(const unsigned char* page, int size, sqlite3_int64 offset) {
  std::uint32_t begin = 0;
  if (offset == 0) std::memcpy(&begin, page + kHeader, sizeof begin);
  const int skip = offset == 0 ? kHeader + static_cast<int>(sizeof begin) : 0;  // a multiple of eight
  return sums(page + skip, size - kChecksumBytes - skip, begin);
}

bool is_sealed(const unsigned char* page, int size, sqlite3_int64 offset) {
  const auto wanted = checksum(page, size, offset);
  return std::memcmp(wanted.data(), page + size - kChecksumBytes, kChecksumBytes) == 0;
}

bool is_page(const File& file, int amount, sqlite3_int64 offset) {
  return file.sealed && amount == file.page_size && offset % file.page_size == 0;
}

/// Whether this thread has met a changed page since it was last asked.
thread_local bool met_change = false;

int changed() {
  met_change = true;
  return SQLITE_IOERR_DATA;
}

int read(sqlite3_file* file, void* buffer, int amount, sqlite3_int64 offset) {
  auto& ours = *reinterpret_cast<File*>(file);
  const int result = real(file)->pMethods->xRead(real(file), buffer, amount, offset);
  if (result != SQLITE_OK) return result;
  auto* bytes = static_cast<unsigned char*>(buffer);
  if (ours.main && offset == 0 && amount >= kHeader && !learn(ours, bytes) && ours.checks) return changed();
  if (!ours.checks || !is_page(ours, amount, offset)) return SQLITE_OK;
  return is_sealed(bytes, amount, offset) ? SQLITE_OK : changed();
}

int write(sqlite3_file* file, const void* buffer, int amount, sqlite3_int64 offset) {
  auto& ours = *reinterpret_cast<File*>(file);
  const auto* bytes = static_cast<const unsigned char*>(buffer);
  if (ours.main && offset == 0 && amount >= kHeader) (void)learn(ours, bytes);
  // A file that is begun gets its first page last. It was begun by us, so it has room.
  const bool begun = ours.main && !ours.known && offset > 0;
  if (begun || is_page(ours, amount, offset)) {
    const auto sum = checksum(bytes, amount, offset);
    // SQLite leaves these bytes to whoever reserved them, also in the buffer that it hands over.
    std::memcpy(const_cast<unsigned char*>(bytes) + amount - kChecksumBytes, sum.data(), kChecksumBytes);
  }
  const int result = real(file)->pMethods->xWrite(real(file), buffer, amount, offset);
  // Of these SQLite knows that something failed, and not what.
  if (result == SQLITE_IOERR_WRITE && (errno == EDQUOT || errno == EFBIG)) return SQLITE_FULL;
  if (result == SQLITE_IOERR_WRITE && errno == EROFS) return SQLITE_READONLY;
  return result;
}

int close(sqlite3_file* file) {
  const int result = real(file)->pMethods->xClose(real(file));
  if (result == SQLITE_OK) file->pMethods = nullptr;
  return result;
}

// What follows hands on.
int truncate(sqlite3_file* file, sqlite3_int64 size) {
  return real(file)->pMethods->xTruncate(real(file), size);
}
int sync(sqlite3_file* file, int flags) {
  return real(file)->pMethods->xSync(real(file), flags);
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return real(file)->pMethods->xFileSize(real(file), size);
}
int lock(sqlite3_file* file, int level) {
  return real(file)->pMethods->xLock(real(file), level);
}
int unlock(sqlite3_file* file, int level) {
  return real(file)->pMethods->xUnlock(real(file), level);
}
int check_lock(sqlite3_file* file, int* taken) {
  return real(file)->pMethods->xCheckReservedLock(real(file), taken);
}
int control(sqlite3_file* file, int what, void* with) {
  return real(file)->pMethods->xFileControl(real(file), what, with);
}
int sector_size(sqlite3_file* file) {
  return real(file)->pMethods->xSectorSize(real(file));
}
/// Pages are read whole, for their checksum is of the whole.
int traits(sqlite3_file* file) {
#ifdef SQLITE_IOCAP_SUBPAGE_READ
  return real(file)->pMethods->xDeviceCharacteristics(real(file)) & ~SQLITE_IOCAP_SUBPAGE_READ;
#else
  return real(file)->pMethods->xDeviceCharacteristics(real(file));
#endif
}
int map_shared(sqlite3_file* file, int page, int size, int extend, void volatile** memory) {
  return real(file)->pMethods->xShmMap(real(file), page, size, extend, memory);
}
int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
  return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
void barrier(sqlite3_file* file) {
  real(file)->pMethods->xShmBarrier(real(file));
}
int unmap_shared(sqlite3_file* file, int remove) {
  return real(file)->pMethods->xShmUnmap(real(file), remove);
}

// Version 2: the file is not mapped into memory, where nobody would check it.
constexpr sqlite3_io_methods kMethods = {2,           close,   read,         write,   truncate,    sync,   file_size,
                                         lock,        unlock,  check_lock,   control, sector_size, traits, map_shared,
                                         lock_shared, barrier, unmap_shared, nullptr, nullptr};

/// Before SQLite is first used: what a part of a transaction would undo stays in memory up to this, which is more than most patients
/// change, and is not written to a temporary file each time. SQLite writes it in one piece, of which its system layer takes no larger one.
void keep_undo_in_memory() {
  constexpr int kUndo = 124 << 10;
  static const int configured = sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, kUndo);  // refused when it is in use; then nothing is lost
  (void)configured;
}

sqlite3_vfs* system_files() {
  keep_undo_in_memory();
  return sqlite3_vfs_find("unix");
}

/// The database itself and its log are ours; what is temporary is the system's alone.
int open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* flags_out) {
  sqlite3_vfs* system = system_files();
  if ((flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) == 0) return system->xOpen(system, name, file, flags, flags_out);
  auto* ours = new (file) File;
  ours->base.pMethods = nullptr;
  ours->checks = vfs->pAppData == nullptr;
  ours->main = (flags & SQLITE_OPEN_MAIN_DB) != 0;
  const int result = system->xOpen(system, name, real(file), flags, flags_out);
  if (result == SQLITE_OK) ours->base.pMethods = &kMethods;
  return result;
}

sqlite3_vfs made(const char* name, bool checks) {
  sqlite3_vfs vfs = *system_files();
  vfs.szOsFile += static_cast<int>(sizeof(File));
  vfs.zName = name;
  vfs.pNext = nullptr;
  vfs.xOpen = open;
  static int unchecked = 0;
  vfs.pAppData = checks ? nullptr : &unchecked;
  return vfs;
}

}  // namespace

const char* checked_files() {
  static sqlite3_vfs vfs = made("trialflag", true);
  static const int registered = sqlite3_vfs_register(&vfs, 0);
  return registered == SQLITE_OK ? vfs.zName : nullptr;
}

const char* unchecked_files() {
  static sqlite3_vfs vfs = made("trialflag-unchecked", false);
  static const int registered = sqlite3_vfs_register(&vfs, 0);
  return registered == SQLITE_OK ? vfs.zName : nullptr;
}

bool is_as_written(sqlite3* database) {
  // By the handle that SQLite has open: whoever opens and closes the file beside it drops the locks of the whole process.
  sqlite3_file* file = nullptr;
  sqlite3_int64 size = 0;
  if (sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || file == nullptr) return false;
  const auto* about = reinterpret_cast<const File*>(file);
  if (file->pMethods == nullptr || file->pMethods->xRead != read || !about->sealed) return false;
  if (file->pMethods->xFileSize(file, &size) != SQLITE_OK || size % about->page_size != 0) return false;
  std::vector<char> page(static_cast<std::size_t>(about->page_size));
  for (sqlite3_int64 at = 0; at < size; at += about->page_size)
    if (read(file, page.data(), about->page_size, at) != SQLITE_OK) return met_change = false;
  return true;
}

bool met_changed_page() {
  return std::exchange(met_change, false);
}

}  // namespace trialflag::store
