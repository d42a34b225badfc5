// Cases P09, P10 and P13 to P19 of the failure catalogue: what a server does to the question, and what else it puts into its pages.
#include <map>

#include "tests/fhir_client/searching.h"
#include "tests/support/scripted_server.h"

using namespace trialflag;
using namespace trialflag::fhir;
using namespace trialflag::testing;
using namespace std::chrono_literals;

namespace {

std::string self_link(const std::string& url) {
  return R"("link":[{"relation":"self","url":")" + url + "\"}],";
}

std::string outcome(const std::string& severity, const std::string& code, const std::string& more = "") {
  return R"({"resourceType":"OperationOutcome","issue":[{"severity":")" + severity + R"(","code":")" + code + "\"" + more + "}]}";
}

std::string entry(const std::string& resource, const std::string& mode = "") {
  return R"({"resource":)" + resource + (mode.empty() ? "" : R"(,"search":{"mode":")" + mode + "\"}") + "}";
}

Collected answered_with(const std::string& body, const std::vector<Parameter>& parameters = {}) {
  const ScriptedServer server([&](const Asked&) { return Said{answer(200, body)}; });
  return collect(endpoint_at(server.base_url()), parameters);
}

std::string updated(const std::string& stamp) {
  return R"(,"meta":{"lastUpdated":")" + stamp + "\"}";
}

}  // namespace

TEST_CASE("P09 a server that ignores _lastUpdated is found out by its self link or by a row that is too old") {
  const std::string fresh = condition("c1", updated("2026-11-21T00:00:00Z"));
  const std::string old = condition("c2", updated("2020-01-01T00:00:00+01:00"));
  const std::string self = "http://h/fhir/Condition?_lastUpdated=ge2026-11-20T00%3A00%3A00Z&_count=2";
  CHECK(answered_with(searchset({fresh}, self_link(self)), kSince).end->ignored.empty());
  CHECK(answered_with(searchset({fresh}), kSince).end->ignored.empty());
  CHECK(answered_with(searchset({fresh}, self_link("http://h/fhir/Condition?_count=2")), kSince).end->ignored == Ids{"_lastUpdated"});
  CHECK(answered_with(searchset({fresh, old}), kSince).end->ignored == Ids{"_lastUpdated"});
  const Collected all = answered_with(searchset({fresh, old}, self_link("http://h/fhir/Condition")), kSince);
  CHECK(all.end->ignored == Ids{"_lastUpdated"});
  CHECK(all.end->whole);
  CHECK(all.ids == Ids{"c1", "c2"});
}

TEST_CASE("P10 a parameter that the server does not know is told, and with an empty answer the search is not whole") {
  const std::vector<Parameter> asked = {{"patient", "p1"}, {"nosuch", "1"}};
  const std::string self = self_link("http://h/fhir/Condition?subject:Patient=p1&_count=2");
  const Collected all = answered_with(searchset({condition("c1")}, self), asked);
  REQUIRE(all.end);
  CHECK(all.end->ignored == Ids{"nosuch"});
  CHECK(all.end->whole);
  const Collected none = answered_with(searchset({}, "\"total\":0," + self), asked);
  REQUIRE(none.end);
  CHECK_FALSE(none.end->whole);
  CHECK(none.end->shortfall == "the server found nothing and does not show that it applied nosuch");
  CHECK(answered_with(searchset({}, "\"total\":0," + self), {{"patient", "p1"}}).end->whole);
}

TEST_CASE("P10 a name shows under any modifier and however it is encoded") {
  const std::vector<Parameter> asked = {{"patient", "p1"}, {"code:in", "x"}, {"_lastUpdated", "ge2026"}};
  const std::string self = self_link("http://h/fhir/Condition?patient%3APatient=p1&code=x&_lastUpdated=ge2026");
  CHECK(answered_with(searchset({}, self), asked).end->ignored.empty());
}

