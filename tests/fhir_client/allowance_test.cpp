// Case R03 of the failure catalogue: how long one type may keep the others waiting.
#include "fhir/client/allowance.h"

#include "tests/fhir_client/searching.h"
#include "tests/support/scripted_server.h"

using namespace trialflag;
using namespace trialflag::fhir;
using namespace trialflag::testing;
using namespace std::chrono_literals;

namespace {

Result<SearchEnd> search(Client& client, Allowance& allowance) {
  return client.search(
      "Condition", {}, [](const Found&) -> Result<void> { return {}; }, nullptr, &allowance);
}

}  // namespace

TEST_CASE("R03 a type has its time, and more with each answer") {
  Allowance allowance(60s);
  CHECK(allowance.left() == 60s);
  allowance.waited(50s);
  CHECK(allowance.left() == 10s);
  CHECK(allowance.is_slow());
  for (int answer = 0; answer < 1000; ++answer) {
    allowance.waited(9s);
    allowance.answered();
  }
  CHECK(allowance.left() == 1010s);
  CHECK_FALSE(allowance.is_slow());
  allowance.waited(2000s);
  CHECK(allowance.left() == 0s);
}

TEST_CASE("P04 empty pages that name a next one earn no time, what answers at last does") {
  const ScriptedServer server([](const Asked& asked) {
    const std::string link = asked.number < 3 ? next_link("/fhir/Condition?p=" + std::to_string(asked.number)) : "";
    return Said{answer(200, searchset({}, link))};
  });
  const auto client = client_of(endpoint_at(server.base_url()));
  Allowance allowance(60s);
  REQUIRE(search(*client, allowance));
  CHECK(allowance.answers() == 4);
  CHECK(allowance.left() <= 70s);
  CHECK(allowance.left() > 60s);
}

TEST_CASE("R03 a silent type is given up when its time is over, however long retries may go on, and not asked any more") {
  const ScriptedServer server([](const Asked&) { return Said{"", Said::Then::silence}; });
  Endpoint endpoint = endpoint_at(server.base_url());
  endpoint.request_timeout = 1s;
  endpoint.retry_for = 60s;
  const auto client = client_of(endpoint);
  Allowance allowance(1s);
  const auto end = search(*client, allowance);
  REQUIRE_FALSE(end);
  CHECK(end.error().code == ErrorCode::timeout);
  CHECK(server.targets().size() == 1);
  CHECK(allowance.answers() == 0);
  const auto again = search(*client, allowance);
  REQUIRE_FALSE(again);
  CHECK(again.error().message == "Condition: the server is too slow to answer all that is asked of the type in one cycle");
  CHECK(server.targets().size() == 1);
}

TEST_CASE("R03 each page counts as an answer, a failure that is retried does not") {
  const ScriptedServer server([](const Asked& asked) -> Said {
    if (asked.number == 1) return {answer(503, "")};
    return {answer(200, searchset({condition("c" + std::to_string(asked.number))},
                                  asked.number < 3 ? next_link("/fhir/Condition?p=" + std::to_string(asked.number)) : ""))};
  });
  const auto client = client_of(endpoint_at(server.base_url()));
  Allowance allowance(60s);
  CHECK(search(*client, allowance));
  CHECK(server.targets().size() == 4);
  CHECK(allowance.answers() == 3);
}
