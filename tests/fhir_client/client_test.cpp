#include "fhir/client/client.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "agent/json/value.h"
#include "tests/fhir_client/searching.h"
#include "tests/support/hospital_server.h"

using namespace trialflag;
using namespace trialflag::fhir;
using namespace trialflag::testing;
using namespace std::chrono_literals;

namespace {

Endpoint endpoint_of(const HospitalServer& server) {
  return endpoint_at(server.base_url());
}

/// Five conditions of two patients.
void fill(const HospitalServer& server) {
  for (int i = 1; i <= 5; ++i) {
    const std::string id = "c" + std::to_string(i);
    server.put("Condition/" + id,
               R"({"resourceType":"Condition","id":")" + id + R"(","subject":{"reference":"Patient/)" + (i <= 3 ? "p1" : "p2") + "\"}}");
  }
}

}  // namespace

TEST_CASE("client: a search follows its pages to the end") {
  const HospitalServer server;
  fill(server);
  const auto client = client_of(endpoint_of(server));
  const Collected all = collect(*client);
  REQUIRE(all.end);
  CHECK(all.end->whole);
  CHECK(all.end->pages == 3);
  CHECK(all.end->found == 5);
  CHECK(all.end->server_time);
  CHECK(all.ids == std::vector<std::string>{"c1", "c2", "c3", "c4", "c5"});
  CHECK(collect(*client, {{"patient", "Patient/p2"}}).ids == std::vector<std::string>{"c4", "c5"});
  CHECK(collect(*client, {{"_lastUpdated", "ge2999-01-01T00:00:00Z"}}).ids.empty());
}

TEST_CASE("client: a request says what it accepts and that unknown parameters are to be refused") {
  const HospitalServer server;
  const auto client = client_of(endpoint_of(server));
  CHECK(collect(*client, {{"_lastUpdated", "ge2026-01-01T00:00:00+08:00"}}).end);
  json::Document requests;
  const std::string text = server.requests();
  REQUIRE(requests.parse(text));
  const json::Value& request = requests.root().array()[0];
  CHECK(request["path"].string() == "/fhir/Condition?_lastUpdated=ge2026-01-01T00%3A00%3A00%2B08%3A00&_count=2");
  CHECK(request["headers"]["accept"].string() == "application/fhir+json");
  CHECK(request["headers"]["prefer"].string() == "handling=strict");
  CHECK(request["headers"]["cache-control"].string() == "no-cache");
  CHECK(request["headers"]["user-agent"].string() == "trialflag");
  CHECK_FALSE(request["headers"]["authorization"].exists());
  check_fails(collect(*client, {{"nosuch", "1"}}), ErrorCode::invalid_config, "the server refuses the request (400)");
}

TEST_CASE("client: a type the server does not keep is not found, and a refusal is unauthorized") {
  const HospitalServer server;
  const auto client = client_of(endpoint_of(server));
  const auto none = client->search("Flag", {}, [](const Found&) -> Result<void> { return {}; });
  REQUIRE_FALSE(none);
  CHECK(none.error().code == ErrorCode::not_found);
  server.add_fault(R"({"kind":"status","status":403})");
  check_fails(collect(*client), ErrorCode::unauthorized, "the server refuses us (403); check ehr.auth and what the account may read");
}

TEST_CASE("client: passing failures are retried within the budget") {
  const HospitalServer server;
  fill(server);
  const auto client = client_of(endpoint_of(server));
  SECTION("a busy server") {
    server.add_fault(R"({"kind":"status","status":503,"times":2})");
  }
  SECTION("a server that names its pause") {
    server.add_fault(R"({"kind":"status","status":429,"retry_after":1})");
  }
  SECTION("a connection that breaks in the body") {
    server.add_fault(R"({"kind":"drop","skip":1})");
  }
  SECTION("a body that ends too early") {
    server.add_fault(R"({"kind":"truncate","skip":2})");
  }
  SECTION("packing nobody asked for") {
    server.add_fault(R"({"kind":"gzip","times":9})");
  }
  const Collected all = collect(*client);
  REQUIRE(all.end);
  CHECK(all.ids.size() == 5);
}

