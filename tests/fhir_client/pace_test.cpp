// Item 67 of what servers ask for: a budget of requests a minute.
#include "fhir/client/pace.h"

#include <deque>
#include <thread>

#include "tests/fhir_client/searching.h"
#include "tests/support/scripted_server.h"

using namespace trialflag;
using namespace trialflag::fhir;
using namespace trialflag::testing;
using namespace std::chrono_literals;

TEST_CASE("item 67 in no minute are there more requests than the budget, and all of it can be used") {
  const int budget = GENERATE(1, 2, 9, 10, 60, 1000, 60000);
  INFO(budget);
  Pace pace(budget);
  const Pace::Moment begin{};
  Pace::Moment now = begin + 1h;
  std::deque<Pace::Moment> minute;
  int requests = 0;
  for (const Pace::Moment end = now + 10min; now < end; ++requests) {
    now += pace.take(now);
    while (!minute.empty() && minute.front() <= now - 1min) minute.pop_front();
    minute.push_back(now);
    REQUIRE(minute.size() <= static_cast<std::size_t>(budget));
  }
  CHECK(requests >= 8 * budget);
}

TEST_CASE("item 67 without a budget nobody waits; after a rest a tenth of it goes at once") {
  Pace none(0);
  Pace pace(100);
  const Pace::Moment now = Pace::Moment{} + 1h;
  for (int i = 0; i < 10; ++i) {
    CHECK(none.take(now) == 0ms);
    CHECK(pace.take(now) == 0ms);
  }
  CHECK(pace.take(now) > 0ms);
}

TEST_CASE("item 67 a request waits for the budget and never fails for it; a stop ends the wait") {
  const ScriptedServer server([](const Asked&) { return Said{answer(200, searchset({condition("c1")}))}; });
  Endpoint endpoint = endpoint_at(server.base_url());
  endpoint.requests_per_minute = 60;  // six at once
  SECTION("waits") {
    const auto client = client_of(endpoint);
    for (int i = 0; i < 7; ++i) CHECK(collect(*client).ids == Ids{"c1"});
    CHECK(client->traffic().paced_ms > 0);
  }
  SECTION("stops") {
    endpoint.requests_per_minute = 1;
    std::stop_source stop;
    const auto client = client_of(endpoint);
    client->stop_with(stop.get_token());
    CHECK(collect(*client).ids == Ids{"c1"});
    std::jthread later([&] {
      std::this_thread::sleep_for(50ms);
      stop.request_stop();
    });
    check_fails(collect(*client), ErrorCode::internal, "stopped");
    CHECK(server.targets().size() == 1);
  }
}
