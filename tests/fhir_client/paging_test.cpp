// Cases P01 to P08, P11 and P12 of the failure catalogue: pages that do not add up.
#include <algorithm>
#include <map>
#include <thread>

#include "tests/fhir_client/searching.h"
#include "tests/support/scripted_server.h"

using namespace trialflag;
using namespace trialflag::fhir;
using namespace trialflag::testing;
using namespace std::chrono_literals;

namespace {

/// A server whose pages stand in a list: /fhir/Condition is the first, ?page=N the Nth.
ScriptedServer::Script pages(std::vector<std::string> bodies) {
  return [bodies = std::move(bodies)](const Asked& asked) -> Said {
    const std::size_t at = asked.target.find("page=");
    const std::size_t page = at == std::string::npos ? 1 : std::stoul(asked.target.substr(at + 5));
    return {page <= bodies.size() ? answer(200, bodies[page - 1]) : answer(500, "")};
  };
}

std::string to_page(int number) {
  return next_link("/fhir/Condition?page=" + std::to_string(number));
}

/// A Condition with a last update and a note.
std::string version(const std::string& id, const std::string& updated, const std::string& note) {
  return condition(id, R"(,"meta":{"lastUpdated":")" + updated + R"("},"note":")" + note + "\"");
}

}  // namespace

TEST_CASE("P01 a total above what came, and no next link, is never whole") {
  const ScriptedServer server(pages({searchset({condition("c1"), condition("c2")}, "\"total\":5,")}));
  const Collected some = collect(endpoint_at(server.base_url()));
  REQUIRE(some.end);
  CHECK_FALSE(some.end->whole);
  CHECK(some.end->shortfall == "the server counts more records than its pages held");
}

TEST_CASE("P02 pages that lead to themselves, back to the first, or nowhere new end the search") {
  SECTION("to itself") {
    const ScriptedServer server(pages({searchset({condition("c1")}, to_page(2)), searchset({condition("c2")}, to_page(2))}));
    check_fails(collect(endpoint_at(server.base_url())), ErrorCode::malformed_data, "the pages go round in circles");
  }
  SECTION("to the first page") {
    const ScriptedServer server(
        pages({searchset({condition("c1")}, to_page(2)), searchset({condition("c2")}, next_link("/fhir/Condition?_count=2"))}));
    check_fails(collect(endpoint_at(server.base_url())), ErrorCode::malformed_data, "the pages go round in circles");
  }
  SECTION("to the same records under new addresses") {
    const ScriptedServer server(
        [](const Asked& asked) { return Said{answer(200, searchset({condition("c1")}, to_page(asked.number + 2)))}; });
    check_fails(collect(endpoint_at(server.base_url())), ErrorCode::malformed_data, "the pages repeat themselves");
  }
  SECTION("to new pages without end") {
    const ScriptedServer server([](const Asked& asked) {
      return Said{answer(200, searchset({condition("c" + std::to_string(asked.number))}, to_page(asked.number + 2)))};
    });
    Endpoint endpoint = endpoint_at(server.base_url());
    SECTION("by number") {
      endpoint.max_pages = 20;
      check_fails(collect(endpoint), ErrorCode::malformed_data, "the pages do not end");
      CHECK(server.targets().size() == 20);
    }
    SECTION("by time") {
      endpoint.longest_search = 200ms;
      check_fails(collect(endpoint), ErrorCode::timeout, "the pages do not end in time");
    }
  }
}

TEST_CASE("P03 an empty page with a next link is not the end") {
  const ScriptedServer server(
      pages({searchset({}, to_page(2)), searchset({}, to_page(3)), searchset({}, to_page(4)), searchset({condition("c1")})}));
  const Collected all = collect(endpoint_at(server.base_url()));
  CHECK(all.ids == Ids{"c1"});
  CHECK(all.end->whole);
}

