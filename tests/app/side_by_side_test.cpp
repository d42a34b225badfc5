// Types are read side by side, and what they show is taken in by one thread.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <map>
#include <set>
#include <stdexcept>
#include <thread>

#include "agent/app/hospital_source.h"
#include "tests/support/scripted_server.h"

using namespace trialflag;
using namespace trialflag::app;
using namespace trialflag::testing;
using fhir::ResourceType;
using screening::Reading;
using screening::TypeOutcome;
using screening::TypeReading;

namespace {

/// Two types of so many pages each, three records a page.
class TwoTypes {
 public:
  int pages = 40;
  std::set<std::string> fails;   ///< types that answer 500 from their second page on
  std::set<std::string> silent;  ///< and say nothing

  trialflag::testing::Said operator()(const Asked& asked) const {
    if (asked.target.find("/metadata") != std::string::npos)
      return {answer(
          200,
          R"({"resourceType":"CapabilityStatement","fhirVersion":"4.0.1","rest":[{"mode":"server","resource":[)"
          R"({"type":"Condition","interaction":[{"code":"search-type"}]},{"type":"Procedure","interaction":[{"code":"search-type"}]}]}]})")};
    const std::string type = asked.target.find("/Condition") != std::string::npos ? "Condition" : "Procedure";
    const std::size_t at = asked.target.find("page=");
    const int page = at == std::string::npos ? 1 : std::stoi(asked.target.substr(at + 5));
    if (page > 1 && fails.contains(type)) return {answer(500, "")};
    if (page > 1 && silent.contains(type)) return {"", trialflag::testing::Said::Then::silence};
    std::vector<std::string> entries;
    for (int i = 0; i < 3; ++i) {
      const std::string id = type + "-" + std::to_string(page) + "-" + std::to_string(i);
      entries.push_back(R"({"resource":{"resourceType":")" + type + R"(","id":")" + id +
                        R"(","subject":{"reference":"Patient/p1"}},"search":{"mode":"match"}})");
    }
    return {answer(200, searchset(entries, page < pages ? next_link("/fhir/" + type + "?page=" + std::to_string(page + 1)) : ""))};
  }
};

struct Rig {
  explicit Rig(int connections = 5) : server([this](const Asked& asked) { return hospital(asked); }) {
    endpoint.base_url = server.base_url();
    endpoint.retry_for = std::chrono::milliseconds(0);
    endpoint.max_connections = connections;
    source =
        std::make_unique<HospitalSource>(*fhir::Client::create(endpoint), connections, BulkSettings{}, clock, nullptr, std::stop_token());
    REQUIRE(source->greet());
  }

  /// Reads both. `take` is called with each page, after it was noted.
  Result<void> read(const std::function<Result<void>(ResourceType)>& take = [](ResourceType) { return Result<void>(); }) {
    std::vector<ResourceType> waiting = {ResourceType::condition, ResourceType::procedure};
    return source->read_types([&, this]() -> std::optional<TypeReading> {
      if (waiting.empty()) return std::nullopt;
      const ResourceType type = waiting.front();
      waiting.erase(waiting.begin());
      TypeReading reading{type, std::nullopt, {}, {}, {}};
      reading.on_page = [&, this, type](std::span<const screening::Touched> page) {
        CHECK(std::this_thread::get_id() == mine);
        CHECK_FALSE(busy);
        busy = true;
        order.push_back(type);
        for (const auto& touched : page) ids.insert(std::string(touched.record->id));
        shown += page.size();
        busy = false;
        return take(type);
      };
      reading.on_part = [](Instant) { return Result<void>(); };
      reading.on_end = [this, type](TypeOutcome outcome) {
        CHECK(std::this_thread::get_id() == mine);
        ended[type] = std::move(outcome);
        return Result<void>();
      };
      return reading;
    });
  }

  /// How often the pages go from one type to the other.
  [[nodiscard]] int turns() const {
    int turns = 0;
    for (std::size_t i = 1; i < order.size(); ++i) turns += order[i] != order[i - 1] ? 1 : 0;
    return turns;
  }

  TwoTypes hospital;
  ScriptedServer server;
  fhir::Endpoint endpoint;
  SystemClock clock;
  std::unique_ptr<HospitalSource> source;
  const std::thread::id mine = std::this_thread::get_id();
  bool busy = false;
  std::vector<ResourceType> order;
  std::set<std::string> ids;
  std::size_t shown = 0;
  std::map<ResourceType, TypeOutcome> ended;
};

}  // namespace

TEST_CASE("side by side: two types are under way at once, each record is shown once, by the caller's thread") {
  Rig rig;
  rig.hospital.pages = 700;
  REQUIRE(rig.read());
  CHECK(rig.shown == 2 * 700 * 3);
  CHECK(rig.ids.size() == rig.shown);
  CHECK(rig.turns() > 1);  // one after the other would be one turn
  for (const ResourceType type : {ResourceType::condition, ResourceType::procedure}) CHECK(rig.ended.at(type).reading == Reading::whole);
}

TEST_CASE("side by side: with one connection one type follows the other") {
  Rig rig(1);
  REQUIRE(rig.read());
  CHECK(rig.turns() == 1);
  CHECK(rig.ids.size() == 2 * 40 * 3);
}

TEST_CASE("side by side: a type that breaks off does not touch the other") {
  Rig rig;
  rig.hospital.fails = {"Condition"};
  REQUIRE(rig.read());
  CHECK(rig.ended.at(ResourceType::condition).reading == Reading::incomplete);
  CHECK(rig.ended.at(ResourceType::procedure).reading == Reading::whole);
  CHECK(rig.ids.size() == (1 + 40) * 3);
}

TEST_CASE("side by side: what cannot be taken in ends both, and nothing is shown after it") {
  Rig rig;
  rig.hospital.pages = 700;
  int taken = 0;
  const auto read = rig.read([&](ResourceType) -> Result<void> {
    if (++taken == 2) return fail(ErrorCode::storage, "the disk is full");
    return {};
  });
  REQUIRE_FALSE(read);
  CHECK(read.error().code == ErrorCode::storage);
  CHECK(read.error().message == "the disk is full");
  CHECK(taken == 2);
  CHECK(rig.ended.empty());
}

TEST_CASE("side by side: what cannot be taken in ends at once another reading that waits for its answer") {
  Rig rig;
  rig.hospital.pages = 700;
  rig.hospital.silent = {"Procedure"};
  REQUIRE(rig.endpoint.request_timeout >= std::chrono::seconds(60));
  const auto began = std::chrono::steady_clock::now();
  const auto read = rig.read([&](ResourceType) -> Result<void> { return fail(ErrorCode::storage, "the disk is full"); });
  REQUIRE_FALSE(read);
  CHECK(read.error().message == "the disk is full");
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(30));  // it did not wait for the silent one
}

TEST_CASE("side by side: what is thrown while a page is taken in reaches the caller, and all threads have ended then") {
  Rig rig;
  rig.hospital.pages = 700;
  const auto read = [&] { (void)rig.read([](ResourceType) -> Result<void> { throw std::runtime_error("x"); }); };
  CHECK_THROWS_AS(read(), std::runtime_error);
}
