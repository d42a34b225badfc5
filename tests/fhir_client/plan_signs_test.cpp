// What a search and a history tell beside records, for whoever plans how to ask: cases P09, P10, P17 of the failure catalogue.
#include "tests/fhir_client/searching.h"
#include "tests/support/scripted_server.h"

using namespace trialflag;
using namespace trialflag::fhir;
using namespace trialflag::testing;

namespace {

Refusal search_refusal(int status, const std::string& code) {
  const ScriptedServer server([&](const Asked&) {
    return Said{answer(status, R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":")" + code + "\"}]}")};
  });
  Refusal refusal;
  const auto client = client_of(endpoint_at(server.base_url()));
  CHECK_FALSE(client->search(
      "Condition", kSince, [](const Found&) { return Result<void>(); }, &refusal));
  return refusal;
}

}  // namespace

TEST_CASE("P17 how a search was refused is told") {
  CHECK(search_refusal(400, "required").required);
  CHECK_FALSE(search_refusal(400, "invalid").required);
  CHECK(search_refusal(422, "too-costly").status == 422);
}

TEST_CASE("P10 an empty answer that shows no bound is unproven, and a warning besides makes it plainly not whole") {
  const std::string self = R"("total":0,"link":[{"relation":"self","url":"http://h/fhir/Condition"}],)";
  const auto end_of = [&](const std::vector<std::string>& entries) {
    const ScriptedServer server([&](const Asked&) { return Said{answer(200, searchset(entries, self))}; });
    return collect(endpoint_at(server.base_url()), kSince).end;
  };
  CHECK(end_of({})->unproven);
  const std::string warning =
      R"({"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"incomplete"}]},"search":{"mode":"outcome"}})";
  CHECK_FALSE(end_of({warning})->unproven);
  CHECK_FALSE(end_of({warning})->whole);
}

TEST_CASE("P09 the history gives each version that was written since, and the deletions; one that counts more than it shows is not whole") {
  const auto history = [](const std::string& total) {
    const std::string body = R"({"resourceType":"Bundle","type":"history","total":)" + total +
                             R"(,"entry":[{"request":{"method":"DELETE","url":"Condition/gone"}},)"
                             R"({"request":{"method":"PUT","url":"Condition/a"},"resource":{"resourceType":"Condition","id":"a"}},)"
                             R"({"request":{"method":"POST","url":"Condition"},"resource":{"resourceType":"Condition","id":"gone"}}]})";
    const ScriptedServer server([&](const Asked&) { return Said{answer(200, body)}; });
    std::size_t given = 0;
    const auto end = client_of(endpoint_at(server.base_url()))->changes_since("Condition", Instant{0}, [&](const Found&) {
      ++given;
      return Result<void>();
    });
    if (end) CHECK(given == 2);
    return end;
  };
  const auto end = history("3");
  REQUIRE(end);
  REQUIRE(end->deleted.size() == 1);
  CHECK(end->deleted[0].id == "gone");
  CHECK(history("4").error().code == ErrorCode::malformed_data);
}

TEST_CASE("P01 a history that is cut off without a next page is not all deletions, and what it told is true all the same") {
  const auto entry = [](const std::string& id) {
    return R"({"request":{"method":"PUT","url":"Condition/)" + id + R"("},"resource":{"resourceType":"Condition","id":")" + id + "\"}}";
  };
  const std::string deletion = R"({"request":{"method":"DELETE","url":"Condition/gone"}})";
  const auto told = [&](const std::string& more, const std::string& second_page) {
    const ScriptedServer server([&](const Asked& asked) {
      const bool first = asked.target.find("page=2") == std::string::npos;
      const std::string link = first && !second_page.empty() ? next_link("/fhir/Condition/_history?page=2") : "";
      const std::string entries = first ? deletion + "," + entry("a") + "," + entry("a") : second_page;
      return Said{answer(200, R"({"resourceType":"Bundle","type":"history",)" + more + link + "\"entry\":[" + entries + "]}")};
    });
    const auto end = client_of(endpoint_at(server.base_url()))->deleted_since("Condition", Instant{0});
    REQUIRE(end);
    REQUIRE(end->deleted.size() == 1);
    CHECK(end->deleted[0].id == "gone");
    return end->whole;
  };
  CHECK(told("", ""));
  CHECK(told("\"total\":3,", ""));  // of versions, as servers count
  CHECK(told("\"total\":2,", ""));  // of resources
  CHECK_FALSE(told("\"total\":4,", ""));
  CHECK(told("\"total\":4,", entry("b")));
  CHECK_FALSE(told("\"total\":4,", entry("a")));  // shown again, for the pages have shifted
}
