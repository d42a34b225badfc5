// A look at a byte stream through a sliding buffer that holds the value at hand and no more.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "agent/intake/byte_source.h"

namespace trialflag::intake {

/// Views that it hands out are valid until the next call.
class Window {
 public:
  explicit Window(ByteSource& source) : source_(source) {}

  /// The next byte that is no blank, not yet taken; 0 at the end of the stream (a NUL byte in it is given as 1).
  char peek();
  /// Takes the byte that peek() saw.
  void take() { ++at_; }
  /// Takes the JSON value that begins at the byte that peek() saw; nullopt when the stream ends, or the limit is met, within it.
  std::optional<std::string_view> value();
  /// Takes a line without its end; nullopt when nothing is left.
  std::optional<std::string_view> line();
  /// What is buffered from here on.
  [[nodiscard]] std::string_view buffered() const { return {buffer_.get() + at_, size_ - at_}; }
  /// The offset of the next byte in the stream.
  [[nodiscard]] std::uint64_t offset() const { return base_ + at_; }
  [[nodiscard]] bool too_large() const { return too_large_; }
  /// Takes a UTF-8 byte-order mark.
  void skip_mark();

 private:
  bool more();

  ByteSource& source_;
  std::unique_ptr<char[]> buffer_;
  std::size_t room_ = 0, size_ = 0, at_ = 0;
  std::uint64_t base_ = 0;  // stream offset of the buffer's first byte
  bool ended_ = false, too_large_ = false;
};

}  // namespace trialflag::intake
