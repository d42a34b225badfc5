#include "agent/store/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "agent/store/trouble.h"

namespace trialflag::store {

Result<StateLock> StateLock::take(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return tl::unexpected(told({std::strerror(errno), trouble_of_disk(errno), path.string()}));
  if (::flock(file, LOCK_EX | LOCK_NB) == 0) return StateLock(file);
  ::close(file);
  return fail(ErrorCode::unavailable,
              "state.dir " + folder.string() + " is in use by another trialflag run; stop that one, or name another folder");
}

StateLock::~StateLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace trialflag::store