TEST_CASE("P13 a search that lacks a required parameter is asked in parts, and a refused part costs only itself") {
  std::string refused = GENERATE("none", "procedure", "laboratory");
  const ScriptedServer server([&](const Asked& asked) -> Said {
    const std::size_t at = asked.target.find("category=");
    if (at == std::string::npos) return {answer(400, outcome("error", "required"))};
    const std::string category = asked.target.substr(at + 9, asked.target.find('&', at) - at - 9);
    if (category == refused) return {answer(400, outcome("error", "code-invalid"))};
    const std::string observation = R"({"resourceType":"Observation","id":")" + category + "\"}";
    return {answer(200, searchset({entry(observation), entry(R"({"resourceType":"Observation","id":"of-two"})")}))};
  });
  const auto client = client_of(endpoint_at(server.base_url()));
  const Collected all = collect(*client, {{"patient", "p1"}}, "Observation");
  REQUIRE(all.end);
  CHECK(server.targets().size() == 10);
  CHECK(server.targets()[1] == "/fhir/Observation?patient=p1&category=laboratory&_count=2");
  CHECK(std::count(all.ids.begin(), all.ids.end(), "vital-signs") == 1);
  CHECK(std::count(all.ids.begin(), all.ids.end(), refused) == 0);
  CHECK(all.end->whole == (refused != "laboratory"));
  CHECK(all.end->in_parts);  // an Observation of no category, or of the hospital's own, is in none of them
  if (!all.end->whole) CHECK(all.end->shortfall == "the server refuses a part of the search: category laboratory");
}

TEST_CASE("P13 MedicationRequests are asked for by each intent where the server wants one, and then all are seen") {
  const bool refuses = GENERATE(false, true);
  const ScriptedServer server([&](const Asked& asked) -> Said {
    const std::size_t at = asked.target.find("intent=");
    if (at == std::string::npos) return {answer(400, outcome("error", "required"))};
    const std::string intent = asked.target.substr(at + 7, asked.target.find('&', at) - at - 7);
    if (refuses && intent == "option") return {answer(400, outcome("error", "code-invalid"))};
    return {answer(200, searchset({entry(R"({"resourceType":"MedicationRequest","id":")" + intent + "\"}")}))};
  });
  const auto client = client_of(endpoint_at(server.base_url()));
  const Collected all = collect(*client, {{"patient", "p1"}}, "MedicationRequest");
  REQUIRE(all.end);
  CHECK(server.targets().size() == 9);
  CHECK(server.targets()[1] == "/fhir/MedicationRequest?patient=p1&intent=proposal&_count=2");
  CHECK(all.ids.size() == (refuses ? 7U : 8U));
  CHECK(all.end->whole == !refuses);
  CHECK(all.end->warned == refuses);
  CHECK_FALSE(all.end->in_parts);  // each has an intent, and there are no others
  if (refuses) CHECK(all.end->shortfall == "the server refuses a part of the search: intent option");
}

TEST_CASE("P13 a bare 400, another type, or a refusal of every part stays the refusal that it is") {
  const std::string body = GENERATE("", "no", R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"invalid"}]})",
                                    R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"required"}]})");
  const ScriptedServer server([&](const Asked&) { return Said{answer(400, body)}; });
  const auto client = client_of(endpoint_at(server.base_url()));
  check_fails(collect(*client), ErrorCode::invalid_config, "the server refuses the request (400)");
  CHECK(server.targets().size() == 1);
  const Collected none = collect(*client, {}, "Observation");
  REQUIRE_FALSE(none.end);
  CHECK(none.end.error().message == "Observation: the server refuses the request (400)");
}

TEST_CASE("P13 a sign-in that is refused in a part ends the search") {
  const ScriptedServer server([](const Asked& asked) {
    return Said{asked.has("category=survey") ? answer(401, "")
                : asked.has("category=")     ? answer(200, searchset({}))
                                             : answer(400, outcome("error", "required"))};
  });
  const auto client = client_of(endpoint_at(server.base_url()));
  const Collected none = collect(*client, {}, "Observation");
  REQUIRE_FALSE(none.end);
  CHECK(none.end.error().code == ErrorCode::unauthorized);
}

TEST_CASE("P14 an outcome among the entries is judged, with a mode or without") {
  const std::string mode = GENERATE("outcome", "");
  const std::string epic = R"(,"details":{"coding":[{"code":"4119"}]})";
  const Collected nothing = answered_with(searchset({entry(outcome("warning", "not-found"), mode)}, "\"total\":0,"));
  REQUIRE(nothing.end);
  CHECK(nothing.ids.empty());
  CHECK(nothing.end->whole);
  CHECK(nothing.end->found == 0);
  const Collected partial = answered_with(searchset({condition("c1"), entry(outcome("warning", "informational", epic), mode)}));
  REQUIRE(partial.end);
  CHECK(partial.ids == Ids{"c1"});
  CHECK_FALSE(partial.end->whole);
  for (const char* severity : {"error", "fatal"})
    check_fails(answered_with(searchset({condition("c1"), entry(outcome(severity, "processing"), mode)})), ErrorCode::malformed_data,
                "the page holds an outcome of severity error");
}

