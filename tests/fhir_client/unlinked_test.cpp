// Case P01 of the failure catalogue: a server that counts more than it shows and names no next page, as Medplum's router does; and what
// servers do to `_offset` and to windows of `_lastUpdated`.
#include <algorithm>
#include <optional>

#include "tests/fhir_client/searching.h"
#include "tests/support/scripted_server.h"

using namespace trialflag;
using namespace trialflag::fhir;
using namespace trialflag::testing;

namespace {

struct Row {
  std::string id;
  std::int64_t second = 0;  ///< of the minute in which all were updated; below 0: bears no time
};

/// A server without next links. `kept` are its rows in the order in which it shows them.
struct Shelf {
  std::vector<Row> kept;
  std::size_t most = 2;  ///< rows of a page
  enum class Offset { applied, ignored, refused } offset = Offset::applied;
  std::optional<std::size_t> clamped_to = {}, refused_from = {};  ///< offsets above are read as, or refused from
  bool applies_upper_bound = true, refuses_upper_bound = false;
  std::int64_t miscounted = 0;                   ///< added to each total
  std::function<void(Shelf&, int)> before = {};  ///< before each answer, with the request's number

  static std::string stamp(std::int64_t second) {
    return "2026-11-22T10:00:" + std::string(second < 10 ? "0" : "") + std::to_string(second) + ".000Z";
  }

  static std::string plain(std::string text) {
    for (std::size_t at = text.find("%3A"); at != std::string::npos; at = text.find("%3A", at)) text.replace(at, 3, ":");
    return text;
  }

  static std::optional<std::string> value_of(const std::string& target, const std::string& parameter) {
    const std::size_t at = target.find(parameter);
    if (at == std::string::npos) return std::nullopt;
    const std::size_t begin = at + parameter.size();
    return target.substr(begin, target.find('&', begin) - begin);
  }

  /// With milliseconds, so that times compare as text.
  static std::optional<std::string> bound_in(const std::string& target, const std::string& parameter) {
    auto bound = value_of(target, parameter);
    if (bound && bound->find('.') == std::string::npos) bound->insert(bound->size() - 1, ".000");
    return bound;
  }

  [[nodiscard]] std::vector<Row> matching(const std::string& target) const {
    const auto from = bound_in(target, "_lastUpdated=ge"), to = bound_in(target, "_lastUpdated=lt");
    std::vector<Row> rows;
    for (const Row& row : kept) {
      if (from && (row.second < 0 || stamp(row.second) < *from)) continue;
      if (to && applies_upper_bound && (row.second < 0 || !(stamp(row.second) < *to))) continue;
      rows.push_back(row);
    }
    return rows;
  }

  Said operator()(const Asked& asked) {
    if (before) before(*this, asked.number);
    const std::string target = plain(asked.target);
    const auto asked_offset = value_of(target, "_offset=");
    std::size_t at = asked_offset && offset == Offset::applied ? std::stoul(*asked_offset) : 0;
    if (asked_offset && (offset == Offset::refused || (refused_from && at >= *refused_from))) return {answer(400, "")};
    if (refuses_upper_bound && target.find("=lt") != std::string::npos) return {answer(400, "")};
    if (clamped_to) at = std::min(at, *clamped_to);
    const std::vector<Row> rows = matching(target);
    std::vector<std::string> entries;
    for (std::size_t next = at; next < rows.size() && entries.size() < most; ++next) {
      const Row& row = rows[next];
      entries.push_back(condition(row.id, row.second < 0 ? "" : R"(,"meta":{"lastUpdated":")" + stamp(row.second) + "\"}"));
    }
    return {answer(200, searchset(entries, "\"total\":" + std::to_string(static_cast<std::int64_t>(rows.size()) + miscounted) + ","))};
  }
};

std::vector<Row> five() {
  return {{"c1", 1}, {"c2", 2}, {"c3", 3}, {"c4", 4}, {"c5", 5}};
}

struct Searched {
  Collected all;
  std::vector<std::string> targets;
};

Searched search(Shelf shelf, const std::vector<Parameter>& parameters = {}) {
  const ScriptedServer server([&](const Asked& asked) { return shelf(asked); });
  Collected all = collect(endpoint_at(server.base_url()), parameters);
  REQUIRE(all.end);
  std::sort(all.ids.begin(), all.ids.end());
  return {std::move(all), server.targets()};
}