TEST_CASE("P04 a next link beyond the end that hangs or fails is given up in bounded time, and the search is not whole") {
  const Said beyond = GENERATE(Said{"", Said::Then::silence}, Said{answer(500, "")});
  const ScriptedServer server([&](const Asked& asked) {
    return asked.has("page=2") ? beyond : Said{answer(200, searchset({condition("c1")}, "\"total\":1," + to_page(2)))};
  });
  Endpoint endpoint = endpoint_at(server.base_url());
  endpoint.request_timeout = 300ms;
  endpoint.retry_for = 700ms;
  const auto began = std::chrono::steady_clock::now();
  const Collected some = collect(endpoint);
  CHECK_FALSE(some.end);
  CHECK(some.ids == Ids{"c1"});
  CHECK(std::chrono::steady_clock::now() - began < 30s);
}

TEST_CASE("P04 a server that names next pages for ever, which bring nothing, ends the search: whole where it counts so far, else not") {
  const std::string told =
      "the last 20 pages brought nothing new, and the server names a next one all the same; its administrator must mend its "
      "paging: the last page names no next";
  std::string total;
  bool repeats = false;
  int empty_before = 0;
  const ScriptedServer server([&](const Asked& asked) {
    const bool first = asked.number == 0, last = asked.number == empty_before + 1;
    const std::vector<std::string> entries = first                         ? std::vector{condition("c1")}
                                             : last                        ? std::vector{condition("c2")}
                                             : repeats && asked.number % 2 ? std::vector{condition("c1")}
                                                                           : std::vector<std::string>();
    return Said{answer(200, searchset(entries, total + to_page(asked.number + 2)))};
  });
  SECTION("which it counts") {
    total = "\"total\":2,";
    repeats = GENERATE(false, true);
    const Collected all = collect(endpoint_at(server.base_url()));
    REQUIRE(all.end);
    CHECK(all.end->whole);
    CHECK(all.end->pages == 22);
    CHECK(all.ids == Ids{"c1", "c2"});
  }
  SECTION("which it counts higher") {
    total = "\"total\":3,";
    check_fails(collect(endpoint_at(server.base_url())), ErrorCode::malformed_data, told);
  }
  SECTION("which it does not count") {
    const Collected some = collect(endpoint_at(server.base_url()));
    check_fails(some, ErrorCode::malformed_data, told);
    CHECK(some.ids == Ids{"c1", "c2"});
  }
  SECTION("after some that were legal") {
    empty_before = 19;
    const Collected some = collect(endpoint_at(server.base_url()));
    check_fails(some, ErrorCode::malformed_data, told);
    CHECK(some.ids == Ids{"c1", "c2"});
  }
}

TEST_CASE("P04 known records amid empty pages are pages that repeat themselves") {
  const ScriptedServer server([](const Asked& asked) {
    const auto entries = asked.number % 2 == 0 ? std::vector{condition("c1")} : std::vector<std::string>();
    return Said{answer(200, searchset(entries, to_page(asked.number + 2)))};
  });
  check_fails(collect(endpoint_at(server.base_url())), ErrorCode::malformed_data, "the pages repeat themselves");
}

TEST_CASE("P04 a history whose next pages bring nothing for ever ends: whole where the server counts so far, else failed") {
  const std::string total = GENERATE("", "\"total\":2,", "\"total\":3,");
  const std::string again = GENERATE("", R"({"request":{"method":"DELETE","url":"Condition/gone"}})");
  const ScriptedServer server([&](const Asked& asked) {
    const std::string entries = asked.number > 0 ? again
                                                 : R"({"request":{"method":"DELETE","url":"Condition/gone"}},)"
                                                   R"({"request":{"method":"PUT","url":"Condition/a"},"resource":)" +
                                                       condition("a") + "}";
    const std::string link = next_link("/fhir/Condition/_history?page=" + std::to_string(asked.number + 2));
    return Said{answer(200, R"({"resourceType":"Bundle","type":"history",)" + total + link + "\"entry\":[" + entries + "]}")};
  });
  const auto end = client_of(endpoint_at(server.base_url()))->deleted_since("Condition", Instant{0});
  CHECK(server.targets().size() < 30);
  // Deletions without a record cannot be told apart, so that what repeats them may reach any count.
  if (total == "\"total\":2," || (!total.empty() && !again.empty())) {
    REQUIRE(end);
    CHECK(end->deleted.size() == 1);
  } else {
    REQUIRE_FALSE(end);
    CHECK(end.error().message.starts_with("Condition history: the last 20 pages brought nothing new"));
  }
}

