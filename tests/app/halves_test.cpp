// Case P05 of the failure catalogue, to its end: a server that forgets each search before its pages are read is asked in halves of time.
#include "agent/app/halves.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "agent/app/type_reader.h"
#include "tests/support/scripted_server.h"

using namespace trialflag;
using namespace trialflag::app;
using namespace trialflag::testing;
using fhir::ResourceType;
using screening::Reading;

namespace {

constexpr std::int64_t kBegin = 1795341600000;  // 2026-11-22T10:00:00Z

/// Records in the order of their time, each a minute after the one before. A search may show so many; the page after these is gone.
struct Forgetful {
  int records = 16, most = 4;
  bool applies_upper = true;  ///< `le`
  bool shows_bounds = true;   ///< in the self link
  std::function<bool(const std::string& target)> fails = [](const std::string&) { return false; };

  static std::optional<std::int64_t> bound(const std::string& target, const std::string& name) {
    const std::size_t at = target.find(name);
    if (at == std::string::npos) return std::nullopt;
    std::string text = target.substr(at + name.size(), target.find('&', at) - at - name.size());
    for (std::size_t sign = text.find("%3A"); sign != std::string::npos; sign = text.find("%3A")) text.replace(sign, 3, ":");
    return parse_instant(text, Zone::utc())->ms;
  }

  Said operator()(const Asked& asked) const {
    if (asked.target.find("gone") != std::string::npos) return {answer(410, "")};
    if (fails(asked.target)) return {answer(500, "")};
    const auto from = bound(asked.target, "_lastUpdated=ge"), to = bound(asked.target, "_lastUpdated=le");
    std::vector<std::string> entries;
    bool more = false;
    for (int i = 0; i < records; ++i) {
      const Instant at{kBegin + i * 60000LL};
      if ((from && at.ms < *from) || (to && applies_upper && at.ms > *to)) continue;
      if (static_cast<int>(entries.size()) == most) more = true;
      if (more) break;
      entries.push_back(condition("c" + std::to_string(i), R"(,"meta":{"lastUpdated":")" + Zone::utc().format(at) + "\"}"));
    }
    const std::string self =
        R"({"relation":"self","url":"/fhir/Condition?)" + std::string(shows_bounds ? "_lastUpdated=x&" : "") + "_count=2\"}";
    const std::string next = more ? R"(,{"relation":"next","url":"/fhir/Condition?gone=)" + std::to_string(asked.number) + "\"}" : "";
    return {answer(200, searchset(entries, "\"link\":[" + self + next + "],"))};
  }
};

struct Read {
  screening::TypeOutcome outcome;
  std::set<std::string> ids;
  std::vector<Instant> parts;
  std::vector<std::string> targets;
  bool in_order = true;  ///< each part was told when all until then had been given
};

Read read(const Forgetful& hospital, std::optional<Instant> since = Instant{kBegin}, ErrorCode refuse_part = ErrorCode::internal,
          bool refuses = false) {
  const ScriptedServer server([&](const Asked& asked) { return hospital(asked); });
  fhir::Endpoint endpoint;
  endpoint.base_url = server.base_url();
  endpoint.retry_for = std::chrono::milliseconds(0);
  const auto client = *fhir::Client::create(endpoint);
  fhir::Capability capability;
  capability.server_time = Instant{kBegin + 20 * 60000LL};
  Learnt learnt;
  Read read;
  const auto outcome = TypeReader(*client, &capability, nullptr, ResourceType::condition)
                           .read(
                               since,
                               [&](std::span<const screening::Touched> page) -> Result<void> {
                                 for (const auto& touched : page) read.ids.insert(std::string(touched.record->id));
                                 return {};
                               },
                               learnt,
                               [&](Instant until) -> Result<void> {
                                 read.parts.push_back(until);
                                 for (int i = 0; i < hospital.records; ++i)
                                   if (kBegin + i * 60000LL <= until.ms && !read.ids.contains("c" + std::to_string(i)))
                                     read.in_order = false;
                                 if (refuses) return fail(refuse_part, "the state's own trouble");
                                 return {};
                               });
  read.targets = server.targets();
  if (!outcome) {
    CHECK(refuses);
    CHECK(outcome.error().code == refuse_part);
    return read;
  }
  CHECK_FALSE(refuses);
  read.outcome = *outcome;
  return read;
}

}  // namespace

