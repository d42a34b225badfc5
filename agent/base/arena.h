// Memory for the strings and small arrays of one chart: allocated together, freed together, never one by one.
#pragma once

#include <cstring>
#include <memory>
#include <memory_resource>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace trialflag {

/// Owns what it hands out until it is destroyed or reset. Not thread-safe. Only trivially destructible elements.
class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// A copy of `text` that lives as long as the arena.
  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    char* to = static_cast<char*>(memory_.allocate(text.size(), 1));
    std::memcpy(to, text.data(), text.size());
    return {to, text.size()};
  }

  /// A copy of `items` that lives as long as the arena.
  template <typename T>
  std::span<const T> copy(const std::vector<T>& items) {
    static_assert(std::is_trivially_destructible_v<T>);
    if (items.empty()) return {};
    T* to = static_cast<T*>(memory_.allocate(items.size() * sizeof(T), alignof(T)));
    std::uninitialized_copy(items.begin(), items.end(), to);
    return {to, items.size()};
  }

  /// Room for `count` elements, each as its type begins.
  template <typename T>
  std::span<T> room(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    if (count == 0) return {};
    T* to = static_cast<T*>(memory_.allocate(count * sizeof(T), alignof(T)));
    std::uninitialized_value_construct_n(to, count);
    return {to, count};
  }

  /// What the other one handed out lives as long as this one from now on.
  void adopt(std::unique_ptr<const Arena> other) { adopted_.push_back(std::move(other)); }

  /// Frees everything at once; all views become invalid.
  void reset() {
    adopted_.clear();
    memory_.release();
  }

 private:
  std::pmr::monotonic_buffer_resource memory_{8192};
  std::vector<std::unique_ptr<const Arena>> adopted_;
};

}  // namespace trialflag
