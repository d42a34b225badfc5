// What the client's tests share: a client with short patience, and one search of Conditions written down.
#pragma once

#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "agent/json/value.h"
#include "fhir/client/client.h"

namespace trialflag::testing {

inline const std::vector<fhir::Parameter> kSince = {{"_lastUpdated", "ge2026-11-20T00:00:00Z"}};

inline fhir::Endpoint endpoint_at(const std::string& base_url) {
  fhir::Endpoint endpoint;
  endpoint.base_url = base_url;
  endpoint.page_size = 2;
  endpoint.request_timeout = std::chrono::seconds(5);
  endpoint.retry_for = std::chrono::seconds(3);
  return endpoint;
}

inline std::unique_ptr<fhir::Client> client_of(const fhir::Endpoint& endpoint) {
  auto client = fhir::Client::create(endpoint);
  REQUIRE(client);
  return std::move(*client);
}

struct Collected {
  std::vector<std::string> ids;  ///< "?" for what cannot be parsed
  std::vector<std::string> texts;
  Result<fhir::SearchEnd> end = fhir::SearchEnd{};
};

inline Collected collect(fhir::Client& client, const std::vector<fhir::Parameter>& parameters = {}, const std::string& type = "Condition") {
  Collected collected;
  collected.end = client.search(type, parameters, [&](const fhir::Found& found) -> Result<void> {
    json::Document document;
    const bool sound = document.parse(found.json).has_value();
    collected.ids.emplace_back(sound ? std::string(document.root()["id"].string()) : "?");
    collected.texts.emplace_back(found.json);
    return {};
  });
  return collected;
}

inline Collected collect(const fhir::Endpoint& endpoint, const std::vector<fhir::Parameter>& parameters = {}) {
  return collect(*client_of(endpoint), parameters);
}

inline void check_fails(const Collected& collected, ErrorCode code, const std::string& message) {
  REQUIRE_FALSE(collected.end);
  CHECK(collected.end.error().code == code);
  CHECK(collected.end.error().message == "Condition: " + message);
}

using Ids = std::vector<std::string>;

}  // namespace trialflag::testing
