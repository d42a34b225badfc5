// Which types an export is asked for.
#include "agent/app/bulk_reader.h"

#include <atomic>
#include <catch2/catch.hpp>

#include "tests/support/smart_hospital.h"

using namespace trialflag;
using namespace trialflag::app;
using namespace trialflag::testing;

namespace {

/// Each look at it finds it an hour later.
class HastyClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return {hours_++ * 3600000}; }

 private:
  mutable std::atomic<std::int64_t> hours_ = 400000;
};

fhir::Endpoint endpoint_of(SmartHospital& hospital, const char* scopes) {
  fhir::Endpoint endpoint = hospital.endpoint();
  endpoint.sign_in.smart.scopes = scopes;
  endpoint.retry_for = std::chrono::milliseconds(0);
  return endpoint;
}

fhir::Capability exporting(std::initializer_list<const char*> types) {
  fhir::Capability capability;
  for (const char* type : types) capability.types.push_back({type, {}, {}});
  capability.exports = {"$export"};
  capability.follows_bulk_guide = true;
  return capability;
}

}  // namespace

TEST_CASE("bulk: an export is not asked for types that the access token does not grant") {
  SmartHospital hospital;
  std::vector<std::string> asked;
  hospital.on_records = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.target.find("$export") == std::string::npos) return std::nullopt;
    asked.push_back(request.target);
    return HttpResponse{500, "{}"};
  };
  const fhir::Endpoint endpoint = endpoint_of(hospital, "system/Patient.rs system/Condition.rs");
  const auto client = fhir::Client::create(endpoint);
  REQUIRE(client);
  const fhir::Capability capability = exporting({"Patient", "Condition", "Consent"});
  const TemporaryFolder folder;
  const SystemClock clock;
  BulkSettings settings{{}, endpoint.base_url, std::filesystem::path(folder.path()) / "bulk", true, std::chrono::milliseconds(300000), {}};

  BulkReader reader(**client, settings, clock, {});
  reader.begin(capability, {fhir::ResourceType::patient, fhir::ResourceType::condition, fhir::ResourceType::consent}, true, true);
  REQUIRE(asked.size() == 1);
  CHECK(asked.front().find("Condition") != std::string::npos);
  CHECK(asked.front().find("Consent") == std::string::npos);
}

TEST_CASE("B03 an export that is never done is given up, and taken back: after a day where a search will do, else after thirty") {
  using Use = settings::BulkConfig::Use;
  const Use use = GENERATE(Use::by_capability, Use::always);
  SmartHospital hospital;
  std::atomic<int> kicked_off = 0, polled = 0, discarded = 0;
  hospital.on_records = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.target.find("$export") != std::string::npos) {
      ++kicked_off;
      return HttpResponse{202, "", "application/json", {{"Content-Location", hospital.origin() + "/fhir/job/1"}}};
    }
    if (request.target.find("/job/1") == std::string::npos) return std::nullopt;
    ++(request.method == "DELETE" ? discarded : polled);
    return HttpResponse{202, "", "application/json", {{"Retry-After", "1"}}};
  };
  fhir::Endpoint endpoint = hospital.endpoint();
  endpoint.sign_in.smart.scopes = "system/Patient.rs";
  const auto client = fhir::Client::create(endpoint);
  REQUIRE(client);
  const fhir::Capability capability = exporting({"Patient"});
  const TemporaryFolder folder;
  const HastyClock clock;
  BulkSettings settings{{use, ""}, endpoint.base_url, std::filesystem::path(folder.path()) / "bulk", true, std::chrono::milliseconds(0),
                        {}};

  BulkReader reader(**client, settings, clock, {});
  CHECK(reader.begin(capability, {fhir::ResourceType::patient}, true, true));  // what is wanted can be had without it
  const int most_hours = use == Use::always ? 30 * 24 : 24;
  CHECK(polled > most_hours / 4);
  CHECK(polled <= most_hours);
  CHECK(kicked_off == 1);
  CHECK(discarded == 1);
  CHECK_FALSE(std::filesystem::exists(settings.folder));
  const auto read = reader.read(fhir::ResourceType::patient, [](std::span<const screening::Touched>) { return Result<void>(); });
  REQUIRE(read.has_value() == (use == Use::always));
  if (read) CHECK((*read)->reading == screening::Reading::incomplete);
  if (read) CHECK((*read)->error.find("does not come to an end") != std::string::npos);
}

TEST_CASE("B02 a server that turns an export away and says for how long is left alone for so long, restarted or not") {
  SmartHospital hospital;
  std::atomic<int> asked = 0;
  hospital.on_records = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.target.find("$export") == std::string::npos) return std::nullopt;
    ++asked;
    return HttpResponse{429, "", "application/json", {{"Retry-After", "1800"}}};
  };
  const fhir::Endpoint endpoint = endpoint_of(hospital, "system/Patient.rs");
  const auto client = fhir::Client::create(endpoint);
  REQUIRE(client);
  const fhir::Capability capability = exporting({"Patient"});
  const TemporaryFolder folder;
  FixedClock clock(Instant{1795000000000});
  BulkSettings settings{{settings::BulkConfig::Use::always, ""},
                        endpoint.base_url,
                        std::filesystem::path(folder.path()) / "bulk",
                        true,
                        std::chrono::milliseconds(0),
                        {}};
  const auto start = [&](std::int64_t minutes) {
    clock.set({clock.now().ms + minutes * 60000});
    BulkReader reader(**client, settings, clock, {});
    CHECK(reader.begin(capability, {fhir::ResourceType::patient}, true, true));
    const auto read = reader.read(fhir::ResourceType::patient, [](std::span<const screening::Touched>) { return Result<void>(); });
    REQUIRE(read);
    CHECK((*read)->error.find("the server runs another export of ours") != std::string::npos);
    return asked.load();
  };
  CHECK(start(0) == 1);
  CHECK(start(0) == 1);
  CHECK(start(29) == 1);
  CHECK(start(2) == 2);
  // Another clock wrote what lies further ahead than a server may ask for.
  CHECK(start(-240) == 3);
  // What another server asked for holds for that one alone.
  settings.base_url = "https://other.example/fhir";
  CHECK(start(0) == 4);
}
