// DiagnosticReport is an aid: that it is not there blinds nobody, that it fails does.
#include <catch2/catch.hpp>

#include "agent/screening/circumstances.h"

using namespace trialflag;
using namespace trialflag::screening;
using fhir::ResourceType;

namespace {

constexpr Instant kNow{10LL * 24 * 3600 * 1000};

bool blind(Reading reports, std::optional<Instant> whole_at, ResourceType type) {
  const std::vector<TypeState> states = {{ResourceType::observation, true, Reading::whole, kNow, kNow, ""},
                                         {ResourceType::diagnostic_report, true, reports, std::nullopt, whole_at, ""}};
  return blind_types(states, {ResourceType::observation, ResourceType::diagnostic_report}, kNow, std::chrono::hours(24)).has(type);
}

}  // namespace

TEST_CASE("item 25: reports that are not kept, not granted or never asked for blind nobody") {
  for (const Reading reading : {Reading::whole, Reading::unsupported, Reading::not_granted}) {
    CHECK_FALSE(blind(reading, std::nullopt, ResourceType::observation));
    CHECK_FALSE(blind(reading, std::nullopt, ResourceType::diagnostic_report));
  }
  const std::vector<TypeState> none = {{ResourceType::observation, true, Reading::whole, kNow, kNow, ""}};
  CHECK(blind_types(none, {ResourceType::observation, ResourceType::diagnostic_report}, kNow, std::chrono::hours(24)).none());
}

TEST_CASE("item 25: reports that fail leave Observations open once they are stale") {
  CHECK(blind(Reading::incomplete, std::nullopt, ResourceType::observation));
  CHECK_FALSE(blind(Reading::incomplete, Instant{kNow.ms - 3600 * 1000}, ResourceType::observation));
  CHECK(blind(Reading::incomplete, Instant{kNow.ms - 25LL * 3600 * 1000}, ResourceType::observation));
  CHECK_FALSE(blind(Reading::incomplete, std::nullopt, ResourceType::diagnostic_report));
}