TEST_CASE("P05 a search that the server has forgotten is begun anew, and nothing is given twice") {
  const int status = GENERATE(410, 404, 414);
  int forgotten = 1;
  const ScriptedServer server([&](const Asked& asked) -> Said {
    if (asked.has("page=3") && forgotten-- > 0) return {answer(status, "")};
    if (asked.has("page=3")) return {answer(200, searchset({condition("c3")}, "\"total\":3,"))};
    if (asked.has("page=2")) return {answer(200, searchset({condition("c2")}, "\"total\":3," + to_page(3)))};
    return {answer(200, searchset({condition("c1")}, "\"total\":3," + to_page(2)))};
  });
  const auto client = client_of(endpoint_at(server.base_url()));
  SECTION("once") {
    const Collected all = collect(*client);
    REQUIRE(all.end);
    CHECK(all.end->whole);
    CHECK(all.end->found == 3);
    CHECK(all.ids == Ids{"c1", "c2", "c3"});
    CHECK(server.targets().size() == 6);
  }
  SECTION("twice at most") {
    forgotten = 99;
    const Collected some = collect(*client);
    check_fails(some, ErrorCode::unavailable,
                status == 414 ? "a later page is gone: the server refuses the request (414)"
                              : "a later page is gone: the server has none (" + std::to_string(status) + ")");
    CHECK(some.ids == Ids{"c1", "c2"});
    CHECK(server.targets().size() == 9);
  }
}

TEST_CASE("P05 a search that cannot be begun anew is no missing type") {
  const ScriptedServer server(
      [](const Asked& asked) { return Said{asked.number == 0 ? answer(200, searchset({condition("c1")}, to_page(2))) : answer(410, "")}; });
  check_fails(collect(endpoint_at(server.base_url())), ErrorCode::unavailable,
              "the search cannot be begun anew: the server has none (410)");
}

TEST_CASE("P05 records that vanished between two beginnings do not make up for the total") {
  int forgotten = 1;
  const ScriptedServer server([&](const Asked& asked) -> Said {
    if (asked.has("page=2") && forgotten-- > 0) return {answer(410, "")};
    if (asked.has("page=2")) return {answer(200, searchset({condition("c3")}))};
    return {answer(200, searchset({condition(asked.number == 0 ? "c1" : "c2")}, "\"total\":3," + to_page(2)))};
  });
  const Collected all = collect(endpoint_at(server.base_url()));
  CHECK(all.ids == Ids{"c1", "c2", "c3"});
  REQUIRE(all.end);
  CHECK_FALSE(all.end->whole);
}

TEST_CASE("P06 a later page that fails twice is read in the end, one that always fails fails the search and keeps what came") {
  int failures = GENERATE(2, 99);
  const bool passes = failures == 2;
  const ScriptedServer server([&](const Asked& asked) -> Said {
    if (asked.has("page=2") && failures-- > 0) return {answer(500, "")};
    return {answer(200, asked.has("page=2") ? searchset({condition("c2")}) : searchset({condition("c1")}, to_page(2)))};
  });
  const Collected some = collect(endpoint_at(server.base_url()));
  CHECK(some.end.has_value() == passes);
  CHECK(some.ids == (passes ? Ids{"c1", "c2"} : Ids{"c1"}));
  if (!passes) CHECK(some.end.error().code == ErrorCode::unavailable);
}

TEST_CASE("P07 of rows that come twice the newest version is the last one given") {
  const std::string old_one = version("c1", "2026-11-20T10:00:00Z", "old");
  const std::string new_one = version("c1", "2026-11-21T10:00:00.5+08:00", "new");
  const auto last_of = [](const std::vector<std::string>& bodies) {
    const ScriptedServer server(pages(bodies));
    const Collected all = collect(endpoint_at(server.base_url()));
    REQUIRE(all.end);
    CHECK(all.end->found == 2);
    std::map<std::string, std::string> last;
    for (std::size_t at = 0; at < all.ids.size(); ++at) last[all.ids[at]] = all.texts[at];
    return last["c1"].substr(last["c1"].find("\"note\""), 12);
  };
  CHECK(last_of({searchset({old_one, new_one, condition("c2")})}) == "\"note\":\"new\"");
  CHECK(last_of({searchset({new_one, old_one, condition("c2")})}) == "\"note\":\"new\"");
  CHECK(last_of({searchset({new_one}, to_page(2)), searchset({old_one, condition("c2")})}) == "\"note\":\"new\"");
  // Of what cannot be compared the later one counts.
  CHECK(last_of({searchset({new_one}, to_page(2)), searchset({version("c1", "yesterday", "xxx"), condition("c2")})}) == "\"note\":\"xxx\"");
}

