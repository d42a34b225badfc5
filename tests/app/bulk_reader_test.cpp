// Which types an export is asked for.
#include "agent/app/bulk_reader.h"

#include <catch2/catch.hpp>

#include "tests/support/smart_hospital.h"

using namespace trialflag;
using namespace trialflag::app;
using namespace trialflag::testing;

TEST_CASE("bulk: an export is not asked for types that the access token does not grant") {
  SmartHospital hospital;
  std::vector<std::string> asked;
  hospital.on_records = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.target.find("$export") == std::string::npos) return std::nullopt;
    asked.push_back(request.target);
    return HttpResponse{500, "{}"};
  };
  fhir::Endpoint endpoint = hospital.endpoint();
  endpoint.sign_in.smart.scopes = "system/Patient.rs system/Condition.rs";
  endpoint.retry_for = std::chrono::milliseconds(0);
  const auto client = fhir::Client::create(endpoint);
  REQUIRE(client);
  fhir::Capability capability;
  for (const char* type : {"Patient", "Condition", "Consent"}) capability.types.push_back({type, {}, {}});
  capability.exports = {"$export"};
  capability.follows_bulk_guide = true;
  const TemporaryFolder folder;
  const SystemClock clock;
  BulkSettings settings{{}, endpoint.base_url, std::filesystem::path(folder.path()) / "bulk", true, std::chrono::milliseconds(300000), {}};

  BulkReader reader(**client, settings, clock, {});
  reader.begin(capability, {fhir::ResourceType::patient, fhir::ResourceType::condition, fhir::ResourceType::consent}, true, true);
  REQUIRE(asked.size() == 1);
  CHECK(asked.front().find("Condition") != std::string::npos);
  CHECK(asked.front().find("Consent") == std::string::npos);
}
