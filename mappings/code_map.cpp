#include "mappings/code_map.h"

#include <stdexcept>
#include <utility>

#include "agent/base/bytes.h"

namespace trialflag::mappings {
namespace {

constexpr std::size_t kWordSize = sizeof(std::uint64_t);
constexpr std::size_t kSlotsPerFilterWord = 8;

// A code is one word, which tells by its highest byte what it is:
//   up to 0xAA       up to 16 digits, each by one more than its value, in four bits; of the first eight the upper four of each byte
//   0xB1 to 0xB7     so many bytes of any other code
//   0xC0             28 bits of the hash of a longer one, and its place in long_codes_
constexpr unsigned kTagShift = 56, kPlaceBits = 28;
constexpr std::uint64_t kBytesTag = std::uint64_t{0xB0} << kTagShift, kLongTag = std::uint64_t{0xC0} << kTagShift;
constexpr std::uint64_t kPlaceMask = (std::uint64_t{1} << kPlaceBits) - 1;
constexpr std::size_t kMostDigits = 16, kMostBytes = 7;

bool is_long(std::uint64_t word) {
  return word >= kLongTag;
}

constexpr std::uint64_t each_byte(std::uint64_t byte) {
  return byte * 0x0101010101010101U;
}

/// At 8 + n the upper halves of n digits, n below 8, and of eight from there on; none before.
constexpr auto kUpperHalves = [] {
  std::array<std::uint64_t, kMostDigits + kWordSize + 1> halves{};
  for (std::size_t i = kWordSize + 1; i < halves.size(); ++i) halves[i] = halves[i - 1] << 8 | '0';
  return halves;
}();

/// No bit when the word is digits, as many as `upper_halves` says.
std::uint64_t no_digits(std::uint64_t word, std::uint64_t upper_halves) {
  return ((word & each_byte(0xF0)) ^ upper_halves) | (((word & each_byte(0x0F)) + each_byte(6)) & each_byte(0x10));
}

/// Digits → one to ten each; zero where there is none.
std::uint64_t values_of(std::uint64_t digits) {
  return (digits & each_byte(0x0F)) + (digits >> 4 & each_byte(1));
}

/// A long code's word is without its place.
std::uint64_t word_of(const CodeText& code) {
  const std::size_t size = code.size();
  if (size <= kMostDigits) {
    const std::uint64_t first = code.word(0), second = code.word(1);
    if ((no_digits(first, kUpperHalves[kWordSize + size]) | no_digits(second, kUpperHalves[size])) == 0)
      return values_of(first) << 4 | values_of(second);
    if (size <= kMostBytes) return kBytesTag | std::uint64_t{size} << kTagShift | first;
  }
  std::uint64_t hash = size;
  for (std::size_t i = 0; i * kWordSize < size; ++i) hash = mix(hash, code.word(i));
  return kLongTag | hash >> (8 + kPlaceBits) << kPlaceBits;
}

std::uint64_t hash_of(SystemId system, std::uint64_t word) {
  return fold(word ^ 0xD6E8FEB86659FD93ULL, 0x9E3779B97F4A7C15ULL ^ std::uint64_t{system.index} << 32);
}

/// Three of the 64 bits of a word, by parts of the hash that do not choose the word.
std::uint64_t filter_bits(std::uint64_t hash) {
  const auto bit = [hash](unsigned shift) { return std::uint64_t{1} << (hash >> shift & 63U); };
  return bit(0) | bit(6) | bit(12);
}

}  // namespace

void CodeMap::reserve(std::size_t count) {
  const std::size_t slots = count + count / 4 + 1;
  if (slots <= entries_.size()) return;
  const std::vector<CodeEntry> old = std::exchange(entries_, std::vector<CodeEntry>(slots));
  for (const CodeEntry& entry : old) {
    if (!entry.system_) continue;
    std::size_t at = slot_of(hash_of(entry));
    while (entries_[at].system_) at = after(at);
    entries_[at] = entry;
  }
}

void CodeMap::add(SystemId system, const CodeText& code, const CodeAnswer& answer, bool alone) {
  if (answer.row >= CodeEntry::kMostNumbers) throw std::length_error("more rows of codes than can be told apart");
  const std::uint64_t word = word_of(code);
  const Waiting row{mappings::hash_of(system, word), word, answer, system, static_cast<std::uint16_t>(code.size()), alone};
  if (is_long(word)) return enter(row, code);
  Waiting& last = waiting_[added_++ % waiting_.size()];
  if (last.system) enter(last, code);
  last = row;
  __builtin_prefetch(&entries_[slot_of(row.hash)], 1);
}

void CodeMap::seal() {
  for (Waiting& row : waiting_) {
    if (row.system) enter(row, {});
    row = {};
  }
  filter_.assign(entries_.size() / kSlotsPerFilterWord + 1, 0);
  for (const CodeEntry& entry : entries_) {
    if (!entry.system_) continue;
    const std::uint64_t hash = hash_of(entry);
    filter_[slot_of(hash) / kSlotsPerFilterWord] |= filter_bits(hash);
  }
}

std::uint64_t CodeMap::hash_of(const CodeEntry& entry) {
  return mappings::hash_of(entry.system_, is_long(entry.word_) ? entry.word_ & ~kPlaceMask : entry.word_);
}

/// `code` is asked for where the row's is a long one.
void CodeMap::enter(const Waiting& row, const CodeText& code) {
  if ((used_ + 1) * 7 > entries_.size() * 6) reserve(used_ * 2 + 12);
  CodeEntry& entry = entries_[place_of(row.hash, row.word, row.system, code)];
  if (entry.system_) return say(entry, row);
  ++used_;
  entry.word_ = row.word;
  entry.system_ = row.system;
  if (is_long(row.word)) {
    entry.word_ |= long_codes_.size();
    long_codes_.push_back(code);
  }
  if (row.alone) return entry.set_answer(row.answer);
  entry.set_list(lists_++);
  listed_.push_back({entry.list(), row.answer.row, row.system, row.length});
}

/// One row more for a code that has some.
void CodeMap::say(CodeEntry& entry, const Waiting& row) {
  if (!entry.has_list()) {
    const std::uint32_t first = entry.answer().row;
    entry.set_list(lists_++);
    listed_.push_back({entry.list(), first, row.system, row.length});
  }
  listed_.push_back({entry.list(), row.answer.row, row.system, row.length});
}

const CodeEntry* CodeMap::find(SystemId system, const CodeText& code) const {
  const std::uint64_t word = word_of(code);
  const std::uint64_t hash = mappings::hash_of(system, word);
  const std::uint64_t bits = filter_bits(hash);
  const std::size_t slot = slot_of(hash);
  __builtin_prefetch(&entries_[slot]);  // comes while the filter's word is waited for
  if ((filter_[slot / kSlotsPerFilterWord] & bits) != bits) return nullptr;
  const CodeEntry& entry = entries_[place_of(hash, word, system, code)];
  return entry.system_ ? &entry : nullptr;
}

/// The slot of the code, or the free one where it would stand.
std::size_t CodeMap::place_of(std::uint64_t hash, std::uint64_t word, SystemId system, const CodeText& code) const {
  const bool longer = is_long(word);
  const std::uint64_t mask = longer ? ~kPlaceMask : ~std::uint64_t{0};
  std::size_t at = slot_of(hash);
  for (; entries_[at].system_; at = after(at)) {
    const CodeEntry& entry = entries_[at];
    if ((entry.word_ & mask) != word || entry.system_ != system) continue;
    if (!longer || long_codes_[entry.word_ & kPlaceMask].view() == code.view()) break;
  }
  return at;
}

}  // namespace trialflag::mappings
