// Cases R01 to R04 of the failure catalogue: servers that are busy, slow or down.
#include <atomic>
#include <thread>

#include "tests/fhir_client/searching.h"
#include "tests/support/scripted_server.h"

using namespace trialflag;
using namespace trialflag::fhir;
using namespace trialflag::testing;
using namespace std::chrono_literals;

namespace {

constexpr const char* kAlone = "the server asked to be left alone for a while; it is asked again when that is over";

/// Busy for so many requests, then well.
ScriptedServer::Script busy(int times, int status, const std::string& headers, const std::string& body = "") {
  return [=](const Asked& asked) -> Said {
    return {asked.number < times ? answer(status, body, headers) : answer(200, searchset({condition("c1")}))};
  };
}

}  // namespace

TEST_CASE("R01 each form of wait is heeded, and a server that means years is left alone for an hour at most") {
  const std::string date = "Date: Sun, 22 Nov 2026 19:00:00 GMT\r\n";
  SECTION("a wait within the budget is kept, and the search goes on") {
    const std::string header =
        GENERATE("Retry-After: 1\r\n", "Retry-After: Sun, 22 Nov 2026 19:00:01 GMT\r\n", "Retry-After: 1795374001\r\n",
                 "Retry-After: 1795374001000\r\n", "x-ms-retry-after-ms: 900\r\n", "Retry-After: -1\r\n", "Retry-After: abc\r\n",
                 "Retry-After: Sun, 22 Nov 2026 18:00:00 GMT\r\n", "");
    const ScriptedServer server(busy(1, 429, date + header));
    INFO(header);
    CHECK(collect(endpoint_at(server.base_url())).ids == Ids{"c1"});
    CHECK(server.targets().size() == 2);
  }
  SECTION("a longer one ends the search, and the server hears nothing until then") {
    const std::string header = GENERATE("Retry-After: 18000\r\n", "Retry-After: 1795377600\r\n", "x-ms-retry-after-ms: 844000\r\n", "");
    const std::string body = header.empty() ? "User Rate Limit Exceeded, Try in another 844 seconds" : "";
    const ScriptedServer server(busy(99, 429, date + header, body));
    const auto client = client_of(endpoint_at(server.base_url()));
    check_fails(collect(*client), ErrorCode::unavailable, "the server answers 429");
    check_fails(collect(*client), ErrorCode::unavailable, kAlone);
    CHECK(server.targets().size() == 1);
  }
  SECTION("one who always asks for no wait at all is not stormed") {
    const ScriptedServer server(busy(9999, 503, date + "Retry-After: 0\r\n"));
    check_fails(collect(endpoint_at(server.base_url())), ErrorCode::unavailable, "the server answers 503");
    CHECK(server.targets().size() < 12);
  }
}

TEST_CASE("R02 a server that only fails is asked a bounded number of times, and asked again after a pause") {
  std::atomic<bool> well{false};
  const ScriptedServer server([&](const Asked&) { return Said{well ? answer(200, searchset({condition("c1")})) : answer(503, "")}; });
  Endpoint endpoint = endpoint_at(server.base_url());
  endpoint.retry_for = 300ms;
  endpoint.breaker = {3, 600ms, 600ms};
  const auto client = client_of(endpoint);
  for (int call = 0; call < 30; ++call) CHECK_FALSE(collect(*client).end);
  // Three calls of a few attempts each opened it; since then one probe a pause.
  CHECK(server.targets().size() < 30);
  well = true;
  Collected all;
  for (int call = 0; call < 200 && (call == 0 || !all.end); ++call) {
    all = collect(*client);
    if (!all.end) std::this_thread::sleep_for(50ms);
  }
  REQUIRE(all.end);
  CHECK(all.ids == Ids{"c1"});
}

