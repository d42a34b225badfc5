// Memory of a parsed tree: taken in blocks, given back all at once, kept for the next tree.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

namespace trialflag::json {

/// Not thread-safe.
class BlockMemory {
 public:
  /// `size` bytes for any type, valid until reset().
  void* take(std::size_t size) {
    size = (size + kAlignment - 1) / kAlignment * kAlignment;
    for (; block_ < blocks_.size(); ++block_, used_ = 0)
      if (blocks_[block_].size - used_ >= size) return advance(size);
    const std::size_t block_size = std::max(size, kBlockSize);
    blocks_.push_back({std::make_unique_for_overwrite<std::byte[]>(block_size), block_size});
    return advance(size);
  }

  void reset() { block_ = used_ = 0; }

 private:
  static constexpr std::size_t kAlignment = alignof(std::max_align_t);
  static constexpr std::size_t kBlockSize = 64 * 1024;

  struct Block {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size;
  };

  void* advance(std::size_t size) {
    void* taken = blocks_[block_].bytes.get() + used_;
    used_ += size;
    return taken;
  }

  std::vector<Block> blocks_;
  std::size_t block_ = 0;  // the block that is being handed out
  std::size_t used_ = 0;   // … and how much of it
};

}  // namespace trialflag::json
