// Texts of every size and order come back as they lie, whatever is read along with them.
#include "agent/intake/text_store.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "folder.h"

using namespace trialflag;
using namespace trialflag::intake;

namespace {

constexpr std::size_t kWindow = TextStore::kReadAlong;

// Letters that tell their place.
std::string letters(std::size_t size) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
  return text;
}

std::vector<Slice> cut(std::size_t size, std::size_t length, std::uint32_t file = 0) {
  std::vector<Slice> slices;
  for (std::size_t at = 0; at < size; at += length) slices.push_back({file, static_cast<std::uint32_t>(std::min(length, size - at)), at});
  return slices;
}

std::string_view lying_at(const std::string& text, const Slice& slice) {
  return std::string_view(text).substr(slice.offset, slice.length);
}

}  // namespace

TEST_CASE("text store: texts that are read along come back whole, also across what was read at once and at the end of the file") {
  Folder folder;
  const std::string text = letters(3 * kWindow + 17);
  TextStore store;
  store.lies_in(0, folder.write("a", text));
  for (const std::size_t length : {std::size_t{777}, kWindow - 1, kWindow, kWindow + 1, 2 * kWindow + 5}) {
    for (const Slice& slice : cut(text.size(), length)) {
      const auto read = store.read(slice, text.size());
      REQUIRE(read);
      REQUIRE(*read == lying_at(text, slice));
    }
  }
}

TEST_CASE("text store: any order will do, and any word of what comes next, even a wrong one") {
  Folder folder;
  const std::string text = letters(2 * kWindow), other = text.substr(1);
  TextStore store;
  store.lies_in(0, folder.write("a", text));
  store.lies_in(1, folder.write("b", other));
  std::vector<Slice> slices = cut(text.size(), 5000);
  for (const Slice& slice : cut(other.size(), 5000, 1)) slices.push_back(slice);
  const std::size_t count = slices.size();
  for (const std::uint64_t until : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{60000}, std::uint64_t{text.size() * 9}}) {
    for (std::size_t i = 0; i < count; ++i) {
      for (const std::size_t number : {i, count - 1 - i, i * 37 % count}) {
        const Slice& slice = slices[number];
        const auto read = store.read(slice, until);
        REQUIRE(read);
        REQUIRE(*read == lying_at(slice.file == 0 ? text : other, slice));
      }
    }
  }
}

TEST_CASE("text store: what is kept in the temporary file is read along as well, and more may be kept in between") {
  const std::string text = letters(2 * kWindow);
  TextStore store;
  std::vector<Slice> kept;
  for (const Slice& slice : cut(text.size(), 3000)) {
    const auto done = store.keep(0, lying_at(text, slice));
    REQUIRE(done);
    kept.push_back(*done);
    const auto first = store.read(kept.front(), text.size());
    REQUIRE(first);
    REQUIRE(*first == lying_at(text, kept.front()));
  }
  for (const Slice& slice : kept) {
    const auto read = store.read(slice, kept.back().offset + kept.back().length);
    REQUIRE(read);
    REQUIRE(*read == lying_at(text, slice));
  }
}

TEST_CASE("text store: a text that is no longer there is unavailable, not a piece of another") {
  Folder folder;
  const std::string text = letters(1000);
  TextStore store;
  store.lies_in(0, folder.write("a", text));
  const auto beyond = store.read({0, 100, 950}, 5000);
  REQUIRE_FALSE(beyond);
  CHECK(beyond.error().code == ErrorCode::unavailable);
  const auto last = store.read({0, 50, 950}, 5000);
  REQUIRE(last);
  CHECK(*last == text.substr(950));
}

TEST_CASE("intake: records give the same charts in whatever order they lie, near or far, packed or not") {
  const std::string filler(3000, 'x');
  std::vector<std::string> lines;
  std::vector<std::string> expected[3];
  for (int i = 0; i < 400; ++i) {
    const std::string id = "c" + std::to_string(1000 + i);
    const std::string more = R"(,"note":[{"text":")" + filler.substr(0, static_cast<std::size_t>(i) * 37 % 3000) + "\"}]";
    lines.push_back(condition(id, "Patient/p" + std::to_string(i % 3), more));
    expected[i % 3].push_back("Condition/" + id);
  }
  const auto check = [&](const std::vector<std::string>& order, bool packed) {
    std::string text = patient("p0") + "\n" + patient("p1") + "\n" + patient("p2") + "\n";
    for (const std::string& line : order) text += line + "\n";
    Folder folder;
    folder.write(packed ? "a.ndjson.gz" : "a.ndjson", packed ? gzipped(text) : text);
    const Reading reading = read(folder);
    for (int i = 0; i < 3; ++i) {
      std::vector<std::string> records = reading.charts.at("Patient/p" + std::to_string(i)).records;
      std::sort(records.begin(), records.end());
      CHECK(records == expected[i]);
    }
    CHECK_FALSE(reading.quarantined);
  };
  for (const bool packed : {false, true}) {
    check(lines, packed);
    std::vector<std::string> order(lines.rbegin(), lines.rend());
    check(order, packed);
    std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.find("Patient/p1") < b.find("Patient/p1"); });
    check(order, packed);
  }
}
