#include "agent/intake/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace trialflag::intake {
namespace {

constexpr std::size_t kChunk = std::size_t{1} << 18;  // of what is packed; and the first bytes, which tell whether it is

// A descriptor read from start to end; closes it when it owns it.
class Descriptor {
 public:
  Descriptor(int number, bool owned) : number_(number), owned_(owned) {}
  ~Descriptor() {
    if (owned_) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  // Fills as much of the buffer as there is; 0 at the end and on an error, which `flaw` tells.
  std::size_t read_some(char* to, std::size_t room) {
    std::size_t got = 0;
    while (got < room) {
      const ssize_t count = ::read(number_, to + got, room - got);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) flaw_ = std::string("cannot be read on: ") + std::strerror(errno);
      if (count <= 0) break;
      got += static_cast<std::size_t>(count);
    }
    consumed_ += got;
    return got;
  }
  [[nodiscard]] const std::string& flaw() const { return flaw_; }
  [[nodiscard]] std::uint64_t consumed() const { return consumed_; }

 private:
  int number_;
  bool owned_;
  std::string flaw_;
  std::uint64_t consumed_ = 0;
};

class PlainSource final : public ByteSource {
 public:
  PlainSource(std::unique_ptr<Descriptor> in, std::vector<char> first, bool seekable)
      : in_(std::move(in)), first_(std::move(first)), seekable_(seekable) {}

  std::size_t next(char* to, std::size_t room) override {
    if (given_ == first_.size()) return in_->read_some(to, room);
    const std::size_t size = std::min(room, first_.size() - given_);
    std::memcpy(to, first_.data() + given_, size);
    given_ += size;
    return size;
  }
  [[nodiscard]] std::string_view flaw() const override { return in_->flaw(); }
  [[nodiscard]] std::uint64_t consumed() const override { return in_->consumed(); }
  [[nodiscard]] bool must_be_spooled() const override { return !seekable_; }

 private:
  std::unique_ptr<Descriptor> in_;
  std::vector<char> first_;  // what was read when the source was opened
  std::size_t given_ = 0;    // of it
  bool seekable_;
};

class GzipSource final : public ByteSource {
 public:
  GzipSource(std::unique_ptr<Descriptor> in, std::vector<char> buffer, std::size_t size) : in_(std::move(in)), buffer_(std::move(buffer)) {
    stream_.next_in = reinterpret_cast<Bytef*>(buffer_.data());
    stream_.avail_in = static_cast<uInt>(size);
    if (inflateInit2(&stream_, 15 + 16) != Z_OK) ended_ = true;
  }
  ~GzipSource() override { inflateEnd(&stream_); }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;

  std::size_t next(char* to, std::size_t room) override {
    const auto most = static_cast<uInt>(std::min(room, kMost));
    stream_.next_out = reinterpret_cast<Bytef*>(to);
    stream_.avail_out = most;
    while (!ended_ && stream_.avail_out > 0) step();
    return most - stream_.avail_out;
  }
  [[nodiscard]] std::string_view flaw() const override { return flaw_; }
  [[nodiscard]] std::uint64_t consumed() const override { return in_->consumed(); }
  [[nodiscard]] bool must_be_spooled() const override { return true; }

 private:
  static constexpr std::size_t kMost = std::size_t{1} << 30;  // zlib counts in 32 bits

  void end(std::string flaw) {
    ended_ = true;
    flaw_ = std::move(flaw);
  }

  bool refill() {
    if (stream_.avail_in > 0) return true;
    stream_.next_in = reinterpret_cast<Bytef*>(buffer_.data());
    stream_.avail_in = static_cast<uInt>(in_->read_some(buffer_.data(), buffer_.size()));
    return stream_.avail_in > 0;
  }

  void step() {
    if (!refill()) return end(between_members_ ? in_->flaw() : "the gzip stream is cut off");
    between_members_ = false;
    const int result = inflate(&stream_, Z_NO_FLUSH);
    if (result == Z_STREAM_END) {
      between_members_ = true;
      inflateReset(&stream_);  // a gzip file may be several, one after the other
    } else if (result != Z_OK) {
      end("the gzip stream is corrupt");
    }
  }

  std::unique_ptr<Descriptor> in_;
  std::vector<char> buffer_;
  z_stream stream_{};
  std::string flaw_;
  bool ended_ = false, between_members_ = false;
};

std::unique_ptr<ByteSource> make_source(int number, bool owned, bool seekable) {
  auto in = std::make_unique<Descriptor>(number, owned);
  std::vector<char> buffer(kChunk);
  const std::size_t size = in->read_some(buffer.data(), buffer.size());
  const bool gzip = size >= 2 && buffer[0] == '\x1f' && buffer[1] == '\x8b';
  if (gzip) return std::make_unique<GzipSource>(std::move(in), std::move(buffer), size);
  buffer.resize(size);
  return std::make_unique<PlainSource>(std::move(in), std::move(buffer), seekable);
}

}  // namespace

Result<std::unique_ptr<ByteSource>> ByteSource::open(const std::filesystem::path& path) {
  const int number = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (number < 0) {
    const ErrorCode code = errno == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable;
    return fail(code, std::string("cannot be opened: ") + std::strerror(errno));
  }
  struct stat status {};
  const bool seekable = fstat(number, &status) == 0 && S_ISREG(status.st_mode);
  return make_source(number, true, seekable);
}

std::unique_ptr<ByteSource> ByteSource::of_descriptor(int descriptor) {
  return make_source(descriptor, false, false);
}

}  // namespace trialflag::intake
