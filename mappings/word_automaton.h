// Finds all of several thousand words in a text in one pass (Aho and Corasick, CACM 18/6, 1975), over code points.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace trialflag::mappings {

/// Add words, compile once, then scan; immutable and thread-safe after compile().
class WordAutomaton {
 public:
  /// The number of `word` (dense from 0); the same word has the same number. The word must not be empty.
  std::uint32_t add(std::u32string_view word);
  void compile();

  /// Calls hit(word number, length, end) for every occurrence of every word, in the order of their ends.
  template <typename Hit>
  void scan(std::u32string_view text, Hit&& hit) const {
    std::uint32_t at = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      at = step(at, text[i]);
      for (std::uint32_t n = nodes_[at].word != 0 ? at : nodes_[at].shorter; n != 0; n = nodes_[n].shorter) {
        hit(nodes_[n].word - 1, nodes_[n].depth, i + 1);
      }
    }
  }

 private:
  struct Node {
    std::uint32_t fail = 0;     ///< the longest proper suffix that is a node
    std::uint32_t shorter = 0;  ///< the longest proper suffix that is a word
    std::uint32_t word = 0;     ///< counts from 1; 0 is none
    std::uint32_t depth = 0;
  };
  struct Edge {
    std::uint64_t key = 0;  ///< node << 21 | code point, plus one; 0 is free
    std::uint32_t to = 0;
  };

  [[nodiscard]] std::uint32_t child(std::uint32_t node, char32_t c) const {
    const std::uint64_t key = (std::uint64_t{node} << 21 | c) + 1;
    for (std::size_t at = slot_of(key);; at = (at + 1) & (edges_.size() - 1)) {
      if (edges_[at].key == key) return edges_[at].to;
      if (edges_[at].key == 0) return 0;
    }
  }
  [[nodiscard]] std::uint32_t step(std::uint32_t node, char32_t c) const {
    for (;; node = nodes_[node].fail) {
      if (node == 0) return c < first_.size() ? first_[c] : child(0, c);
      if (const std::uint32_t next = child(node, c)) return next;
    }
  }
  [[nodiscard]] std::size_t slot_of(std::uint64_t key) const { return (key * 0x9E3779B97F4A7C15ULL >> 32) & (edges_.size() - 1); }
  std::uint32_t add_child(std::uint32_t node, char32_t c);
  void grow();
  void link(std::uint32_t node);

  std::vector<Node> nodes_ = std::vector<Node>(1);
  std::vector<std::uint32_t> parents_{0};
  std::vector<char32_t> letters_{0};
  std::vector<Edge> edges_ = std::vector<Edge>(1024);
  std::vector<std::uint32_t> first_ = std::vector<std::uint32_t>(0x250);  ///< children of the root for Latin letters
  std::uint32_t words_ = 0;
};

}  // namespace trialflag::mappings