TEST_CASE("P15 what came along is no match: includes with and without a mode, an explanation before the rest") {
  const std::string medication = R"({"resourceType":"Medication","id":"m1"})";
  const Collected all = answered_with(searchset(
      {entry(outcome("information", "informational")), condition("c1"), entry(medication), entry(medication, "include")}, "\"total\":1,"));
  REQUIRE(all.end);
  CHECK(all.end->found == 1);
  CHECK(all.end->whole);
  CHECK(all.ids == Ids{"c1", "m1"});
  const Collected missing = answered_with(searchset({entry(medication, "include"), entry(medication)}, "\"total\":1,"));
  REQUIRE(missing.end);
  CHECK_FALSE(missing.end->whole);
}

TEST_CASE("P16 a Bundle of another type, entries that are none and totals that are none do no harm") {
  for (const char* type : {"batch-response", "history", "collection", "SEARCHSET", ""}) {
    INFO(type);
    check_fails(answered_with(std::string(R"({"resourceType":"Bundle","type":")") + type + R"(","entry":[]})"), ErrorCode::malformed_data,
                "the answer is no Bundle of type searchset");
  }
  check_fails(answered_with(R"({"resourceType":"Bundle","type":"searchset","entry":null})"), ErrorCode::malformed_data,
              "Bundle.entry is no sound list");
  const Collected odd = answered_with(searchset({"null", "{}", "7", R"({"search":{"mode":"match"}})", condition("c1")}));
  REQUIRE(odd.end);
  CHECK(odd.ids.back() == "c1");
  for (const char* total : {"\"1\"", "-1", "null", "[]", "0", "1"}) {
    INFO(total);
    CHECK(answered_with(searchset({condition("c1")}, std::string("\"total\":") + total + ",")).end->whole);
  }
  for (const char* total : {"2147483648", "1e300", "99999999999999999999999999"}) {
    INFO(total);
    const Collected one = answered_with(searchset({condition("c1")}, std::string("\"total\":") + total + ","));
    REQUIRE(one.end);
    CHECK_FALSE(one.end->whole);
  }
}

TEST_CASE("P17 a search that is too wide for the server is refused at once, not tried again") {
  const ScriptedServer server([](const Asked&) { return Said{answer(422, outcome("error", "too-costly"))}; });
  check_fails(collect(endpoint_at(server.base_url())), ErrorCode::invalid_config, "the server refuses the request (422)");
  CHECK(server.targets().size() == 1);
}

TEST_CASE("P18 a type that the server does not keep is not found, by one request") {
  const ScriptedServer server([](const Asked&) { return Said{answer(404, "")}; });
  check_fails(collect(endpoint_at(server.base_url())), ErrorCode::not_found, "the server has none (404)");
  CHECK(server.targets().size() == 1);
}

TEST_CASE("P19 a caching server is asked for a fresh answer, so that a second poll sees what is new") {
  std::string kept;
  int records = 0;
  const ScriptedServer server([&](const Asked& asked) {
    ++records;
    if (kept.empty() || asked.has("Cache-Control: no-cache")) kept = searchset({condition("c" + std::to_string(records))});
    return Said{answer(200, kept)};
  });
  const auto client = client_of(endpoint_at(server.base_url()));
  CHECK(collect(*client).ids == Ids{"c1"});
  CHECK(collect(*client).ids == Ids{"c2"});
}

TEST_CASE("S10 what has no id, a long one, or that of a record of another type is told apart") {
  const std::string id(65, 'x');
  const std::string observation = R"({"resourceType":"Observation","id":"c1"})";
  const std::string unknown = R"({"resourceType":"Nonsense","id":"c1"})";
  const std::string nameless = R"({"resourceType":"Condition"})";
  const Collected all = answered_with(
      searchset({entry(observation, "include"), condition("c1"), condition(id), entry(unknown, "match"), entry(nameless), entry(nameless)},
                "\"total\":4,"));
  REQUIRE(all.end);
  CHECK(all.ids == Ids{"c1", "c1", id, "", ""});
  CHECK(all.end->found == 4);
  CHECK(all.end->whole);
}

TEST_CASE("W02 a lastUpdated that cannot be compared is no ground to leave a row out or to call a bound ignored") {
  for (const char* stamp : {"2026-11-22 09:53:19", "2026-11-22", "", "garbage", "2020-01-01", "2026-11-22T10:00:00.123456-05:00"}) {
    INFO(stamp);
    const Collected all =
        answered_with(searchset({condition("c1", updated(stamp)), condition("c1", updated(stamp) + R"(,"note":"2")")}), kSince);
    REQUIRE(all.end);
    CHECK(all.ids.size() == 2);
    CHECK(all.end->ignored.empty());
  }
}