void check_all_five(const Searched& searched) {
  CHECK(searched.all.ids == Ids{"c1", "c2", "c3", "c4", "c5"});
  CHECK(searched.all.end->found == 5);
  CHECK(searched.all.end->whole);
  CHECK(searched.all.end->unlinked);
  CHECK(searched.all.end->pages == searched.targets.size());
}

void check_is_not_whole(const Searched& searched, const Ids& ids) {
  CHECK(searched.all.ids == ids);
  CHECK_FALSE(searched.all.end->whole);
  CHECK(searched.all.end->shortfall == "the server counts more records than its pages held");
  CHECK(searched.targets.size() < 12);
}

bool any_has(const std::vector<std::string>& targets, const std::string& text) {
  return std::any_of(targets.begin(), targets.end(), [&](const std::string& target) { return target.find(text) != std::string::npos; });
}

}  // namespace

TEST_CASE("P01 where no next page is named, the rest is read by _offset, each page from the last row of the one before") {
  const Searched searched = search({.kept = five()});
  check_all_five(searched);
  CHECK(searched.targets == Ids{"/fhir/Condition?_count=2", "/fhir/Condition?_offset=1&_count=2", "/fhir/Condition?_offset=2&_count=2",
                                "/fhir/Condition?_offset=3&_count=2"});
  CHECK_FALSE(any_has(searched.targets, "_lastUpdated"));
}

TEST_CASE("P01 the offset goes by what the server gives, whether that is one row a page or more than was asked for") {
  const std::size_t most = GENERATE(1, 3, 4);
  check_all_five(search({.kept = five(), .most = most}));
}

TEST_CASE("P01 what the search asks for besides is asked of every page") {
  const Searched searched = search({.kept = five()}, {{"patient", "p1"}, {"_lastUpdated", "ge2026-11-22T10:00:01Z"}});
  check_all_five(searched);
  for (const std::string& target : searched.targets) {
    CHECK(target.find("patient=p1") != std::string::npos);
    CHECK(target.find("_lastUpdated=ge2026-11-22T10%3A00%3A01Z") != std::string::npos);
  }
}

TEST_CASE("P01 a server that ignores or refuses _offset is asked by windows of time until each is whole") {
  Shelf shelf{.kept = five()};
  shelf.offset = GENERATE(Shelf::Offset::ignored, Shelf::Offset::refused);
  const bool bounded = GENERATE(false, true);
  SECTION("earliest first") {}
  SECTION("latest first") {
    std::reverse(shelf.kept.begin(), shelf.kept.end());
  }
  SECTION("in no order") {
    std::swap(shelf.kept[0], shelf.kept[3]);
  }
  SECTION("a row a page") {
    shelf.most = 1;
  }
  const Searched searched =
      search(shelf, bounded ? std::vector<Parameter>{{"_lastUpdated", "ge2026-11-22T10:00:00Z"}} : std::vector<Parameter>());
  check_all_five(searched);
  CHECK(any_has(searched.targets, "_lastUpdated=lt"));
  CHECK(searched.targets.size() < 20);
}

TEST_CASE("P01 an offset that is capped costs nothing where time can be divided") {
  Shelf shelf{.kept = five()};
  SECTION("to another") {
    shelf.clamped_to = 2;
  }
  SECTION("by a refusal") {
    shelf.refused_from = 3;
  }
  check_all_five(search(shelf));
}

TEST_CASE("P01 neither offset nor windows: what was shown is given, and the search is not whole") {
  Shelf shelf{.kept = five()};
  shelf.offset = GENERATE(Shelf::Offset::ignored, Shelf::Offset::refused);
  SECTION("the upper bound is refused") {
    shelf.refuses_upper_bound = true;
    check_is_not_whole(search(shelf), {"c1", "c2"});
  }
  SECTION("the upper bound is not applied") {
    shelf.applies_upper_bound = false;
    const Searched searched = search(shelf);
    CHECK_FALSE(searched.all.end->whole);
    CHECK(searched.targets.size() < 12);
  }
  SECTION("the rows bear no time") {
    for (Row& row : shelf.kept) row.second = -1;
    check_is_not_whole(search(shelf), {"c1", "c2"});
  }
  SECTION("one row beyond the first page bears none") {
    shelf.kept[3].second = -1;
    CHECK_FALSE(search(shelf).all.end->whole);
  }
  SECTION("all were updated at the same instant") {
    for (Row& row : shelf.kept) row.second = 7;
    check_is_not_whole(search(shelf), {"c1", "c2"});
  }
}