TEST_CASE("client: when the budget is used up the last failure is told") {
  const HospitalServer server;
  fill(server);
  Endpoint endpoint = endpoint_of(server);
  endpoint.retry_for = 700ms;
  const auto client = client_of(endpoint);
  SECTION("a server that stays busy") {
    server.add_fault(R"({"kind":"status","status":503,"times":99})");
    check_fails(collect(*client), ErrorCode::unavailable, "the server answers 503");
  }
  SECTION("a pause longer than the budget is not begun") {
    server.add_fault(R"({"kind":"status","status":503,"times":99,"retry_after":3600})");
    const auto began = std::chrono::steady_clock::now();
    check_fails(collect(*client), ErrorCode::unavailable, "the server answers 503");
    CHECK(std::chrono::steady_clock::now() - began < 600ms);
  }
  SECTION("bodies that keep ending too early") {
    server.add_fault(R"({"kind":"truncate","times":99})");
    check_fails(collect(*client), ErrorCode::unavailable, "the page was cut off");
  }
  SECTION("a server that drips") {
    endpoint.request_timeout = 300ms;
    endpoint.retry_for = 0ms;
    server.add_fault(R"({"kind":"slow","times":99,"delay":0.05})");
    const auto began = std::chrono::steady_clock::now();
    check_fails(collect(*client_of(endpoint)), ErrorCode::timeout, "no whole answer in time");
    CHECK(std::chrono::steady_clock::now() - began < 3s);
  }
  SECTION("nobody at the address") {
    endpoint.base_url = "http://127.0.0.1:1/fhir";
    check_fails(collect(*client_of(endpoint)), ErrorCode::unavailable, "no connection, or it broke off");
  }
}

TEST_CASE("client: an answer that is no FHIR page is refused, not read as empty") {
  const HospitalServer server;
  fill(server);
  const auto client = client_of(endpoint_of(server));
  SECTION("a login page") {
    server.add_fault(R"({"kind":"body","body":"<html>","content_type":"text/html"})");
    check_fails(collect(*client), ErrorCode::malformed_data, "the answer is a web page, not FHIR JSON; is ehr.base_url right?");
  }
  SECTION("another content type") {
    server.add_fault(R"({"kind":"content_type","content_type":"text/plain"})");
    check_fails(collect(*client), ErrorCode::malformed_data, "the answer is not FHIR JSON");
  }
  SECTION("another resource") {
    server.add_fault(R"({"kind":"body","body":"{\"resourceType\":\"Patient\"}"})");
    check_fails(collect(*client), ErrorCode::malformed_data, "the answer is no Bundle");
  }
  SECTION("another kind of Bundle") {
    server.add_fault(R"({"kind":"body","body":"{\"resourceType\":\"Bundle\",\"type\":\"history\"}"})");
    check_fails(collect(*client), ErrorCode::malformed_data, "the answer is no Bundle of type searchset");
  }
  SECTION("too large a page") {
    Endpoint endpoint = endpoint_of(server);
    endpoint.max_page_bytes = 100;
    check_fails(collect(*client_of(endpoint)), ErrorCode::malformed_data, "the answer is too large");
  }
  SECTION("too large a page, packed small") {
    Endpoint endpoint = endpoint_of(server);
    endpoint.max_page_bytes = 500;
    server.add_fault(R"({"kind":"gzip"})");
    check_fails(collect(*client_of(endpoint)), ErrorCode::malformed_data, "the answer is too large");
  }
}

TEST_CASE("client: outcomes among the entries are judged") {
  const HospitalServer server;
  fill(server);
  const auto client = client_of(endpoint_of(server));
  SECTION("an error fails the search") {
    server.add_fault(R"({"kind":"outcome","severity":"error","code":"processing"})");
    check_fails(collect(*client), ErrorCode::malformed_data, "the page holds an outcome of severity error");
  }
  SECTION("a warning that records may be missing makes it not whole") {
    const std::string code = GENERATE("incomplete", "suppressed");
    server.add_fault(R"({"kind":"outcome","skip":1,"severity":"warning","code":")" + code + "\"}");
    const Collected all = collect(*client);
    REQUIRE(all.end);
    CHECK(all.ids.size() == 5);
    CHECK_FALSE(all.end->whole);
    CHECK(all.end->shortfall == "the server warns that records may be missing");
  }
  SECTION("Epic's 4119 does so too") {
    server.add_fault(R"({"kind":"outcome","severity":"warning","code":"informational","details":"4119"})");
    CHECK_FALSE(collect(*client).end->whole);
  }
  SECTION("other warnings do not") {
    server.add_fault(R"({"kind":"outcome","severity":"warning","code":"not-found"})");
    CHECK(collect(*client).end->whole);
  }
}