TEST_CASE("P07 an equal row is given once, and counted once against the total") {
  const ScriptedServer server(
      pages({searchset({condition("c1"), condition("c2")}, "\"total\":3," + to_page(2)), searchset({condition("c2")})}));
  const Collected all = collect(endpoint_at(server.base_url()));
  CHECK(all.ids == Ids{"c1", "c2"});
  REQUIRE(all.end);
  CHECK_FALSE(all.end->whole);
}

TEST_CASE("P11 the order of the rows does not matter") {
  const ScriptedServer server(pages({searchset({version("c3", "2026-11-22T00:00:00Z", "x")}, to_page(2)),
                                     searchset({version("c2", "2026-11-21T00:00:00Z", "x")}, to_page(3)),
                                     searchset({version("c1", "2026-11-20T00:00:00Z", "x")})}));
  const Collected all = collect(endpoint_at(server.base_url()), {{"_lastUpdated", "ge2026-11-20T00:00:00Z"}});
  CHECK(all.ids == Ids{"c3", "c2", "c1"});
  CHECK(all.end->whole);
}

TEST_CASE("P12 a page size that the server does not keep to is fine") {
  SECTION("one a page") {
    const ScriptedServer server(pages({searchset({condition("c1")}, to_page(2)), searchset({condition("c2")})}));
    CHECK(collect(endpoint_at(server.base_url())).ids == Ids{"c1", "c2"});
  }
  SECTION("all on the first") {
    std::vector<std::string> entries;
    for (int i = 0; i < 5000; ++i) entries.push_back(condition("c" + std::to_string(i)));
    const ScriptedServer server(pages({searchset(entries, "\"total\":5000,")}));
    const Collected all = collect(endpoint_at(server.base_url()));
    CHECK(all.ids.size() == 5000);
    CHECK(all.end->whole);
  }
}

TEST_CASE("while a page is taken in, the next two are asked for, and no more than that") {
  const ScriptedServer server(
      pages({searchset({condition("c1")}, to_page(2)), searchset({condition("c2")}, to_page(3)), searchset({condition("c3")}, to_page(4)),
             searchset({condition("c4")}, to_page(5)), searchset({condition("c5")})}));
  const auto client = client_of(endpoint_at(server.base_url()));
  std::vector<std::size_t> asked;  // when each record came
  const auto end = client->search("Condition", {}, [&](const Found&) -> Result<void> {
    const auto until = std::chrono::steady_clock::now() + 10s;
    const std::size_t wanted = std::min<std::size_t>(5, asked.size() + 3);
    while (server.targets().size() < wanted && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(1ms);
    asked.push_back(server.targets().size());
    return {};
  });
  REQUIRE(end);
  CHECK(end->whole);
  CHECK(asked == std::vector<std::size_t>{3, 4, 5, 5, 5});
}

TEST_CASE("a page that was asked for ahead and is not wanted any more is waited for, and not given") {
  const ScriptedServer server(pages({searchset({condition("c1")}, to_page(2)), searchset({condition("c2")}, to_page(3)), "{}"}));
  const auto client = client_of(endpoint_at(server.base_url()));
  std::size_t given = 0;
  const auto end = client->search("Condition", {}, [&](const Found&) -> Result<void> {
    ++given;
    return fail(ErrorCode::storage, "the disk is full");
  });
  REQUIRE_FALSE(end);
  CHECK(end.error().code == ErrorCode::storage);
  CHECK(given == 1);
  CHECK(server.targets().size() <= 3);
}
