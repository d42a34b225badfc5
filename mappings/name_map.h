// A few hundred names → numbers, found again once for every row that is read and every coding that is looked up.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace trialflag::mappings {

/// Open addressing over names, by their length and their ends: what tells names apart stands there. The names must outlive the map.
/// Filled by one thread, then thread-safe.
class NameMap {
 public:
  /// From now on `name` has `number`, whatever it had before.
  void set(std::string_view name, std::uint32_t number);
  /// The number of `name`; null when it has none. Valid until the next name is set.
  [[nodiscard]] const std::uint32_t* find(std::string_view name) const;

 private:
  struct Slot {
    std::uint32_t tag = 0;  ///< of the hash; 0: the slot is free
    std::uint32_t number = 0;
    std::string_view name;
  };
  void place(const Slot& slot, std::uint64_t hash);

  std::vector<Slot> slots_ = std::vector<Slot>(64);
  std::size_t used_ = 0;
};

}  // namespace trialflag::mappings
