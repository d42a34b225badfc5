// Lines and their fields, wherever a piece of the file ends.
#include "mappings/lines.h"

#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"

using trialflag::mappings::LineReader;

namespace {

using Lines = std::vector<std::vector<std::string>>;

/// Read plainly: four fields of each line; of an empty one none.
Lines plain(const std::string& text) {
  Lines lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::vector<std::string> fields;
    for (std::size_t from = at; end != at && from <= end && fields.size() < 4;) {
      const std::size_t to = std::min(text.find('\t', from), end);
      fields.push_back(text.substr(from, to - from));
      from = to + 1;
    }
    if (end != at) fields.resize(4);
    lines.push_back(fields);
    at = end + 1;
  }
  return lines;
}

Lines read(const std::filesystem::path& file) {
  LineReader reader(file);
  std::array<std::string_view, 4> fields;
  fields.fill("from before");
  Lines lines;
  while (reader.next(fields)) lines.emplace_back(fields.begin(), reader.is_empty() ? fields.begin() : fields.end());
  REQUIRE_FALSE(reader.failed());
  return lines;
}

}  // namespace

TEST_CASE("lines: fields are the same wherever a piece of the file ends, the last line with or without its end") {
  const trialflag::TemporaryFolder folder;
  const auto file = std::filesystem::path(folder.path()) / "table.tsv";
  std::mt19937 random(3);
  for (const std::size_t lines : {0U, 1U, 2U, 30U, 20000U}) {
    for (const bool ended : {true, false}) {
      std::string text;
      for (std::size_t i = 0; i < lines; ++i) {
        for (std::size_t size = random() % 40; size > 0; --size) text += "ab\r\xC3\t\t\t"[random() % 7];
        if (random() % 5000 == 0) text.append(random() % 300000, 'x');
        if (ended || i + 1 < lines) text += '\n';
      }
      std::ofstream(file, std::ios::binary) << text;
      REQUIRE(read(file) == plain(text));
    }
  }
}

TEST_CASE("lines: the hash changes with any byte of the file, and with its length") {
  const trialflag::TemporaryFolder folder;
  const auto file = std::filesystem::path(folder.path()) / "table.tsv";
  const auto hash = [&](const std::string& text) {
    std::ofstream(file, std::ios::binary) << text;
    LineReader reader(file);
    std::array<std::string_view, 1> fields;
    while (reader.next(fields)) continue;
    return reader.hash();
  };
  const std::string text(70'001, 'a');
  const std::uint64_t whole = hash(text);
  CHECK(hash(text) == whole);
  CHECK(hash(text + 'a') != whole);
  for (const std::size_t at : {0U, 1U, 8U, 31U, 32U, 65'535U, 65'536U, 69'999U, 70'000U}) {
    std::string other = text;
    other[at] = 'b';
    CHECK(hash(other) != whole);
  }
}
