#include "agent/intake/text_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace trialflag::intake {
namespace {

constexpr std::size_t kWriteAt = std::size_t{1} << 20;

Error no_room(const std::string& folder) {
  return {ErrorCode::storage,
          "cannot write a temporary file in " + folder + ": " + std::strerror(errno) + "; set TMPDIR to a folder with room"};
}

std::string temporary_folder() {
  const char* named = std::getenv("TMPDIR");
  return named != nullptr && *named != '\0' ? named : "/tmp";
}

}  // namespace

TextStore::~TextStore() {
  if (spool_ >= 0) close(spool_);
  if (open_ >= 0) close(open_);
}

TextStore::TextStore(TextStore&& other) noexcept
    : origins_(std::move(other.origins_)),
      spool_(std::exchange(other.spool_, -1)),
      spooled_(other.spooled_),
      unwritten_(std::move(other.unwritten_)),
      open_(std::exchange(other.open_, -1)),
      open_file_(other.open_file_),
      window_(std::move(other.window_)),
      window_room_(std::exchange(other.window_room_, 0)),
      window_size_(std::exchange(other.window_size_, 0)),
      window_at_(other.window_at_),
      window_of_(std::exchange(other.window_of_, -1)) {}

TextStore::Origin TextStore::origin_of(const std::filesystem::path& path, int descriptor) {
  struct stat status {};
  if (descriptor >= 0 ? fstat(descriptor, &status) != 0 : stat(path.c_str(), &status) != 0) return {path};
  return {path, status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec};
}

void TextStore::lies_in(std::uint32_t file, const std::filesystem::path& path) {
  if (origins_.size() <= file) origins_.resize(file + std::size_t{1});
  origins_[file] = origin_of(path, -1);
}

Result<void> TextStore::open_spool() {
  const std::string folder = temporary_folder();
  spool_ = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (spool_ >= 0) return {};
  std::string name = folder + "/trialflag-XXXXXX";  // not every file system knows files without a name
  spool_ = mkostemp(name.data(), O_CLOEXEC);
  if (spool_ < 0) return tl::unexpected<Error>(no_room(folder));
  unlink(name.c_str());
  return {};
}

Result<void> TextStore::flush() {
  std::size_t written = 0;
  while (written < unwritten_.size()) {
    const ssize_t count = pwrite(spool_, unwritten_.data() + written, unwritten_.size() - written, static_cast<off_t>(spooled_ + written));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return tl::unexpected<Error>(no_room(temporary_folder()));
    written += static_cast<std::size_t>(count);
  }
  spooled_ += unwritten_.size();
  unwritten_.clear();
  return {};
}

Result<Slice> TextStore::keep(std::uint32_t file, std::string_view text) {
  if (origins_.size() <= file) origins_.resize(file + std::size_t{1});
  if (spool_ < 0) {
    if (auto opened = open_spool(); !opened) return tl::unexpected<Error>(opened.error());
  }
  const Slice slice{file, static_cast<std::uint32_t>(text.size()), spooled_ + unwritten_.size()};
  unwritten_.append(text);
  if (unwritten_.size() >= kWriteAt) {
    if (auto written = flush(); !written) return tl::unexpected<Error>(written.error());
  }
  return slice;
}

Result<int> TextStore::descriptor_of(std::uint32_t file) {
  const Origin& origin = origins_.at(file);
  if (origin.path.empty()) {
    if (auto written = flush(); !written) return tl::unexpected<Error>(written.error());
    return spool_;
  }
  if (open_ >= 0 && open_file_ == file) return open_;
  if (open_ >= 0) close(open_);
  window_of_ = -1;
  open_ = open(origin.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (open_ < 0) return fail(ErrorCode::unavailable, "vanished while it was being read");
  open_file_ = file;
  const Origin now = origin_of(origin.path, open_);
  if (now.device == origin.device && now.inode == origin.inode && now.size == origin.size && now.changed_ns == origin.changed_ns)
    return open_;
  close(std::exchange(open_, -1));
  return fail(ErrorCode::unavailable, "changed while it was being read");
}

// Reads as much of it as there is.
void TextStore::fill_window(int descriptor, std::uint64_t offset, std::size_t size) {
  if (window_room_ < size) {
    window_ = std::make_unique_for_overwrite<char[]>(size);
    window_room_ = size;
  }
  window_of_ = descriptor;
  window_at_ = offset;
  window_size_ = 0;
  while (window_size_ < size) {
    const ssize_t count = pread(descriptor, window_.get() + window_size_, size - window_size_, static_cast<off_t>(offset + window_size_));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    window_size_ += static_cast<std::size_t>(count);
  }
}

Result<std::string_view> TextStore::read(const Slice& slice, std::uint64_t until) {
  const auto descriptor = descriptor_of(slice.file);
  if (!descriptor) return tl::unexpected<Error>(descriptor.error());
  const bool inside = window_of_ == *descriptor && slice.offset >= window_at_ && slice.offset + slice.length <= window_at_ + window_size_;
  if (!inside) {
    const std::uint64_t along = until > slice.offset ? std::min<std::uint64_t>(until - slice.offset, kReadAlong) : 0;
    fill_window(*descriptor, slice.offset, std::max<std::size_t>(slice.length, along));
    if (window_size_ < slice.length) return fail(ErrorCode::unavailable, "changed while it was being read");
  }
  return std::string_view(window_.get() + (slice.offset - window_at_), slice.length);
}

}  // namespace trialflag::intake
