#include "mappings/name_map.h"

#include <algorithm>
#include <utility>

#include "agent/base/bytes.h"

namespace trialflag::mappings {
namespace {

constexpr std::size_t kEnd = 16;  // bytes of a name that are hashed, at most

std::uint64_t hash_of(std::string_view name) {
  return hash_bytes(name.substr(name.size() - std::min(name.size(), kEnd)), name.size());
}

}  // namespace

void NameMap::place(const Slot& slot, std::uint64_t hash) {
  std::size_t at = hash & (slots_.size() - 1);
  while (slots_[at].number != 0 && slots_[at].name != slot.name) at = (at + 1) & (slots_.size() - 1);
  if (slots_[at].number == 0) ++used_;
  slots_[at] = slot;
}

void NameMap::set(std::string_view name, std::uint32_t number) {
  if ((used_ + 1) * 2 > slots_.size()) {
    const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
    used_ = 0;
    for (const Slot& slot : old) {
      if (slot.number != 0) place(slot, hash_of(slot.name));
    }
  }
  const std::uint64_t hash = hash_of(name);
  place({static_cast<std::uint32_t>(hash >> 32), number + 1, name}, hash);
}

std::optional<std::uint32_t> NameMap::find(std::string_view name) const {
  const std::uint64_t hash = hash_of(name);
  for (std::size_t at = hash & (slots_.size() - 1); slots_[at].number != 0; at = (at + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[at];
    if (slot.tag == static_cast<std::uint32_t>(hash >> 32) && same_bytes(slot.name, name)) return slot.number - 1;
  }
  return std::nullopt;
}

}  // namespace trialflag::mappings
