#include "mappings/code_index.h"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>
#include <tuple>

#include "mappings/code_text.h"
#include "mappings/hash.h"

namespace trialflag::mappings {
namespace {

std::uint64_t hash_of(SystemId system, std::string_view code) {
  return hash_bytes(code, std::uint64_t{system.index} << 17);
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
  std::vector<std::uint32_t> order(rows.codes.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto key = [&](std::uint32_t i) { return std::tuple(rows.codes[i].system, rows.codes[i].code); };
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return std::tuple(key(a), a) < std::tuple(key(b), b); });
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin + 1;
    while (end < order.size() && key(order[end]) == key(order[begin])) ++end;
    add_key(rows, std::span(order).subspan(begin, end - begin));
    begin = end;
  }
  place_keys();
}

void CodeIndex::add_key(const Rows& rows, std::span<const std::uint32_t> of_one_code) {
  std::vector<std::uint32_t> prefixes;
  std::copy_if(of_one_code.begin(), of_one_code.end(), std::back_inserter(prefixes), [&](std::uint32_t i) { return rows.codes[i].prefix; });
  const CodeRow& any = rows.codes[of_one_code.front()];
  Key key{any.code, static_cast<std::uint32_t>(entries_.size()), 0, 0, 0, any.system, !prefixes.empty()};
  key.whole_count = settle(rows, of_one_code);
  key.prefix = static_cast<std::uint32_t>(entries_.size());
  key.prefix_count = settle(rows, prefixes);
  if (key.has_prefix_rows) prefix_lengths_[any.system.index] |= std::uint64_t{1} << (any.code.size() - 1);
  keys_.push_back(key);
}

std::uint16_t CodeIndex::settle(const Rows& rows, std::span<const std::uint32_t> candidates) {
  std::vector<std::uint32_t> order(candidates.begin(), candidates.end());
  const auto key = [&](std::uint32_t i) {
    const CodeRow& row = rows.codes[i];
    return std::tuple(row.concept_, rank(row, rows.systems.form(row.system)), i);
  };
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return key(a) < key(b); });
  std::uint16_t count = 0;
  std::uint16_t last = kNoConcept;
  for (const std::uint32_t i : order) {
    const CodeRow& row = rows.codes[i];
    if (row.concept_ == kNoConcept || row.concept_ == last) continue;
    last = row.concept_;
    entries_.push_back({row.concept_, row.role, row.layer >= kFirstSiteLayer, i});
    ++count;
  }
  return count;
}

void CodeIndex::place_keys() {
  slots_.assign(std::bit_ceil(keys_.size() * 2 + 1), Slot{});
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const std::uint64_t hash = hash_of(keys_[i].system, keys_[i].code);
    std::size_t at = hash & (slots_.size() - 1);
    while (slots_[at].key != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = {static_cast<std::uint32_t>(hash >> 32), static_cast<std::uint32_t>(i + 1)};
  }
}

const CodeIndex::Key* CodeIndex::find(SystemId system, std::string_view code) const {
  const std::uint64_t hash = hash_of(system, code);
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
