// The packed codes beside a map of their texts: no code is found that was not added, whatever it shares with one that was.
#include "mappings/code_map.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>

using namespace trialflag::mappings;

namespace {

using Row = std::pair<std::uint16_t, std::string>;

/// Codes that differ in little: zeros in front, length, one digit, the case, a byte that is none of text.
std::string odd_code(std::mt19937_64& random) {
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
  constexpr std::string_view kLetters = "0012789aAzZ-./:;\x7F\x80\xFF";
  std::string code(1 + below(below(4) == 0 ? kLongestCode : 20), '0');
  const bool digits = below(3) != 0;
  for (char& c : code) c = digits ? static_cast<char>('0' + below(2) * below(10)) : kLetters[below(kLetters.size())];
  if (below(8) == 0) code[below(code.size())] = '\0';
  return code;
}

CodeText text_of(const std::string& code) {
  return {code, CodeForm::cased};
}

}  // namespace

TEST_CASE("code map: each code of each system is found with what its rows say, and no other") {
  std::mt19937_64 random(7);
  for (const std::size_t count : {1U, 5U, 40U, 3000U, 60000U}) {
    CodeMap map;
    if (count % 2 == 0) map.reserve(count / 3);  // fewer than will come
    std::map<Row, std::vector<std::uint32_t>> rows;
    std::set<Row> lists;
    for (std::uint32_t i = 0; i < count; ++i) {
      const Row row{static_cast<std::uint16_t>(1 + random() % 3), odd_code(random)};
      const bool alone = random() % 50 != 0;
      if (!alone || rows.contains(row)) lists.insert(row);
      rows[row].push_back(i);
      map.add({row.first}, text_of(row.second), {static_cast<std::uint16_t>(i), static_cast<Role>(i % 5), i % 2 == 0, i}, alone);
    }
    map.seal();
    std::map<std::uint32_t, std::vector<std::uint32_t>> listed;
    for (const ListedRow& row : map.listed()) listed[row.list].push_back(row.row);
    for (auto& list : listed) std::sort(list.second.begin(), list.second.end());
    for (const auto& [row, numbers] : rows) {
      const CodeEntry* entry = map.find({row.first}, text_of(row.second));
      REQUIRE(entry != nullptr);
      REQUIRE(entry->has_list() == lists.contains(row));
      if (entry->has_list()) {
        REQUIRE(listed.at(entry->list()) == numbers);
        continue;
      }
      const CodeAnswer answer = entry->answer();
      const std::uint32_t only = numbers.at(0);
      REQUIRE(answer.row == only);
      REQUIRE(answer.concept_ == static_cast<std::uint16_t>(only));
      REQUIRE(answer.role == static_cast<Role>(only % 5));
      REQUIRE(answer.by_site == (only % 2 == 0));
    }
    for (std::size_t i = 0; i < 60000; ++i) {
      const Row other{static_cast<std::uint16_t>(1 + random() % 4), odd_code(random)};
      REQUIRE((map.find({other.first}, text_of(other.second)) != nullptr) == rows.contains(other));
    }
  }
}

TEST_CASE("code map: zeros in front, one digit more and a byte of zero make another code") {
  CodeMap map;
  const std::set<std::string> added{
      "1", "10", "0010", "1000000000000000", "999999999999999999", "12345-6", "12345-67", std::string("1\0", 2)};
  std::uint32_t number = 0;
  for (const std::string& code : added) map.add({1}, text_of(code), {0, Role::include, false, number++}, true);
  map.seal();
  for (const std::string& code :
       {std::string("01"), std::string("100"), std::string("010"), std::string("00010"), std::string("10000000000000000"), std::string("0"),
        std::string("99999999999999999"), std::string("0999999999999999999"), std::string("12345"), std::string("12345-6\0", 8),
        std::string("10\0", 3), std::string("1\0\0", 3)}) {
    CHECK(map.find({1}, text_of(code)) == nullptr);
  }
  for (const std::string& code : added) {
    CHECK(map.find({1}, text_of(code)) != nullptr);
    CHECK(map.find({2}, text_of(code)) == nullptr);
  }
}