TEST_CASE("P01 a total that is too high is never believed away, and is not asked after without end") {
  Shelf shelf{.kept = five(), .miscounted = 3};
  shelf.offset = GENERATE(Shelf::Offset::applied, Shelf::Offset::ignored);
  const Searched searched = search(shelf);
  CHECK_FALSE(searched.all.end->whole);
  CHECK(searched.targets.size() < 16);
}

TEST_CASE("P01 a total that grows meanwhile is met: what was there at first is there, the rest is the next poll's") {
  Shelf shelf{.kept = five()};
  SECTION("at the end") {
    shelf.before = [](Shelf& now, int number) { now.kept.push_back({"n" + std::to_string(number), 6}); };
  }
  SECTION("in front, which the offset shows by another first row") {
    shelf.before = [](Shelf& now, int number) {
      if (number == 1) now.kept.insert(now.kept.begin(), {"n1", 6});
    };
  }
  const Searched searched = search(shelf);
  CHECK(searched.all.end->whole);
  for (const Row& row : five()) CHECK(std::count(searched.all.ids.begin(), searched.all.ids.end(), row.id) == 1);
}

TEST_CASE("P01 a row that is taken away meanwhile moves no other out of sight") {
  Shelf shelf{.kept = five()};
  shelf.before = [](Shelf& now, int number) {
    if (number == 1) now.kept.erase(now.kept.begin());
  };
  check_all_five(search(shelf));
}

TEST_CASE("P01 a row that moves to the end when it is updated meanwhile moves no other out of sight") {
  Shelf shelf{.kept = five()};
  shelf.before = [](Shelf& now, int number) {
    if (number != 1) return;
    now.kept.erase(now.kept.begin());
    now.kept.push_back({"c1", 9});
  };
  const Searched searched = search(shelf);
  CHECK(searched.all.end->whole);
  for (const Row& row : five()) CHECK(std::count(searched.all.ids.begin(), searched.all.ids.end(), row.id) >= 1);
}

TEST_CASE("P01 pages are bounded in number by offset and by windows") {
  Shelf shelf{};
  shelf.offset = GENERATE(Shelf::Offset::applied, Shelf::Offset::ignored);
  for (int number = 0; number < 50; ++number) shelf.kept.push_back({"c" + std::to_string(number), number});
  const ScriptedServer server([&](const Asked& asked) { return shelf(asked); });
  Endpoint endpoint = endpoint_at(server.base_url());
  endpoint.max_pages = 10;
  const Collected some = collect(endpoint);
  REQUIRE(some.end);
  CHECK_FALSE(some.end->whole);
  CHECK(server.targets().size() == 10);
}

TEST_CASE("P01 whoever does not answer while the rest is sought fails the search, for another attempt may mend it") {
  Shelf shelf{.kept = five()};
  const int from = GENERATE(1, 2);
  if (from == 2) shelf.offset = Shelf::Offset::ignored;
  const ScriptedServer server([&](const Asked& asked) { return asked.number >= from ? Said{answer(503, "")} : shelf(asked); });
  Endpoint endpoint = endpoint_at(server.base_url());
  endpoint.retry_for = std::chrono::milliseconds(0);
  const Collected some = collect(endpoint);
  REQUIRE_FALSE(some.end);
  CHECK(some.end.error().code == ErrorCode::unavailable);
}

TEST_CASE("P01 a server that names next pages is not asked by offset, whatever it counts") {
  const ScriptedServer server([](const Asked& asked) {
    const bool second = asked.has("page=2");
    return Said{
        answer(200, searchset({condition(second ? "c2" : "c1")}, "\"total\":5," + (second ? "" : next_link("/fhir/Condition?page=2"))))};
  });
  const Collected some = collect(endpoint_at(server.base_url()));
  REQUIRE(some.end);
  CHECK_FALSE(some.end->whole);
  CHECK_FALSE(some.end->unlinked);
  CHECK(server.targets().size() == 2);
}
