#include "mappings/lines.h"

#include <algorithm>
#include <cstring>

#include "agent/base/bytes.h"

namespace trialflag::mappings {
namespace {

constexpr std::size_t kPiece = std::size_t{64} << 10;

}  // namespace

LineReader::LineReader(const std::filesystem::path& file)
    : in_(file, std::ios::binary), bytes_(std::make_unique_for_overwrite<char[]>(kPiece)), room_(kPiece), failed_(!in_), over_(failed_) {}

bool LineReader::next(std::string_view& line) {
  for (;;) {
    const char* begin = bytes_.get() + begin_;
    const std::size_t left = end_ - begin_;
    const auto* end = static_cast<const char*>(std::memchr(begin, '\n', left));
    if (end == nullptr && !over_) {
      read_on();
      continue;
    }
    const std::size_t size = end == nullptr ? left : static_cast<std::size_t>(end - begin);
    line = {begin, size};
    begin_ += std::min(size + 1, left);
    return left != 0 && !failed_;
  }
}

/// A line that began stays; where it fills all the room, there will be twice the room.
void LineReader::read_on() {
  const std::size_t left = end_ - begin_;
  if (left == room_) {
    auto larger = std::make_unique_for_overwrite<char[]>(room_ * 2);
    std::memcpy(larger.get(), bytes_.get(), left);
    bytes_ = std::move(larger);
    room_ *= 2;
  } else {
    std::memmove(bytes_.get(), bytes_.get() + begin_, left);
  }
  begin_ = 0;
  in_.read(bytes_.get() + left, static_cast<std::streamsize>(room_ - left));
  const auto count = static_cast<std::size_t>(in_.gcount());
  hash_ = hash_bytes({bytes_.get() + left, count}, hash_);
  end_ = left + count;
  failed_ = in_.bad();
  over_ = !in_;
}

}  // namespace trialflag::mappings
