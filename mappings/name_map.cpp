#include "mappings/name_map.h"

#include <algorithm>
#include <utility>

#include "agent/base/bytes.h"

namespace trialflag::mappings {
namespace {

constexpr std::size_t kEnd = 16;  // bytes of a name that are hashed, at most

std::uint64_t hash_of(std::string_view name) {
  if (name.size() < kEnd) return hash_bytes(name, name.size());
  const char* end = name.data() + name.size();
  return fold(word_at<std::uint64_t>(end - 16) ^ 0xD6E8FEB86659FD93ULL, word_at<std::uint64_t>(end - 8) ^ name.size());
}

std::uint32_t tag_of(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash >> 32) | 1;
}

}  // namespace

void NameMap::place(const Slot& slot, std::uint64_t hash) {
  std::size_t at = hash & (slots_.size() - 1);
  while (slots_[at].tag != 0 && slots_[at].name != slot.name) at = (at + 1) & (slots_.size() - 1);
  if (slots_[at].tag == 0) ++used_;
  slots_[at] = slot;
}

void NameMap::set(std::string_view name, std::uint32_t number) {
  if ((used_ + 1) * 2 > slots_.size()) {
    const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
    used_ = 0;
    for (const Slot& slot : old) {
      if (slot.tag != 0) place(slot, hash_of(slot.name));
    }
  }
  const std::uint64_t hash = hash_of(name);
  place({tag_of(hash), number, name}, hash);
}

const std::uint32_t* NameMap::find(std::string_view name) const {
  const std::uint64_t hash = hash_of(name);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask; slots_[at].tag != 0; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.tag == tag_of(hash) && same_bytes(slot.name, name)) return &slot.number;
  }
  return nullptr;
}

}  // namespace trialflag::mappings
