// The lines of a file, read piece by piece: a table may be as large as it likes, and what is held of it is one piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string_view>

namespace trialflag::mappings {

class LineReader {
 public:
  explicit LineReader(const std::filesystem::path& file);

  /// Gives the next line, without its end, until the call after it. False when there is none, or when the file cannot be read.
  bool next(std::string_view& line);
  [[nodiscard]] bool failed() const { return failed_; }
  /// Of all bytes that were read.
  [[nodiscard]] std::uint64_t hash() const { return hash_; }

 private:
  void read_on();

  std::ifstream in_;
  std::unique_ptr<char[]> bytes_;
  std::size_t room_, begin_ = 0, end_ = 0;  ///< what was read and not yet given is bytes_[begin_, end_)
  bool failed_, over_;
  std::uint64_t hash_ = 0;
};

}  // namespace trialflag::mappings