TEST_CASE("P05 a search that is forgotten each time is read in halves of its time until all is there, each told once it is") {
  const auto since = GENERATE(std::optional<Instant>(Instant{kBegin}), std::optional<Instant>());
  const Read all = read({}, since);
  CHECK(all.outcome.reading == Reading::whole);
  CHECK(all.ids.size() == 16);
  CHECK(all.in_order);
  CHECK(all.parts.size() >= 3);
  CHECK(std::is_sorted(all.parts.begin(), all.parts.end()));
  CHECK(all.outcome.all == !since);
  // Three beginnings, as before, and only then the first half; two bounds at most, with time and Z.
  const auto bounded =
      std::find_if(all.targets.begin(), all.targets.end(), [](const auto& target) { return target.find("=le") != std::string::npos; });
  CHECK(bounded - all.targets.begin() == 6);
  for (const std::string& target : all.targets) {
    int bounds = 0;
    for (std::size_t at = target.find("_lastUpdated="); at != std::string::npos; at = target.find("_lastUpdated=", at + 1)) ++bounds;
    CHECK(bounds <= 2);
    if (bounds > 0) CHECK(target.find("Z&") != std::string::npos);
  }
}

TEST_CASE("P05 a half that fails leaves the type incomplete, and those before it told") {
  Forgetful hospital;
  hospital.fails = [](const std::string& target) {
    const auto from = Forgetful::bound(target, "_lastUpdated=ge");
    return from && *from >= kBegin + 8 * 60000LL;
  };
  const Read some = read(hospital);
  CHECK(some.outcome.reading == Reading::incomplete);
  CHECK(some.outcome.error.find("the server answers 500") != std::string::npos);
  CHECK_FALSE(some.parts.empty());
  CHECK(some.in_order);
  CHECK(some.ids.size() < 16);
}

TEST_CASE("P05 where an upper bound is not applied, or does not show, nothing is believed to be whole and the asking ends") {
  Forgetful hospital;
  SECTION("by the rows") {
    hospital.applies_upper = false;
  }
  SECTION("by the self link") {
    hospital.shows_bounds = false;
  }
  const Read some = read(hospital);
  CHECK(some.outcome.reading == Reading::incomplete);
  CHECK(some.outcome.error.find("a later page is gone") != std::string::npos);
  CHECK(some.parts.empty());
  CHECK(some.targets.size() <= 24);
}

TEST_CASE("P05 more records of one moment than a search may show are not to be had; the asking ends") {
  Forgetful hospital;
  hospital.most = 0;
  const Read none = read(hospital);
  CHECK(none.outcome.reading == Reading::incomplete);
  CHECK(none.targets.size() < 6 * 40);
}

TEST_CASE("P05 what the caller cannot keep ends the reading with its own error") {
  CHECK(read({}, Instant{kBegin}, ErrorCode::storage, true).parts.size() == 1);
}

TEST_CASE("halves: a window is cut in its middle unless it is too narrow") {
  const Instant from{10000}, to{20000}, now{40000};
  CHECK(middle_of({from, to}, {}, now) == Instant{15000});
  CHECK(middle_of({from, {}}, {}, now) == Instant{25000});
  CHECK(middle_of({{}, to}, Instant{12000}, now) == Instant{16000});
  CHECK_FALSE(middle_of({{}, to}, {}, now));
  CHECK_FALSE(middle_of({from, Instant{11999}}, {}, now));
  Halves halves({from, std::nullopt});
  REQUIRE(halves.divide({}, now));
  CHECK(halves.next() == Window{from, Instant{25000}});
  halves.done();
  CHECK(halves.next() == Window{Instant{25000}, std::nullopt});
}
