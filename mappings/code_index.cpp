#include "mappings/code_index.h"

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>
#include <tuple>

namespace trialflag::mappings {
namespace {

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

/// Appends the answers on concepts that are not yet among out[seen_from..].
void append(std::span<const CodeAnswer> answers, std::size_t seen_from, std::vector<CodeMatch>& out) {
  const std::size_t seen_to = out.size();
  for (const CodeAnswer& answer : answers) {
    bool seen = false;
    for (std::size_t k = seen_from; k < seen_to && !seen; ++k) seen = out[k].concept_.index == answer.concept_;
    if (!seen) out.push_back({ConceptId{answer.concept_}, answer.role, false, answer.by_site, answer.row});
  }
}

}  // namespace

CodeIndex::CodeIndex(const Rows& rows, CodeMap codes) : codes_(std::move(codes)), prefix_lengths_(rows.systems.size()) {
  codes_.seal();
  std::vector<ListedRow> listed = codes_.listed();
  std::sort(listed.begin(), listed.end());
  std::vector<std::uint32_t> of_one_code;
  for (std::size_t i = 0; i < listed.size(); ++i) {
    const ListedRow& row = listed[i];
    if (rows.codes[row.row].prefix) prefix_lengths_[row.system.index] |= std::uint64_t{1} << (row.length - 1);
    of_one_code.push_back(row.row);
    if (i + 1 < listed.size() && listed[i + 1].list == row.list) continue;
    lists_.push_back(settle_list(rows, rows.systems.form(row.system), of_one_code));
    of_one_code.clear();
  }
}

CodeIndex::List CodeIndex::settle_list(const Rows& rows, CodeForm form, std::span<const std::uint32_t> of_one_code) {
  List list;
  list.whole = static_cast<std::uint32_t>(answers_.size());
  list.whole_count = settle(rows, form, of_one_code);
  std::vector<std::uint32_t> prefixes;
  std::copy_if(of_one_code.begin(), of_one_code.end(), std::back_inserter(prefixes), [&](std::uint32_t i) { return rows.codes[i].prefix; });
  list.has_prefix_rows = !prefixes.empty();
  list.prefix = static_cast<std::uint32_t>(answers_.size());
  list.prefix_count = settle(rows, form, prefixes);
  return list;
}

std::uint16_t CodeIndex::settle(const Rows& rows, CodeForm form, std::span<const std::uint32_t> candidates) {
  std::vector<std::uint32_t> sorted;
  if (candidates.size() > 1) {
    sorted.assign(candidates.begin(), candidates.end());
    const auto key = [&](std::uint32_t i) { return std::tuple(rows.codes[i].concept_, rank(rows.codes[i], form), i); };
    std::sort(sorted.begin(), sorted.end(), [&](std::uint32_t a, std::uint32_t b) { return key(a) < key(b); });
    candidates = sorted;
  }
  std::uint16_t count = 0;
  std::uint16_t last = kNoConcept;
  for (const std::uint32_t i : candidates) {
    const CodeRow& row = rows.codes[i];
    if (row.concept_ == kNoConcept || row.concept_ == last) continue;
    last = row.concept_;
    answers_.push_back(row.answer(i));
    ++count;
  }
  return count;
}

const CodeIndex::List* CodeIndex::next_prefix(SystemId system, CodeText& code) const {
  for (;;) {
    const std::uint64_t shorter = (std::uint64_t{1} << (code.size() - 1)) - 1;
    const std::uint64_t lengths = prefix_lengths_[system.index] & shorter;
    if (lengths == 0) return nullptr;
    code.cut(static_cast<std::size_t>(std::bit_width(lengths)));
    const CodeEntry* entry = codes_.find(system, code);
    if (entry != nullptr && entry->has_list() && lists_[entry->list()].has_prefix_rows) return &lists_[entry->list()];
  }
}

/// What is said of that very code.
void CodeIndex::append_whole(const CodeEntry& entry, std::size_t seen_from, std::vector<CodeMatch>& out) const {
  if (entry.has_list()) {
    const List& list = lists_[entry.list()];
    return append(std::span(answers_).subspan(list.whole, list.whole_count), seen_from, out);
  }
  const CodeAnswer only = entry.answer();
  if (only.concept_ != kNoConcept) append({&only, 1}, seen_from, out);
}

void CodeIndex::match(SystemId system, const CodeText& code, std::size_t seen_from, std::vector<CodeMatch>& out) const {
  if (code.size() == 0) return;
  if (const CodeEntry* entry = codes_.find(system, code)) append_whole(*entry, seen_from, out);
  if (prefix_lengths_[system.index] == 0) return;
  CodeText shorter = code;
  while (const List* list = next_prefix(system, shorter))
    append(std::span(answers_).subspan(list->prefix, list->prefix_count), seen_from, out);
}

bool CodeIndex::knows(SystemId system, const CodeText& code) const {
  if (code.size() == 0) return false;
  if (codes_.find(system, code) != nullptr) return true;
  CodeText shorter = code;
  return next_prefix(system, shorter) != nullptr;
}

}  // namespace trialflag::mappings
