#include "mappings/code_map.h"

#include <algorithm>
#include <bit>

#include "agent/base/bytes.h"

namespace trialflag::mappings {
namespace {

constexpr std::size_t kSlotsPerFilterWord = 16;

std::uint64_t hash_of_start(SystemId system, std::size_t size, std::uint64_t first, std::uint64_t second) {
  return fold(first ^ mix(0, std::uint64_t{system.index} << 8 | size), second ^ 0xD6E8FEB86659FD93ULL);
}

std::uint64_t hash_of_code(SystemId system, const CodeText& code) {
  std::uint64_t hash = hash_of_start(system, code.size(), code.word(0), code.word(1));
  for (std::size_t i = 2; i * sizeof(std::uint64_t) < code.size(); ++i) hash = mix(hash, code.word(i));
  return hash;
}

/// Three of the 64 bits of a word, by parts of the hash that do not choose the word.
std::uint64_t filter_bits(std::uint64_t hash) {
  const auto bit = [hash](unsigned shift) { return std::uint64_t{1} << (hash >> shift & 63U); };
  return bit(40) | bit(46) | bit(52);
}

std::uint32_t tag_of(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash >> 32);
}

}  // namespace

bool CodeMap::holds(const Key& key, SystemId system, const CodeText& code) const {
  if (key.system != system || key.size != code.size()) return false;
  if (code.size() <= kShort) return key.words[0] == code.word(0) && key.words[1] == code.word(1);
  return long_codes_[key.words[0]].view() == code.view();
}

bool CodeMap::same(const Key& a, const Key& b) const {
  if (a.size > kShort) return holds(b, a.system, long_codes_[a.words[0]]);
  return a.system == b.system && a.size == b.size && a.words == b.words;
}

std::uint64_t CodeMap::hash_of(const Key& key) const {
  if (key.size > kShort) return hash_of_code(key.system, long_codes_[key.words[0]]);
  return hash_of_start(key.system, key.size, key.words[0], key.words[1]);
}

void CodeMap::add(SystemId system, const CodeText& code) {
  Key key{{code.word(0), code.word(1)}, {}, system, static_cast<std::uint8_t>(code.size())};
  if (code.size() > kShort) {
    key.words = {long_codes_.size(), 0};
    long_codes_.push_back(code);
  }
  keys_.push_back(key);
}

std::vector<std::uint32_t> CodeMap::enter_all() {
  slots_.assign(std::bit_ceil(keys_.size() * 2 + 1), 0);
  filter_.assign(std::max<std::size_t>(slots_.size() / kSlotsPerFilterWord, 1), 0);
  std::vector<std::uint32_t> numbers(keys_.size());
  // Slots lie anywhere in memory: those of a few codes are asked for together, so that one does not wait for the other.
  std::array<std::uint64_t, 16> hashes{};
  std::uint32_t count = 0;
  for (std::size_t first = 0; first < numbers.size(); first += hashes.size()) {
    const std::size_t several = std::min(hashes.size(), numbers.size() - first);
    for (std::size_t i = 0; i < several; ++i) {
      hashes[i] = hash_of(keys_[first + i]);
      __builtin_prefetch(&slots_[hashes[i] & (slots_.size() - 1)], 1);
    }
    for (std::size_t i = 0; i < several; ++i) {
      numbers[first + i] = enter(keys_[first + i], hashes[i], count);
      if (numbers[first + i] == count) keys_[count++] = keys_[first + i];
    }
  }
  keys_.resize(count);
  return numbers;
}

/// The number of `key`, which is `next` when it is new.
std::uint32_t CodeMap::enter(const Key& key, std::uint64_t hash, std::uint32_t next) {
  const std::size_t mask = slots_.size() - 1;
  const std::uint32_t tag = tag_of(hash) & ~static_cast<std::uint32_t>(mask);
  std::size_t at = hash & mask;
  for (; slots_[at] != 0; at = (at + 1) & mask) {
    const auto number = static_cast<std::uint32_t>((slots_[at] & mask) - 1);
    if ((slots_[at] & ~mask) == tag && same(key, keys_[number])) return number;
  }
  slots_[at] = tag | (next + 1);
  filter_[hash & (filter_.size() - 1)] |= filter_bits(hash);
  return next;
}

const CodeSaid* CodeMap::find(SystemId system, const CodeText& code) const {
  const std::uint64_t hash = hash_of_code(system, code);
  const std::uint64_t bits = filter_bits(hash);
  __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]);  // comes while the filter's word is waited for
  if ((filter_[hash & (filter_.size() - 1)] & bits) != bits) return nullptr;
  return find_entered(hash, system, code);
}

const CodeSaid* CodeMap::find_entered(std::uint64_t hash, SystemId system, const CodeText& code) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask; slots_[at] != 0; at = (at + 1) & mask) {
    if (((slots_[at] ^ tag_of(hash)) & ~static_cast<std::uint32_t>(mask)) != 0) continue;
    const Key& key = keys_[(slots_[at] & mask) - 1];
    if (holds(key, system, code)) return &key.said;
  }
  return nullptr;
}

}  // namespace trialflag::mappings