TEST_CASE("client: the sign-in never goes to another origin") {
  const HospitalServer server({"--auth", "bearer:t0ken"});
  const HospitalServer thief;
  const auto secret = std::filesystem::temp_directory_path() / ("trialflag-token-" + std::to_string(getpid()));
  std::ofstream(secret) << "t0ken\n";
  Endpoint endpoint = endpoint_of(server);
  endpoint.sign_in = {SignIn::Kind::bearer, "", secret};
  const auto client = client_of(endpoint);
  const std::string other = thief.base_url() + "/Condition";

  SECTION("by a next link") {
    server.add_fault(R"({"kind":"next","location":")" + other + "\"}");
    check_fails(collect(*client), ErrorCode::invalid_config,
                "a next link leads to another origin; if that is meant, add it to ehr.allowed_origins or set ehr.rewrite_link_origin");
    CHECK(thief.requests() == "[]");
  }
  SECTION("by a redirect") {
    server.add_fault(R"({"kind":"redirect","location":")" + other + "\"}");
    check_fails(collect(*client), ErrorCode::invalid_config,
                "the server redirects to another origin; set ehr.base_url to where the records are; if that is meant, add it to "
                "ehr.allowed_origins");
    CHECK(thief.requests() == "[]");
  }
  SECTION("unless the origin is allowed") {
    endpoint.allowed_origins = {thief.base_url().substr(0, thief.base_url().rfind("/fhir"))};
    server.add_fault(R"({"kind":"next","location":")" + other + "\"}");
    CHECK(collect(*client_of(endpoint)).end);
    CHECK(thief.requests().find("/fhir/Condition") != std::string::npos);
  }
  SECTION("and a leaked address can be read at the base instead") {
    endpoint.rewrite_link_origin = true;
    server.add_fault(R"({"kind":"next","location":"http://inside.example/fhir/Condition?_count=1"})");
    CHECK(collect(*client_of(endpoint)).end);
  }
  SECTION("a redirect within the origin is followed") {
    server.add_fault(R"({"kind":"redirect","location":"{base}/Condition"})");
    CHECK(collect(*client).end);
  }
  SECTION("redirects in circles end") {
    server.add_fault(R"({"kind":"redirect","location":"{base}/Condition","times":99})");
    check_fails(collect(*client), ErrorCode::malformed_data, "the server redirects in circles");
  }
  std::filesystem::remove(secret);
}

TEST_CASE("client: signs in with the secret of the file as it is now") {
  const HospitalServer server({"--auth", "basic:agent:p:w"});
  const auto secret = std::filesystem::temp_directory_path() / ("trialflag-pw-" + std::to_string(getpid()));
  Endpoint endpoint = endpoint_of(server);
  endpoint.sign_in = {SignIn::Kind::basic, "agent", secret};
  const auto client = client_of(endpoint);
  CHECK(collect(*client).end.error().message == "Condition: the file of the sign-in secret cannot be read or is empty");
  std::ofstream(secret) << "wrong";
  const auto refused = collect(*client).end;
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::unauthorized);
  CHECK(refused.error().message.find("wrong") == std::string::npos);
  std::ofstream(secret) << "p:w\n";
  CHECK(collect(*client).end);
  std::filesystem::remove(secret);
}

TEST_CASE("client: reads one resource, and tells one that is gone from one that fails") {
  const HospitalServer server;
  fill(server);
  const auto client = client_of(endpoint_of(server));
  const auto found = client->read("Condition", "c1");
  REQUIRE(found);
  CHECK(found->find("\"id\":\"c1\"") != std::string::npos);
  server.remove("Condition/c1");
  CHECK(client->read("Condition", "c1").error().code == ErrorCode::not_found);
  CHECK(client->read("Condition", "never").error().code == ErrorCode::not_found);
  CHECK(client->read("Condition", "../Patient/p1?x").error().message.find("Patient/p1") == std::string::npos);
}

TEST_CASE("client: history tells what is deleted now") {
  const HospitalServer server;
  const Instant before{std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count() -
                       60000};
  fill(server);
  server.remove("Condition/c2");
  server.remove("Condition/c4");
  server.put("Condition/c4", R"({"resourceType":"Condition","id":"c4"})");
  const auto client = client_of(endpoint_of(server));
  const auto history = client->deleted_since("Condition", before);
  REQUIRE(history);
  REQUIRE(history->deleted.size() == 1);
  CHECK(history->deleted[0].type == "Condition");
  CHECK(history->deleted[0].id == "c2");

  server.add_fault(R"({"kind":"replace","times":99,"type":"Condition","find":"\"DELETE\"","with":"7"})");
  const auto silent = client->deleted_since("Condition", before);
  REQUIRE(silent);
  CHECK(silent->deleted.size() == 1);
  server.clear_faults();
  server.add_fault(R"({"kind":"replace","times":99,"type":"Condition","find":"Condition/c2","with":"Condition"})");
  CHECK(client->deleted_since("Condition", before).error().code == ErrorCode::malformed_data);

  const HospitalServer without({"--no-history"});
  CHECK_FALSE(client_of(endpoint_of(without))->deleted_since("Condition", before));
}

