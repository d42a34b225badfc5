// The lines of a table and their fields between tabs, read piece by piece: a table may be as large as it likes, and what is held of it is
// one piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <string_view>

namespace trialflag::mappings {

class LineReader {
 public:
  explicit LineReader(const std::filesystem::path& file);

  /// Gives the first `fields` of the next line, until the call after it; those that the line does not have are empty. False when there is
  /// no further line, or when the file cannot be read.
  bool next(std::span<std::string_view> fields);
  /// Whether the line that was given has not a byte.
  [[nodiscard]] bool is_empty() const { return empty_; }
  [[nodiscard]] bool failed() const { return failed_; }
  /// Of all bytes that were read.
  [[nodiscard]] std::uint64_t hash() const { return hash_; }

 private:
  void make_room(std::size_t room);
  void read_on();

  std::ifstream in_;
  std::unique_ptr<char[]> bytes_;
  std::size_t room_ = 0, begin_ = 0, end_ = 0;  ///< what was read and not yet given is bytes_[begin_, end_); a line end stands behind it
  bool failed_, over_, empty_ = true;
  std::uint64_t hash_ = 0;
};

}  // namespace trialflag::mappings
