#include "mappings/code_index.h"

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>
#include <tuple>

#include "mappings/code_text.h"
#include "mappings/hash.h"

namespace trialflag::mappings {
namespace {

std::uint64_t hash_of(SystemId system, std::string_view code) {
  return hash_bytes(code, std::uint64_t{system.index} << 17);
}

/// Three of the 64 bits of a word, by parts of the hash that do not choose the word.
std::uint64_t filter_bits(std::uint64_t hash) {
  const auto bit = [hash](unsigned shift) { return std::uint64_t{1} << (hash >> shift & 63U); };
  return bit(40) | bit(46) | bit(52);
}

int strength(Role role) {
  constexpr std::array<int, 5> kByRole{1, 2, 3, 0, 4};  // include, review, trap, evidence, ignore
  return kByRole[static_cast<std::size_t>(role)];
}

/// Sorts first what wins among the rows of one code and concept. A site's row for the code itself beats its row for a family.
auto rank(const CodeRow& row, CodeForm form) {
  const bool tree = form == CodeForm::icd || form == CodeForm::tree;
  const Layer layer = tree ? std::max(row.layer, kShippedLayer) : row.layer;
  const bool family = layer >= kFirstSiteLayer && row.prefix;
  return std::tuple(-int{layer}, family, -strength(row.role));
}

}  // namespace

CodeIndex::CodeIndex(const Rows& rows) : prefix_lengths_(rows.systems.size()) {
  keys_.reserve(rows.codes.size());
  entries_.reserve(rows.codes.size());
  filter_.resize(std::bit_ceil(rows.codes.size() / 8 + 1));
  slots_.resize(std::bit_ceil(rows.codes.size() * 2 + 1));
  // The rows of one code stand together, in the order of the rows.
  std::vector<std::uint32_t> key_of_row, begins(1);
  key_of_row.reserve(rows.codes.size());
  for (const CodeRow& row : rows.codes) {
    key_of_row.push_back(add_key(row.system, row.code));
    begins.resize(keys_.size() + 1);
    ++begins[key_of_row.back() + 1];
  }
  for (std::size_t i = 1; i < begins.size(); ++i) begins[i] += begins[i - 1];
  std::vector<std::uint32_t> order(rows.codes.size()), next = begins;
  for (std::uint32_t i = 0; i < key_of_row.size(); ++i) order[next[key_of_row[i]]++] = i;
  for (std::size_t i = 0; i < keys_.size(); ++i) fill_key(rows, keys_[i], std::span(order).subspan(begins[i], begins[i + 1] - begins[i]));
}

std::uint32_t CodeIndex::add_key(SystemId system, std::string_view code) {
  const std::uint64_t hash = hash_of(system, code);
  const auto tag = static_cast<std::uint32_t>(hash >> 32);
  std::size_t at = hash & (slots_.size() - 1);
  for (; slots_[at].key != 0; at = (at + 1) & (slots_.size() - 1)) {
    const Key& key = keys_[slots_[at].key - 1];
    if (slots_[at].tag == tag && key.system == system && key.code == code) return slots_[at].key - 1;
  }
  filter_[hash & (filter_.size() - 1)] |= filter_bits(hash);
  keys_.push_back({code, 0, 0, 0, 0, system, false});
  slots_[at] = {tag, static_cast<std::uint32_t>(keys_.size())};
  return slots_[at].key - 1;
}

void CodeIndex::fill_key(const Rows& rows, Key& key, std::span<const std::uint32_t> of_one_code) {
  key.whole = static_cast<std::uint32_t>(entries_.size());
  key.whole_count = settle(rows, of_one_code);
  const auto is_prefix = [&](std::uint32_t i) { return rows.codes[i].prefix; };
  key.has_prefix_rows = std::any_of(of_one_code.begin(), of_one_code.end(), is_prefix);
  if (!key.has_prefix_rows) return;
  std::vector<std::uint32_t> prefixes;
  std::copy_if(of_one_code.begin(), of_one_code.end(), std::back_inserter(prefixes), is_prefix);
  key.prefix = static_cast<std::uint32_t>(entries_.size());
  key.prefix_count = settle(rows, prefixes);
  prefix_lengths_[key.system.index] |= std::uint64_t{1} << (key.code.size() - 1);
}

std::uint16_t CodeIndex::settle(const Rows& rows, std::span<const std::uint32_t> candidates) {
  std::vector<std::uint32_t> sorted;
  if (candidates.size() > 1) {
    sorted.assign(candidates.begin(), candidates.end());
    const auto key = [&](std::uint32_t i) {
      const CodeRow& row = rows.codes[i];
      return std::tuple(row.concept_, rank(row, rows.systems.form(row.system)), i);
    };
    std::sort(sorted.begin(), sorted.end(), [&](std::uint32_t a, std::uint32_t b) { return key(a) < key(b); });
    candidates = sorted;
  }
  std::uint16_t count = 0;
  std::uint16_t last = kNoConcept;
  for (const std::uint32_t i : candidates) {
    const CodeRow& row = rows.codes[i];
    if (row.concept_ == kNoConcept || row.concept_ == last) continue;
    last = row.concept_;
    entries_.push_back({row.concept_, row.role, row.layer >= kFirstSiteLayer, i});
    ++count;
  }
  return count;
}

const CodeIndex::Key* CodeIndex::find(SystemId system, std::string_view code) const {
  const std::uint64_t hash = hash_of(system, code);
  const std::uint64_t bits = filter_bits(hash);
  if ((filter_[hash & (filter_.size() - 1)] & bits) != bits) return nullptr;
  const auto tag = static_cast<std::uint32_t>(hash >> 32);
  for (std::size_t at = hash & (slots_.size() - 1); slots_[at].key != 0; at = (at + 1) & (slots_.size() - 1)) {
    if (slots_[at].tag != tag) continue;
    const Key& key = keys_[slots_[at].key - 1];
    if (key.system == system && key.code == code) return &key;
  }
  return nullptr;
}

void CodeIndex::append(std::uint32_t first, std::uint16_t count, std::size_t seen_from, std::vector<CodeMatch>& out) const {
  const std::size_t seen_to = out.size();
  for (std::uint32_t i = first; i < first + count; ++i) {
    const Entry& entry = entries_[i];
    bool seen = false;
    for (std::size_t k = seen_from; k < seen_to && !seen; ++k) seen = out[k].concept_.index == entry.concept_;
    if (!seen) out.push_back({ConceptId{entry.concept_}, entry.role, false, entry.by_site, entry.row});
  }
}

void CodeIndex::match(SystemId system, std::string_view code, std::size_t seen_from, std::vector<CodeMatch>& out) const {
  if (code.empty()) return;
  if (const Key* key = find(system, code)) append(key->whole, key->whole_count, seen_from, out);
  const std::uint64_t shorter = (std::uint64_t{1} << (code.size() - 1)) - 1;
  for (std::uint64_t lengths = prefix_lengths_[system.index] & shorter; lengths != 0;) {
    const auto length = static_cast<std::size_t>(std::bit_width(lengths));
    lengths &= ~(std::uint64_t{1} << (length - 1));
    if (const Key* key = find(system, code.substr(0, length))) append(key->prefix, key->prefix_count, seen_from, out);
  }
}

bool CodeIndex::knows(SystemId system, std::string_view code) const {
  if (code.empty()) return false;
  if (find(system, code) != nullptr) return true;
  for (std::size_t length = 1; length < code.size(); ++length) {
    if ((prefix_lengths_[system.index] >> (length - 1) & 1) == 0) continue;
    const Key* key = find(system, code.substr(0, length));
    if (key != nullptr && key->has_prefix_rows) return true;
  }
  return false;
}

}  // namespace trialflag::mappings
