// The bytes of one input, one after the other: a plain file, a gzip file, or standard input of either kind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "agent/base/result.h"

namespace trialflag::intake {

/// A stream of bytes, gunzipped where it was gzip (told by its first bytes, not by its name). Not thread-safe.
class ByteSource {
 public:
  /// not_found or unavailable when the file cannot be opened; the message says why, not which file.
  static Result<std::unique_ptr<ByteSource>> open(const std::filesystem::path& path);
  /// Reads the descriptor and leaves it open.
  static std::unique_ptr<ByteSource> of_descriptor(int descriptor);

  virtual ~ByteSource() = default;
  /// Puts the next bytes there, at most `room`, which is not 0, and gives their number: 0 at the end alone.
  virtual std::size_t next(char* to, std::size_t room) = 0;
  /// Why the stream ended before its end ("the gzip stream is cut off"); empty when it did not.
  [[nodiscard]] virtual std::string_view flaw() const = 0;
  /// Bytes taken from the file so far, before any inflating: for progress.
  [[nodiscard]] virtual std::uint64_t consumed() const = 0;
  /// True when what next() gives is not what lies on disk, so that it cannot be read again by offset.
  [[nodiscard]] virtual bool must_be_spooled() const = 0;
};

}  // namespace trialflag::intake
