// Keeps the raw text of resources within reach without keeping it in memory: by offset in the input file where that is plain, else in a
// private temporary file.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"

namespace trialflag::intake {

/// A slice of text in the store.
struct Slice {
  std::uint32_t file = 0;
  std::uint32_t length = 0;
  std::uint64_t offset = 0;
  friend auto operator<=>(const Slice&, const Slice&) = default;
};

/// The temporary file is created in $TMPDIR (else /tmp), readable by its owner alone, and has no name, so nothing is left behind however
/// the process ends. Not thread-safe.
class TextStore {
 public:
  TextStore() = default;
  ~TextStore();
  TextStore(TextStore&& other) noexcept;
  TextStore& operator=(TextStore&&) = delete;

  /// Slices of `file` lie in that file, at the offsets of the file itself. It must not change until the last read: read() notices.
  void lies_in(std::uint32_t file, const std::filesystem::path& path);
  /// Appends `text` to the temporary file. storage when there is no room.
  Result<Slice> keep(std::uint32_t file, std::string_view text);
  /// The text of a slice, valid until the next call. unavailable when the file vanished or changed since it was indexed.
  /// `until`: the texts asked for next lie in the same file before this offset, so that they are read along: up to kReadAlong bytes.
  Result<std::string_view> read(const Slice& slice, std::uint64_t until = 0);

  static constexpr std::size_t kReadAlong = std::size_t{1} << 18;

 private:
  struct Origin {
    std::filesystem::path path;  // empty: in the temporary file
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t changed_ns = 0;
  };
  static Origin origin_of(const std::filesystem::path& path, int descriptor);
  Result<int> descriptor_of(std::uint32_t file);
  Result<void> open_spool();
  Result<void> flush();
  void fill_window(int descriptor, std::uint64_t offset, std::size_t size);

  std::vector<Origin> origins_;
  int spool_ = -1;
  std::uint64_t spooled_ = 0;  // bytes written to the temporary file
  std::string unwritten_;      // the tail that is not yet written

  int open_ = -1;  // the input file that was read last
  std::uint32_t open_file_ = 0;
  std::unique_ptr<char[]> window_;  // what was read last
  std::size_t window_room_ = 0, window_size_ = 0;
  std::uint64_t window_at_ = 0;  // where that lies
  int window_of_ = -1;           // … and in which descriptor
};

}  // namespace trialflag::intake
