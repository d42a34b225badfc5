#include "agent/store/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "agent/store/trouble.h"

namespace trialflag::store {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void raise(const fs::path& path, int error) {
  throw Failure{std::strerror(error), trouble_of_disk(error), path.string()};
}

/// An open file; closes.
class Handle {
 public:
  Handle(const fs::path& path, int flags) : path_(path), file_(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600)) {
    if (file_ < 0) raise(path_, errno);
  }
  ~Handle() { ::close(file_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  std::size_t read(std::vector<char>& buffer) const {
    const ssize_t count = ::read(file_, buffer.data(), buffer.size());
    if (count < 0) raise(path_, errno);
    return static_cast<std::size_t>(count);
  }
  void write(const char* bytes, std::size_t size) const {
    while (size > 0) {
      const ssize_t count = ::write(file_, bytes, size);
      if (count < 0 && errno != EINTR) raise(path_, errno);
      if (count < 0) continue;
      bytes += count;
      size -= static_cast<std::size_t>(count);
    }
  }
  void sync() const {
    if (::fsync(file_) != 0) raise(path_, errno);
  }
  [[nodiscard]] std::uint64_t size() const {
    struct stat about {};
    if (::fstat(file_, &about) != 0) raise(path_, errno);
    return static_cast<std::uint64_t>(about.st_size);
  }

 private:
  fs::path path_;
  int file_;
};

}  // namespace

void make_durable(const fs::path& path) {
  Handle(path, O_RDONLY).sync();
}

void copy_durably(const fs::path& from, const fs::path& to, const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  const Handle source(from, O_RDONLY);
  std::error_code ignored;
  fs::remove(to, ignored);
  const Handle target(to, O_WRONLY | O_CREAT | O_EXCL);
  std::vector<char> buffer(1U << 20U);
  std::uint64_t done = 0;
  for (std::size_t count = source.read(buffer); count > 0; count = source.read(buffer)) {
    target.write(buffer.data(), count);
    done += count;
    if (progress) progress(done, source.size());
  }
  target.sync();
}

void rename_durably(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) raise(from, errno);
  make_durable(to.parent_path());
}

void Draft::clear() const {
  std::error_code ignored;
  for (const char* beside : {"", "-wal", "-shm", "-journal"}) fs::remove(path_.string() + beside, ignored);
}

}  // namespace trialflag::store
