// What every catalogue of sentences must keep: no sentence is missing, and the placeholders are those of the English one.
#pragma once

#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <string_view>

namespace trialflag::test {

inline std::multiset<std::string> placeholders(std::string_view sentence) {
  std::multiset<std::string> found;
  for (std::size_t at = sentence.find('{'); at != std::string_view::npos; at = sentence.find('{', at + 1))
    found.insert(std::string(sentence.substr(at, sentence.find('}', at) - at + 1)));
  return found;
}

/// `english` and `other` are arrays of sentences by key.
template <typename Sentences>
void check_catalogue(const Sentences& english, const Sentences& other) {
  REQUIRE(english.size() == other.size());
  for (std::size_t key = 0; key < english.size(); ++key) {
    CAPTURE(key, english[key], other[key]);
    CHECK_FALSE(std::string_view(other[key]).empty());
    CHECK(placeholders(english[key]) == placeholders(other[key]));
  }
}

}  // namespace trialflag::test
