#include "mappings/code_index.h"

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>
#include <limits>
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

CodeAnswer answer_of(const CodeRow& row, std::uint32_t number) {
  return {row.concept_, row.role, row.layer >= kFirstSiteLayer, number};
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
  std::vector<std::pair<std::uint32_t, std::uint32_t>> others;
  settle_alone(rows, codes_.enter_all(), others);
  std::sort(others.begin(), others.end());
  std::vector<std::uint32_t> of_one_code;
  for (std::size_t i = 0; i < others.size(); ++i) {
    of_one_code.push_back(others[i].second);
    if (i + 1 < others.size() && others[i + 1].first == others[i].first) continue;
    lists_.push_back(settle_list(rows, of_one_code));
    codes_.said(others[i].first).list = static_cast<std::uint32_t>(lists_.size());
    of_one_code.clear();
  }
}

/// Settles the codes of one row; (code, row) of all other rows go to `others`.
void CodeIndex::settle_alone(const Rows& rows, std::span<const std::uint32_t> code_of_row,
                             std::vector<std::pair<std::uint32_t, std::uint32_t>>& others) {
  constexpr std::uint32_t kSeveral = std::numeric_limits<std::uint32_t>::max();
  for (std::uint32_t i = 0; i < rows.codes.size(); ++i) {
    const CodeRow& row = rows.codes[i];
    const std::uint32_t code = code_of_row[i];
    CodeSaid& said = codes_.said(code);
    if (said.list == 0 && said.only.row == CodeAnswer::kNoRow && !row.prefix) {
      said.only = answer_of(row, i);
      continue;
    }
    if (said.list == 0 && said.only.row != CodeAnswer::kNoRow) others.emplace_back(code, said.only.row);
    said.list = kSeveral;
    others.emplace_back(code, i);
    if (row.prefix) prefix_lengths_[row.system.index] |= std::uint64_t{1} << (codes_.length(code) - 1);
  }
}

CodeIndex::List CodeIndex::settle_list(const Rows& rows, std::span<const std::uint32_t> of_one_code) {
  List list;
  list.whole = static_cast<std::uint32_t>(answers_.size());
  list.whole_count = settle(rows, of_one_code);
  std::vector<std::uint32_t> prefixes;
  std::copy_if(of_one_code.begin(), of_one_code.end(), std::back_inserter(prefixes), [&](std::uint32_t i) { return rows.codes[i].prefix; });
  list.has_prefix_rows = !prefixes.empty();
  list.prefix = static_cast<std::uint32_t>(answers_.size());
  list.prefix_count = settle(rows, prefixes);
  return list;
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
    answers_.push_back(answer_of(row, i));
    ++count;
  }
  return count;
}

std::span<const CodeAnswer> CodeIndex::whole(const CodeSaid& said) const {
  if (said.list == 0) return {&said.only, said.only.concept_ == kNoConcept ? 0U : 1U};
  const List& list = lists_[said.list - 1];
  return std::span(answers_).subspan(list.whole, list.whole_count);
}

const CodeIndex::List* CodeIndex::next_prefix(SystemId system, CodeText& code) const {
  for (;;) {
    const std::uint64_t shorter = (std::uint64_t{1} << (code.size() - 1)) - 1;
    const std::uint64_t lengths = prefix_lengths_[system.index] & shorter;
    if (lengths == 0) return nullptr;
    code.cut(static_cast<std::size_t>(std::bit_width(lengths)));
    const CodeSaid* said = codes_.find(system, code);
    if (said != nullptr && said->list != 0 && lists_[said->list - 1].has_prefix_rows) return &lists_[said->list - 1];
  }
}

void CodeIndex::match(SystemId system, const CodeText& code, std::size_t seen_from, std::vector<CodeMatch>& out) const {
  if (code.size() == 0) return;
  if (const CodeSaid* said = codes_.find(system, code)) append(whole(*said), seen_from, out);
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