TEST_CASE("R02 refusals and damaged answers are answers: they open no breaker") {
  const std::string said =
      GENERATE(answer(403, ""), answer(404, ""), answer(400, ""), answer(200, "<html>", "Content-Type: text/html\r\n"));
  const ScriptedServer server([&](const Asked&) { return Said{said}; });
  Endpoint endpoint = endpoint_at(server.base_url());
  endpoint.breaker = {2, 60s, 60s};
  const auto client = client_of(endpoint);
  for (int call = 0; call < 6; ++call) CHECK_FALSE(collect(*client).end);
  CHECK(server.targets().size() == 6);
}

TEST_CASE("R02 nobody at the address: the breaker opens all the same") {
  Endpoint endpoint = endpoint_at("http://127.0.0.1:1/fhir");
  endpoint.retry_for = 0ms;
  endpoint.breaker = {3, 60s, 60s};
  const auto client = client_of(endpoint);
  for (int call = 0; call < 3; ++call) check_fails(collect(*client), ErrorCode::unavailable, "no connection, or it broke off");
  check_fails(collect(*client), ErrorCode::unavailable, "the server failed too often in a row; it is asked again after a pause");
}

TEST_CASE("R03 one type that is always slow does not hold up the others, nor open the breaker") {
  const ScriptedServer server([](const Asked& asked) {
    return asked.has("/Observation") ? Said{"", Said::Then::silence} : Said{answer(200, searchset({condition("c1")}))};
  });
  Endpoint endpoint = endpoint_at(server.base_url());
  endpoint.request_timeout = 1s;
  endpoint.retry_for = 0ms;
  endpoint.breaker = {2, 60s, 60s};
  const auto client = client_of(endpoint);
  std::atomic<bool> over{false};
  std::jthread slow([&] {
    for (int call = 0; call < 3; ++call)
      static_cast<void>(client->search("Observation", {}, [](const Found&) -> Result<void> { return {}; }));
    over = true;
  });
  int answered = 0;
  while (!over) {
    CHECK(collect(*client).ids == Ids{"c1"});
    ++answered;
    std::this_thread::sleep_for(20ms);
  }
  CHECK(answered > 3);
}

TEST_CASE("R04 after an outage one request tries first, and the rest follows no faster than the connections allow") {
  std::atomic<bool> well{false};
  std::atomic<int> at_once{0}, most{0};
  const ScriptedServer server([&](const Asked&) {
    most = std::max(most.load(), ++at_once);
    --at_once;
    return Said{well ? answer(200, searchset({condition("c1")})) : answer(503, "")};
  });
  Endpoint endpoint = endpoint_at(server.base_url());
  endpoint.max_connections = 2;
  endpoint.breaker = {2, 300ms, 300ms};
  endpoint.retry_for = 100ms;
  const auto client = client_of(endpoint);
  for (int call = 0; call < 4; ++call) CHECK_FALSE(collect(*client).end);
  const std::size_t before = server.targets().size();
  well = true;
  std::this_thread::sleep_for(400ms);
  std::atomic<int> answered{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&] {
        for (int call = 0; call < 200; ++call) {
          if (client->search("Condition", {}, [](const Found&) -> Result<void> { return {}; })) {
            ++answered;
            return;
          }
          std::this_thread::sleep_for(20ms);
        }
      });
  }
  CHECK(answered == 8);
  CHECK(server.targets().size() == before + 8);
  CHECK(server.connections() <= 12);
}

TEST_CASE("however many ask, no more connections are opened than are configured") {
  const ScriptedServer server([](const Asked&) { return Said{answer(200, searchset({condition("c1")}))}; });
  Endpoint endpoint = endpoint_at(server.base_url());
  endpoint.max_connections = 3;
  const auto client = client_of(endpoint);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 6; ++i)
      threads.emplace_back([&] {
        for (int call = 0; call < 300; ++call) (void)client->search("Condition", {}, [](const Found&) -> Result<void> { return {}; });
      });
  }
  CHECK(server.targets().size() == 1800);
  CHECK(server.connections() <= 3);
}
