#include "agent/store/trouble.h"

#include <sqlite3.h>

#include <cerrno>

namespace trialflag::store {
namespace {

std::string words(const Failure& failure) {
  const std::string state = failure.file.empty() ? "the local store" : "the state " + failure.file;
  const std::string file = failure.file.empty() ? "under state.dir" : failure.file;
  switch (failure.trouble) {
    case Trouble::disk_full:
      return state + " cannot be written, for its disk is full (" + failure.what +
             "); free some space there, then start trialflag again: nothing is lost";
    case Trouble::read_only:
      return state + " cannot be written (" + failure.what +
             "); see that its disk is mounted read-write and that the folder belongs to the user that runs trialflag, then start it again";
    case Trouble::disk_error:
      return state + " cannot be read or written (" + failure.what +
             "); see the kernel's log for errors of the disk; when it is mended, start trialflag again; if the state is lost, run "
             "`trialflag restore FILE` with the latest backup";
    case Trouble::damaged:
      return state + " is damaged (" + failure.what +
             "); stop trialflag and run `trialflag restore FILE` with the latest backup, which keeps the damaged file beside it";
    case Trouble::in_use:
      return state + " is held by another process (" + failure.what + "); end that one, or try again later";
    case Trouble::newer:
      return state + " was written by a newer version of trialflag; run that one, or restore a backup of this one";
    case Trouble::other:
      break;
  }
  return "the local store failed: " + failure.what + "; check the disk " + file;
}

}  // namespace

Trouble trouble_of_disk(int error) {
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) return Trouble::disk_full;
  if (error == EROFS || error == EACCES || error == EPERM) return Trouble::read_only;
  return Trouble::disk_error;
}

Trouble trouble_of(int result, int error) {
  switch (result & 0xff) {
    case SQLITE_FULL:
      return Trouble::disk_full;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return Trouble::read_only;
    case SQLITE_CANTOPEN:
      return trouble_of_disk(error == 0 ? EACCES : error);
    case SQLITE_IOERR:
      if (result == SQLITE_IOERR_DATA || result == SQLITE_IOERR_SHORT_READ || result == SQLITE_IOERR_CORRUPTFS) return Trouble::damaged;
      return trouble_of_disk(error);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
      return Trouble::damaged;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Trouble::in_use;
    default:
      return Trouble::other;
  }
}

Error told(const Failure& failure) {
  return {failure.trouble == Trouble::damaged ? ErrorCode::damage : ErrorCode::storage, words(failure)};
}

}  // namespace trialflag::store
