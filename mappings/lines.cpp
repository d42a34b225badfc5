#include "mappings/lines.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "agent/base/bytes.h"

namespace trialflag::mappings {
namespace {

constexpr std::size_t kPiece = std::size_t{64} << 10;
constexpr std::size_t kBlock = sizeof(std::uint64_t);  // looked at in one go, wherever the line ends

/// The highest bit of each of a block's bytes that ends a field or a line.
std::uint64_t ends_in(const char* block) {
  static_assert('\n' == '\t' + 1 && std::endian::native == std::endian::little);
  constexpr std::uint64_t kEach = 0x0101010101010101U, kHigh = 0x80 * kEach;
  const std::uint64_t bytes = word_at<std::uint64_t>(block), low = bytes & ~kHigh;
  const std::uint64_t from_tab = low + (0x80 - '\t') * kEach, beyond_line_end = low + (0x80 - '\n' - 1) * kEach;
  return from_tab & ~beyond_line_end & ~bytes & kHigh;
}

/// As hash_bytes, of a long text: four words at a time, none of which waits for the other.
std::uint64_t hash_piece(std::string_view bytes, std::uint64_t seed) {
  std::array<std::uint64_t, 4> lanes{seed, seed + 1, seed + 2, seed + 3};
  constexpr std::size_t kStep = sizeof lanes;
  std::size_t at = 0;
  for (; at + kStep <= bytes.size(); at += kStep) {
    for (std::size_t i = 0; i < lanes.size(); ++i)
      lanes[i] = mix(lanes[i], word_at<std::uint64_t>(bytes.data() + at + i * sizeof lanes[i]));
  }
  std::uint64_t hash = bytes.size();
  for (const std::uint64_t lane : lanes) hash = mix(hash, lane);
  return hash_bytes(bytes.substr(at), hash);
}

/// Up to the end of the line that begins there, which it gives: the fields, and how many of them there are.
const char* split(const char* line, std::span<std::string_view> fields, std::size_t& count) {
  const char* from = line;
  for (const char* block = line;; block += kBlock) {
    for (std::uint64_t ends = ends_in(block); ends != 0; ends &= ends - 1) {
      const char* const end = block + std::countr_zero(ends) / 8;
      if (count < fields.size()) fields[count++] = {from, static_cast<std::size_t>(end - from)};
      if (*end == '\n') return end;
      from = end + 1;
    }
  }
}

}  // namespace

LineReader::LineReader(const std::filesystem::path& file) : in_(file, std::ios::binary), failed_(!in_), over_(failed_) {
  make_room(kPiece);
}

/// Keeps what was not yet given, and puts it first.
void LineReader::make_room(std::size_t room) {
  auto bytes = std::make_unique_for_overwrite<char[]>(room + kBlock);
  const std::size_t left = end_ - begin_;
  if (left != 0) std::memcpy(bytes.get(), bytes_.get() + begin_, left);
  bytes_ = std::move(bytes);
  room_ = room;
  begin_ = 0;
  end_ = left;
  bytes_[end_] = '\n';
}

bool LineReader::next(std::span<std::string_view> fields) {
  for (;;) {
    std::size_t count = 0;
    const auto end = static_cast<std::size_t>(split(bytes_.get() + begin_, fields, count) - bytes_.get());
    if (end == end_ && !over_) {
      read_on();
      continue;
    }
    const std::size_t size = end - begin_;
    const bool none = failed_ || (end == end_ && size == 0);
    begin_ = std::min(end + 1, end_);
    if (none) return false;
    std::fill(fields.begin() + static_cast<std::ptrdiff_t>(count), fields.end(), std::string_view());
    empty_ = size == 0;
    return true;
  }
}

/// A line that began stays; where it fills all the room, there will be twice the room.
void LineReader::read_on() {
  if (end_ - begin_ == room_) make_room(room_ * 2);
  const std::size_t left = end_ - begin_;
  std::memmove(bytes_.get(), bytes_.get() + begin_, left);
  begin_ = 0;
  in_.read(bytes_.get() + left, static_cast<std::streamsize>(room_ - left));
  const auto count = static_cast<std::size_t>(in_.gcount());
  hash_ = hash_piece({bytes_.get() + left, count}, hash_);
  end_ = left + count;
  bytes_[end_] = '\n';
  failed_ = in_.bad();
  over_ = !in_;
}

}  // namespace trialflag::mappings