TEST_CASE("client: reads the capability statement") {
  const HospitalServer server({"--types", "Patient,Condition"});
  const auto client = client_of(endpoint_of(server));
  const auto capability = client->capability();
  REQUIRE(capability);
  CHECK(capability->fhir_version == "4.0.1");
  REQUIRE(capability->find("Condition") != nullptr);
  CHECK(capability->find("Condition")->search_parameters.count("_lastUpdated") == 1);
  CHECK(capability->find("Condition")->interactions.count("history-type") == 1);
  CHECK(capability->find("Observation") == nullptr);
  server.add_fault(R"({"kind":"body","body":"{\"resourceType\":\"CapabilityStatement\",\"fhirVersion\":\"3.0.2\"}"})");
  CHECK(client->capability().error().message == "metadata: the server does not speak FHIR 4.0 (R4)");
}

TEST_CASE("client: a server that states nothing of itself is told by its answer to a search") {
  const HospitalServer server({"--types", "Patient,Condition"});
  const auto client = client_of(endpoint_of(server));
  SECTION("another resource in its place, as Medplum's router gives") {
    server.add_fault(R"({"kind":"body","body":"{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"total\":0}"})");
  }
  SECTION("none") {
    server.add_fault(R"({"kind":"status","status":404})");
  }
  const auto capability = client->capability();
  REQUIRE(capability);
  CHECK_FALSE(capability->stated);
  CHECK(capability->fhir_version.empty());
  CHECK(capability->types.empty());
  CHECK(capability->doubt.starts_with("the server gives no CapabilityStatement"));
}

TEST_CASE("client: an address that gives neither a CapabilityStatement nor patients is no FHIR server") {
  const HospitalServer server;
  const auto client = client_of(endpoint_of(server));
  SECTION("nothing is there") {
    server.add_fault(R"({"kind":"status","status":404,"times":2})");
    CHECK(client->capability().error().message == "the server gives no CapabilityStatement, and no patients: the server has none (404)");
  }
  SECTION("something else is") {
    server.add_fault(R"({"kind":"body","body":"{\"resourceType\":\"OperationOutcome\",\"issue\":[]}","times":2})");
    CHECK(client->capability().error().code == ErrorCode::malformed_data);
  }
  SECTION("a page for people is") {
    server.add_fault(R"({"kind":"status","status":200,"content_type":"text/html","body":"<html></html>"})");
    CHECK_FALSE(client->capability());
  }
}

TEST_CASE("client: a CapabilityStatement that names no version is taken to be of R4, with a doubt") {
  const HospitalServer server;
  server.add_fault(R"({"kind":"body","body":"{\"resourceType\":\"CapabilityStatement\"}"})");
  const auto capability = client_of(endpoint_of(server))->capability();
  REQUIRE(capability);
  CHECK(capability->stated);
  CHECK(capability->doubt == "the CapabilityStatement names no FHIR version, and is taken to be of 4.0 (R4)");
}

TEST_CASE("client: a stop ends a call that waits") {
  const HospitalServer server;
  Endpoint endpoint = endpoint_of(server);
  endpoint.request_timeout = 60s;
  endpoint.retry_for = 60s;
  const auto client = client_of(endpoint);
  SECTION("for a body") {
    server.add_fault(R"({"kind":"slow","delay":1})");
  }
  SECTION("to try again") {
    server.add_fault(R"({"kind":"status","status":503,"retry_after":50,"times":9})");
  }
  std::stop_source source;
  client->stop_with(source.get_token());
  const std::jthread stopper([&] {
    std::this_thread::sleep_for(300ms);
    source.request_stop();
  });
  const auto began = std::chrono::steady_clock::now();
  const Collected none = collect(*client);
  REQUIRE_FALSE(none.end);
  CHECK(std::chrono::steady_clock::now() - began < 10s);
}

TEST_CASE("client: a failure of the caller ends the search") {
  const HospitalServer server;
  fill(server);
  const auto client = client_of(endpoint_of(server));
  int calls = 0;
  const auto end = client->search("Condition", {}, [&](const Found&) -> Result<void> {
    ++calls;
    return fail(ErrorCode::storage, "full");
  });
  REQUIRE_FALSE(end);
  CHECK(end.error().code == ErrorCode::storage);
  CHECK(calls == 1);
}
