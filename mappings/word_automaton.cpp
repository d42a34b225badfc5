#include "mappings/word_automaton.h"

#include <utility>

namespace trialflag::mappings {

void WordAutomaton::grow() {
  const std::vector<Edge> old = std::exchange(edges_, std::vector<Edge>(edges_.size() * 2));
  for (const Edge& edge : old) {
    if (edge.key == 0) continue;
    std::size_t at = slot_of(edge.key);
    while (edges_[at].key != 0) at = (at + 1) & (edges_.size() - 1);
    edges_[at] = edge;
  }
}

std::uint32_t WordAutomaton::add_child(std::uint32_t node, char32_t c) {
  if (nodes_.size() * 2 > edges_.size()) grow();
  const std::uint64_t key = (std::uint64_t{node} << 21 | c) + 1;
  std::size_t at = slot_of(key);
  while (edges_[at].key != 0) at = (at + 1) & (edges_.size() - 1);
  const auto made = static_cast<std::uint32_t>(nodes_.size());
  edges_[at] = {key, made};
  nodes_.push_back({0, 0, 0, nodes_[node].depth + 1});
  parents_.push_back(node);
  letters_.push_back(c);
  return made;
}

std::uint32_t WordAutomaton::add(std::u32string_view word) {
  std::uint32_t at = 0;
  for (const char32_t c : word) {
    const std::uint32_t next = child(at, c);
    at = next != 0 ? next : add_child(at, c);
  }
  if (nodes_[at].word == 0) nodes_[at].word = ++words_;
  return nodes_[at].word - 1;
}

/// Sets what a node falls back to; all shallower nodes are linked already.
void WordAutomaton::link(std::uint32_t node) {
  const std::uint32_t parent = parents_[node];
  if (parent != 0) nodes_[node].fail = step(nodes_[parent].fail, letters_[node]);
  const std::uint32_t fail = nodes_[node].fail;
  nodes_[node].shorter = nodes_[fail].word != 0 ? fail : nodes_[fail].shorter;
}

void WordAutomaton::compile() {
  for (char32_t c = 0; c < first_.size(); ++c) first_[c] = child(0, c);
  // By depth, counted: every node after all shallower ones.
  std::vector<std::uint32_t> begins(2);
  for (const Node& node : nodes_) {
    if (begins.size() < node.depth + 2) begins.resize(node.depth + 2);
    ++begins[node.depth + 1];
  }
  for (std::size_t depth = 1; depth < begins.size(); ++depth) begins[depth] += begins[depth - 1];
  std::vector<std::uint32_t> order(nodes_.size());
  for (std::uint32_t node = 0; node < nodes_.size(); ++node) order[begins[nodes_[node].depth]++] = node;
  for (std::size_t i = 1; i < order.size(); ++i) link(order[i]);
  parents_ = {};
  letters_ = {};
}

}  // namespace trialflag::mappings
