// Subscriptions that the agent asks for: one a type, renewed, none but its own touched; and what passed, counted.
#include "fhir/client/subscription.h"

#include <atomic>
#include <set>

#include "tests/fhir_client/searching.h"
#include "tests/support/scripted_server.h"

using namespace trialflag;
using namespace trialflag::fhir;
using namespace trialflag::testing;

namespace {

constexpr Instant kSoon{1'000'000}, kUntil{2'000'000};
const std::string kHere = "http://127.0.0.1:9465/hint/s";

Subscription standing(const std::string& id, const std::string& type, const std::string& status = "active", Instant end = kUntil) {
  return {id, status, type + "?", kHere, end};
}

}  // namespace

TEST_CASE("a plan of subscriptions makes what is missing, renews what ends or failed, and ends what is too many") {
  const auto plan = plan_subscriptions({standing("1", "Condition"),
                                        standing("2", "Condition"),
                                        standing("3", "Patient", "error"),
                                        standing("4", "Encounter", "active", kSoon),
                                        standing("5", "Basic"),
                                        {"6", "active", "Observation?", "http://others.example/", kUntil}},
                                       {"Condition", "Encounter", "Observation", "Patient"}, kHere, kSoon, kUntil);
  std::set<std::pair<std::string, std::string>> asked;
  for (const Subscription& one : plan.ask) asked.insert({one.id, one.criteria});
  CHECK(asked == std::set<std::pair<std::string, std::string>>{{"", "Observation?"}, {"3", "Patient?"}, {"4", "Encounter?"}});
  for (const Subscription& one : plan.ask) CHECK((one.end == kUntil && one.endpoint == kHere));
  CHECK(plan.end == std::vector<std::string>{"2", "5"});
  CHECK(plan_subscriptions({standing("1", "Condition")}, {"Condition"}, kHere, kSoon, kUntil).ask.empty());
}

TEST_CASE("a Subscription that the server has made its own of is not asked for again and again") {
  for (const char* criteria : {"Condition", "Condition?", "Condition?_tag=x"})
    for (const auto end : {std::optional<Instant>(), std::optional(kUntil)}) {
      INFO(criteria);
      const auto plan = plan_subscriptions({{"1", "active", criteria, kHere, end}}, {"Condition"}, kHere, kSoon, kUntil);
      CHECK(plan.ask.empty());
      CHECK(plan.end.empty());
    }
}

TEST_CASE("a Subscription is written as it is read") {
  const auto read = read_subscription(subscription_json({"s1", "active", "Condition?", kHere + "\"", kUntil}));
  REQUIRE(read);
  CHECK(read->status == "requested");
  CHECK(read->endpoint == kHere + "\"");
  CHECK(read->end == kUntil);
  CHECK_FALSE(read_subscription("{\"resourceType\":\"Patient\",\"id\":\"p\"}"));
  CHECK_FALSE(read_subscription("["));
}

TEST_CASE("a Subscription is made by conditional create, renewed by update, and its refusals tell what to do") {
  std::vector<std::string> heads;
  std::atomic<int> status = 201;
  const ScriptedServer server([&](const Asked& asked) {
    heads.push_back(asked.head);
    return Said{answer(status, "{}"), Said::Then::close};
  });
  const auto client = [&] { return client_of(endpoint_at(server.base_url())); };
  CHECK(client()->ask_for({"", "", "Condition?", kHere, kUntil}));
  CHECK(client()->ask_for(standing("s 1", "Condition")));
  status = 404;
  CHECK(client()->end_subscription("s1"));
  REQUIRE(heads.size() == 3);
  CHECK(heads[0].starts_with("POST /fhir/Subscription "));
  CHECK(heads[0].find("If-None-Exist: url=http%3A%2F%2F127.0.0.1%3A9465%2Fhint%2Fs&criteria=Condition%3F") != std::string::npos);
  CHECK(heads[1].starts_with("PUT /fhir/Subscription/s%201 "));
  CHECK(heads[2].starts_with("DELETE /fhir/Subscription/s1 "));
  status = 403;
  CHECK(client()->ask_for(standing("s1", "Condition")).error().code == ErrorCode::unauthorized);
  status = 422;
  CHECK(client()->ask_for(standing("s1", "Condition")).error().code == ErrorCode::invalid_config);
  status = 503;
  CHECK(client()->ask_for(standing("s1", "Condition")).error().code == ErrorCode::unavailable);
}

TEST_CASE("what passes is counted, by how it ended") {
  const ScriptedServer server([](const Asked& asked) {
    if (asked.number == 0) return Said{answer(503, "")};
    if (asked.number == 1) return Said{answer(429, "", "Retry-After: 0\r\n")};
    if (asked.number == 3) return Said{answer(404, "")};
    return Said{
        answer(200, searchset({condition("c1")}), "Content-Type: application/fhir+json\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n")};
  });
  const auto client = client_of(endpoint_at(server.base_url()));
  REQUIRE(collect(*client).end);
  CHECK_FALSE(client->read("Condition", "c2"));
  const TrafficCounts counts = client->traffic();
  CHECK(counts.requests == 4);
  CHECK(counts.retries == 2);
  CHECK(counts.pages == 1);
  CHECK(counts.bytes == searchset({condition("c1")}).size());
  CHECK(counts.answers == std::array<std::uint64_t, kAnswerClasses>{1, 0, 1, 1, 1, 0});
  REQUIRE(counts.ahead_ms);
  CHECK(*counts.ahead_ms < -30LL * 365 * 86400 * 1000);
  CHECK_FALSE(counts.token_expires);
}
