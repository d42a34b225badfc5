// Cases B01 to B11 of the failure catalogue, as far as one step at a time shows them: what a server may do to a bulk export.
#include "fhir/client/bulk.h"

#include <zlib.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "fhir/client/bulk_lines.h"
#include "tests/fhir_client/searching.h"
#include "tests/support/scripted_server.h"
#include "tests/support/temporary_folder.h"

using namespace trialflag;
using namespace trialflag::fhir;
using namespace trialflag::testing;
using namespace std::chrono_literals;

namespace {

using State = BulkStatus::State;

constexpr const char* kPlainJson = "Content-Type: application/json\r\n";
constexpr const char* kNdjson = "Content-Type: application/fhir+ndjson\r\n";

std::string outcome_of(const std::string& code, const std::string& text = "") {
  return R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":")" + code + R"(","diagnostics":")" + text + "\"}]}";
}

/// A manifest of these outputs, each whole; `more`: members after them, each behind a comma.
std::string manifest(const std::string& output, const std::string& more = "", const std::string& token = "true") {
  return R"({"transactionTime":"2026-11-22T10:00:00Z","requiresAccessToken":)" + token + R"(,"output":[)" + output + "],\"error\":[]" +
         more + "}";
}

std::string file(const std::string& url, const std::string& type = "Condition") {
  return R"({"type":")" + type + R"(","url":")" + url + "\"}";
}

Endpoint signed_in_at(const std::string& base_url, const TemporaryFolder& folder) {
  Endpoint endpoint = endpoint_at(base_url);
  endpoint.sign_in.kind = SignIn::Kind::bearer;
  endpoint.sign_in.secret_file = folder.path() + "/token";
  std::ofstream(endpoint.sign_in.secret_file) << "SECRET";
  return endpoint;
}

std::string content_of(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string gzip(const std::string& text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(compressBound(text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  return packed;
}

/// The lines of a text in a file.
struct Lines {
  std::vector<std::string> lines;
  Result<void> end;
};

Lines lines_of(const std::string& bytes, const Endpoint::BulkLimits& limits = {}) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() + "/f", std::ios::binary) << bytes;
  Lines result;
  result.end = read_lines(folder.path() + "/f", limits, [&](std::string_view line) -> Result<void> {
    result.lines.emplace_back(line);
    return {};
  });
  return result;
}

Result<std::uint64_t> checked(const std::string& bytes, const Promised& promised) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() + "/f", std::ios::binary) << bytes;
  return check_file(folder.path() + "/f", promised, {});
}

}  // namespace

TEST_CASE("B01 an export is taken only with 202 and the address of its job") {
  const auto kick_off = [](const std::string& bytes) {
    const ScriptedServer server([&](const Asked&) { return Said{bytes}; });
    const auto client = client_of(endpoint_at(server.base_url()));
    auto start = client->bulk().kick_off({"Patient/$export", {"Patient", "Condition"}, std::nullopt});
    CHECK(server.targets().front() == "/fhir/Patient/$export?_outputFormat=application%2Ffhir%2Bndjson&_type=Patient%2CCondition");
    return std::pair(std::move(start), server.base_url());
  };
  SECTION("an absolute and a relative Content-Location") {
    const std::string location = GENERATE("/status/1", "http://127.0.0.1:1/status/1");
    const auto [start, base] = kick_off(answer(202, "", "Content-Location: " + location + "\r\n"));
    if (location.starts_with("/")) {
      REQUIRE(start);
      CHECK(start->status_url == base.substr(0, base.size() - 5) + "/status/1");
    } else {
      REQUIRE_FALSE(start);  // another origin would have our sign-in
      CHECK(start.error().code == ErrorCode::invalid_config);
    }
  }
  SECTION("200, or 202 without the address") {
    const auto at_once = kick_off(answer(200, manifest(""), kPlainJson)).first;
    REQUIRE_FALSE(at_once);
    CHECK(at_once.error().message == "the server answers the export at once (200), where it should name a job (202)");
    const auto nowhere = kick_off(answer(202, "", "")).first;
    REQUIRE_FALSE(nowhere);
    CHECK(nowhere.error().code == ErrorCode::malformed_data);
  }
  SECTION("refusals say whether the server has exports at all") {
    CHECK(kick_off(answer(404, "", "")).first.error().code == ErrorCode::not_found);
    CHECK(kick_off(answer(403, "", "")).first.error().code == ErrorCode::unauthorized);
    CHECK(kick_off(answer(503, "", "")).first.error().code == ErrorCode::unavailable);
  }
}

TEST_CASE("B01 the headers that servers insist on are sent, and a refused parameter is left out once") {
  std::string head;
  const ScriptedServer server([&](const Asked& asked) {
    head = asked.head;
    const bool refused = asked.target.find("_outputFormat") != std::string::npos;
    return Said{refused ? answer(400, outcome_of("not-supported", "_outputFormat is not supported"))
                        : answer(202, "", "Content-Location: /s\r\n")};
  });
  const auto start = client_of(endpoint_at(server.base_url()))->bulk().kick_off({"$export", {"Patient"}, Instant{1795340000000}});
  REQUIRE(start);
  CHECK(start->left_out == std::vector<std::string>{"_outputFormat"});
  CHECK(server.targets().back() == "/fhir/$export?_type=Patient&_since=2026-11-22T09%3A33%3A20Z");
  CHECK(head.find("Accept: application/fhir+json") != std::string::npos);
  CHECK(head.find("Prefer: respond-async") != std::string::npos);
  const ScriptedServer stubborn([](const Asked&) { return Said{answer(400, outcome_of("invalid"))}; });
  const auto refused = client_of(endpoint_at(stubborn.base_url()))->bulk().kick_off({});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::invalid_config);
  CHECK(stubborn.targets().size() == 2);
}

TEST_CASE("B02 429 says that a job of ours runs already") {
  const ScriptedServer server([](const Asked&) { return Said{answer(429, outcome_of("throttled"), "Retry-After: 60\r\n")}; });
  const auto start = client_of(endpoint_at(server.base_url()))->bulk().kick_off({});
  REQUIRE(start);
  CHECK(start->status_url.empty());
  CHECK(start->ask_again == 60s);
  CHECK(server.targets().size() == 1);
}

TEST_CASE("B02 how long a kick-off is to wait is bounded, and may be told in words or not at all") {
  const auto wait_after = [](const std::string& body, const std::string& headers) {
    const ScriptedServer server([&](const Asked&) { return Said{answer(429, body, headers)}; });
    const auto start = client_of(endpoint_at(server.base_url()))->bulk().kick_off({});
    REQUIRE(start);
    return start->ask_again;
  };
  CHECK(wait_after(outcome_of("throttled"), "Retry-After: 18000\r\n") == 1h);
  CHECK(wait_after("Try in another 844 seconds", "") == 844s);
  CHECK_FALSE(wait_after(outcome_of("throttled"), ""));
}

TEST_CASE("an export is begun by POST where GET is refused as such, or where the guide's version has no other way") {
  const bool first = GENERATE(false, true);
  const int refused = GENERATE(405, 501);
  std::vector<std::string> methods;
  std::string head;
  const ScriptedServer server([&](const Asked& asked) {
    methods.push_back(asked.method);
    head = asked.head;
    return Said{asked.method == "POST" ? answer(202, "", "Content-Location: /s\r\n") : answer(refused, "")};
  });
  const auto start = client_of(endpoint_at(server.base_url()))->bulk().kick_off({"$export", {"Patient", "Condition"}, {}, first});
  REQUIRE(start);
  CHECK(start->status_url == server.origin() + "/s");
  CHECK(methods == (first ? std::vector<std::string>{"POST"} : std::vector<std::string>{"GET", "POST"}));
  CHECK(server.targets().back() == "/fhir/$export");
  CHECK(head.find("Content-Type: application/fhir+json") != std::string::npos);
  CHECK(head.find("Prefer: respond-async") != std::string::npos);
  const ScriptedServer neither([&](const Asked&) { return Said{answer(refused, "")}; });
  const auto none = client_of(endpoint_at(neither.base_url()))->bulk().kick_off({"$export", {}, {}, first});
  REQUIRE_FALSE(none);
  CHECK(none.error().code == ErrorCode::not_found);
  CHECK(neither.targets().size() == 2);
}

TEST_CASE("B03 each poll is one step: still running, complete, failed or unknown") {
  std::vector<std::string> script;
  std::mutex mutex;
  const ScriptedServer server([&](const Asked&) {
    const std::scoped_lock lock(mutex);
    const std::string said = script.front();
    if (script.size() > 1) script.erase(script.begin());
    return Said{said};
  });
  const auto client = client_of(endpoint_at(server.base_url()));
  const auto poll = [&] { return client->bulk().poll(server.origin() + "/s"); };
  SECTION("transient failures are no end, and the manifest ends the job") {
    script = {answer(500, outcome_of("transient")), answer(500, outcome_of("transient")), answer(429, "", "Retry-After: 7\r\n"),
              answer(202, "", "X-Progress: 40 %\r\nRetry-After: 120\r\n"), answer(200, manifest(file("f1")), kPlainJson)};
    CHECK(poll()->state == State::running);
    CHECK(poll()->state == State::running);
    CHECK(poll()->ask_again == 7s);
    const auto running = poll();
    CHECK(running->state == State::running);
    CHECK(running->ask_again == 120s);
    CHECK(running->progress == "40 %");
    const auto done = poll();
    REQUIRE(done);
    CHECK(done->state == State::complete);
    CHECK(done->manifest.as_of == Instant{1795341600000});
    CHECK(done->manifest.files.front().url == server.origin() + "/f1");
    CHECK(server.targets().size() == 5);
  }
  SECTION("202 for ever is running for ever: the caller's patience decides") {
    script = {answer(202, "", "")};
    for (int i = 0; i < 5; ++i) CHECK(poll()->state == State::running);
    CHECK_FALSE(poll()->ask_again);
  }
  SECTION("another failure is the end, and 404 means that the job is gone") {
    script = {answer(500, outcome_of("exception")), answer(404, outcome_of("not-found")), answer(403, "")};
    CHECK(poll()->state == State::failed);
    CHECK(poll()->state == State::unknown);
    CHECK(poll().error().code == ErrorCode::unauthorized);
  }
  SECTION("200 with what is no manifest") {
    script = {answer(200, outcome_of("exception"), kPlainJson), answer(200, "<html>", "Content-Type: text/html\r\n"),
              answer(200, "{}", kPlainJson)};
    CHECK(poll().error().message == "in the manifest's place stands a FHIR resource");
    CHECK(poll().error().code == ErrorCode::malformed_data);
    CHECK(poll().error().message == "the manifest has no list of files");
  }
}

TEST_CASE("B04 what is no type's name in a manifest comes into no log") {
  const Links links(*parse_url("http://ehr.example/fhir"), {}, false);
  const Url page = *parse_url("http://ehr.example/s");
  const std::string odd = file("http://ehr.example/e", "X\\nfaked: line");
  const auto told = read_manifest(manifest(file("http://ehr.example/f"), R"(,"deleted":[)" + odd + "]"), page, links);
  REQUIRE(told);
  REQUIRE(told->manifest.files.size() == 2);
  CHECK(told->manifest.files[0].type == "Condition");
  CHECK(told->manifest.files[1].type.empty());
  CHECK_FALSE(read_manifest(manifest(odd), page, links));
}

TEST_CASE("B04 a file that holds fewer records than its manifest promises has failed") {
  const std::string two = "{\"resourceType\":\"Condition\",\"id\":\"a\"}\n{\"resourceType\":\"Condition\",\"id\":\"b\"}\n";
  CHECK(checked(two, {"Condition", 2}) == 2U);
  CHECK(checked(two, {"Condition", std::nullopt}) == 2U);
  CHECK(checked(two, {"Condition", 4}).error().message == "a file holds 2 records where the manifest promises 4");
  CHECK(checked("", {"Condition", 4}).error().message == "a file holds 0 records where the manifest promises 4");
}

TEST_CASE("B05 lines are taken as they come, and what is no record of the type is no silence") {
  const std::string a = R"({"resourceType":"Condition","id":"a"})", b = R"({"resourceType":"Condition","id":"b"})";
  SECTION("blank lines, no final newline, CR LF, a byte-order mark, gzip in two members") {
    const std::string text = GENERATE_COPY(a + "\n\n" + b, a + "\r\n \r\n" + b + "\r\n", "\xEF\xBB\xBF" + a + "\n" + b + "\n",
                                           gzip(a + "\n" + b + "\n"), gzip(a + "\n") + gzip(b));
    const Lines read = lines_of(text);
    CHECK(read.end.has_value());
    CHECK(read.lines == std::vector<std::string>{a, b});
  }
  SECTION("an OperationOutcome or another type in the place of a record") {
    CHECK(checked(a + "\n" + outcome_of("exception") + "\n", {"Condition", {}}).error().message ==
          "an OperationOutcome stands in the place of records");
    CHECK(checked(a + "\n{\"resourceType\":\"Patient\"}\n", {"Condition", {}}).error().message == "a file holds records of another type");
    CHECK(checked(a + "\n{\"id\":\n", {"Condition", 2}) == 2U);  // one bad record: for whoever reads it to set aside
  }
  SECTION("a character whose bytes come in two pieces") {
    std::string long_line = R"({"resourceType":"Condition","id":"a","text":")";
    while (long_line.size() < 65535) long_line += 'x';
    long_line += "\xE9\xBA\xBB\xE7\x97\xBA\"}";  // astride 64 KiB, at which files are read
    CHECK(lines_of(long_line + "\n").lines == std::vector<std::string>{long_line});
    CHECK(lines_of(gzip(long_line + "\n")).lines == std::vector<std::string>{long_line});
  }
  SECTION("what is cut off, too large or damaged") {
    CHECK(lines_of(a + "\n{\"resourceType\":\"Cond").end.error().message == "the file is cut off");
    const std::string packed = gzip(a + "\n" + b + "\n");
    CHECK(lines_of(packed.substr(0, packed.size() - 4)).end.error().message == "the file is cut off");
    CHECK(lines_of(packed.substr(0, 12) + "garbage" + packed.substr(12)).end.error().code == ErrorCode::malformed_data);
    CHECK(lines_of(a + "\n" + b + "\n", {.max_line_bytes = 30}).end.error().message == "a line is too long");
    CHECK(lines_of(gzip(std::string(1000000, '\n')), {.max_file_bytes = 100000}).end.error().message == "the file is too large");
  }
}

TEST_CASE("B06 an expired link is told apart from a refusal") {
  const TemporaryFolder folder;
  const int status = GENERATE(403, 404, 410);
  const ScriptedServer server([&](const Asked&) { return Said{answer(status, outcome_of("expired"))}; });
  const auto fetched = client_of(endpoint_at(server.base_url()))->bulk().fetch(server.origin() + "/f", true, folder.path() + "/f");
  REQUIRE_FALSE(fetched);
  CHECK(fetched.error().code == ErrorCode::not_found);
}

TEST_CASE("B07 a file that wants no sign-in is fetched without, and no other origin ever has it") {
  const TemporaryFolder folder;
  std::mutex mutex;
  std::vector<bool> signed_in;
  bool wants_it = false;
  const ScriptedServer other([&](const Asked& asked) {
    const std::scoped_lock lock(mutex);
    signed_in.push_back(asked.has("SECRET"));
    if (wants_it && !asked.has("SECRET")) return Said{answer(401, "")};
    return Said{answer(200, "{}\n", kNdjson)};
  });
  const ScriptedServer server([&](const Asked& asked) {
    const std::scoped_lock lock(mutex);
    signed_in.push_back(asked.has("SECRET"));
    if (asked.target == "/moved") return Said{answer(307, "", "Location: " + other.origin() + "/f\r\n")};
    return Said{answer(200, "{\"resourceType\":\"Condition\"}\n", kNdjson)};
  });
  const auto client = client_of(signed_in_at(server.base_url(), folder));
  const auto fetch = [&](const std::string& url, bool wanted) {
    return client->bulk().fetch(url, wanted, folder.path() + "/f").has_value();
  };
  SECTION("as the manifest says") {
    CHECK(fetch(server.origin() + "/f", true));
    CHECK(fetch(server.origin() + "/f", false));
    CHECK(fetch(other.origin() + "/f", false));
    CHECK(signed_in == std::vector<bool>{true, false, false});
    CHECK(content_of(folder.path() + "/f") == "{}\n");
  }
  SECTION("T01 a redirect to another host is followed without it") {
    CHECK(fetch(server.origin() + "/moved", true));
    CHECK(signed_in == std::vector<bool>{true, false});
  }
  SECTION("T01 an allowed host to which a redirect leads has it once it asks for it, another one never") {
    wants_it = GENERATE(false, true);
    const bool allowed = GENERATE(false, true);
    Endpoint endpoint = signed_in_at(server.base_url(), folder);
    if (allowed) endpoint.allowed_origins = {other.origin()};
    const bool got = client_of(endpoint)->bulk().fetch(server.origin() + "/moved", true, folder.path() + "/f").has_value();
    CHECK(got == (allowed || !wants_it));
    CHECK(signed_in == (wants_it && allowed ? std::vector<bool>{true, false, true} : std::vector<bool>{true, false}));
  }
  SECTION("a manifest that would have us sign in elsewhere is refused") {
    const Links links(*parse_url(server.base_url()), {}, false);
    const Url page = *parse_url(server.origin() + "/s");
    CHECK(read_manifest(manifest(file(other.origin() + "/f")), page, links).error().code == ErrorCode::invalid_config);
    CHECK(read_manifest(manifest(file(other.origin() + "/f"), "", "false"), page, links).has_value());
    CHECK(read_manifest(manifest(file("http://169.254.169.254/f"), "", "false"), page, links).error().code == ErrorCode::invalid_config);
    const Links secure(*parse_url("https://ehr.example/fhir"), {}, false);
    CHECK_FALSE(secure.exported(page, "http://files.example/f", false));
  }
}

TEST_CASE("B07 401 is answered by reading the secret again, once, and packed files are kept as they come") {
  const TemporaryFolder folder;
  const std::string packed = gzip("{\"resourceType\":\"Condition\"}\n");
  const ScriptedServer server([&](const Asked& asked) {
    if (asked.number == 0) return Said{answer(401, "")};
    return Said{answer(200, packed, std::string(kNdjson) + "Content-Encoding: gzip\r\n")};
  });
  const auto client = client_of(signed_in_at(server.base_url(), folder));
  CHECK(client->bulk().fetch(server.origin() + "/f", true, folder.path() + "/f"));
  CHECK(content_of(folder.path() + "/f") == packed);
  CHECK(check_file(folder.path() + "/f", {"Condition", 1}, {}) == 1U);
}

TEST_CASE("B07 a file larger than the limit, or cut off on the way, is no file") {
  const TemporaryFolder folder;
  const ScriptedServer server([](const Asked& asked) {
    const std::string whole = answer(200, std::string(5000, 'x'), kNdjson);
    return asked.target == "/cut" ? Said{whole.substr(0, whole.size() - 10), Said::Then::close} : Said{whole};
  });
  Endpoint endpoint = endpoint_at(server.base_url());
  endpoint.bulk.max_file_bytes = 1000;
  CHECK(client_of(endpoint)->bulk().fetch(server.origin() + "/f", false, folder.path() + "/f").error().code == ErrorCode::malformed_data);
  endpoint.bulk.max_file_bytes = 10000;
  CHECK(client_of(endpoint)->bulk().fetch(server.origin() + "/cut", false, folder.path() + "/f").error().code == ErrorCode::unavailable);
}

TEST_CASE("B08 a manifest in pages: each file once, and a page that still grows is not the end") {
  std::vector<std::string> pages;
  bool grown = false;
  std::mutex mutex;
  const ScriptedServer server([&](const Asked& asked) {
    const std::scoped_lock lock(mutex);
    const auto link = [](int page) { return R"(,"link":[{"relation":"next","url":"/s?page=)" + std::to_string(page) + "\"}]"; };
    const int page = asked.target == "/s" ? 1 : std::stoi(asked.target.substr(8));
    const std::string files = file("/f" + std::to_string(page)) + "," + file("/f1");
    const bool last = page == (grown ? 5 : 2);
    const int status = page < 5 ? 202 : 200;
    return Said{answer(status, manifest(files, last ? "" : link(page + 1)), kPlainJson)};
  });
  const auto client = client_of(endpoint_at(server.base_url()));
  CHECK(client->bulk().poll(server.origin() + "/s")->state == State::running);
  {
    const std::scoped_lock lock(mutex);
    grown = true;
  }
  const auto done = client->bulk().poll(server.origin() + "/s");
  REQUIRE(done);
  CHECK(done->state == State::complete);
  CHECK(done->manifest.files.size() == 5);
  const ScriptedServer circle(
      [](const Asked&) { return Said{answer(200, manifest("", R"(,"link":[{"relation":"next","url":"/s"}])"), kPlainJson)}; });
  CHECK(client_of(endpoint_at(circle.base_url()))->bulk().poll(circle.origin() + "/s").error().message ==
        "the manifest's pages go round in circles");
}

TEST_CASE("B09 B10 B11 what a manifest lists beside its files: errors, outcomes, deletions, headers; times that cannot be read") {
  const Links links(*parse_url("http://ehr.example/fhir"), {}, false);
  const Url page = *parse_url("http://ehr.example/s");
  const auto read = [&](const std::string& text) { return read_manifest(text, page, links); };
  const auto kinds = [&](const std::string& text) {
    std::vector<BulkFile::Kind> found;
    const auto page_read = read(text);
    for (const BulkFile& one : page_read->manifest.files) found.push_back(one.kind);
    return found;
  };
  using Kind = BulkFile::Kind;
  const std::string lists = R"({"output":[],"deleted":[{"type":"Bundle","url":"/d"}],"error":[{"type":"OperationOutcome","url":"/e"}],)"
                            R"("outcome":[{"type":"OperationOutcome","url":"/o"}]})";
  CHECK(kinds(lists) == std::vector{Kind::deleted, Kind::error, Kind::error});
  CHECK_FALSE(read(lists)->manifest.as_of);
  CHECK(read(lists)->manifest.requires_token);
  const std::string time = GENERATE("2026-11-22", "yesterday", "2026-11-22 09:53:19", "2026-11-22T09:53:19", "");
  CHECK_FALSE(read(R"({"transactionTime":")" + time + R"(","output":[]})")->manifest.as_of);
  CHECK_FALSE(read(R"({"outputOrganizedBy":"","output":[]})")->manifest.organised);
  CHECK(read(R"({"outputOrganizedBy":"Patient","output":[{"type":"Condition","url":"/f"}]})")->manifest.organised);
  CHECK_FALSE(read(R"({"output":[{"url":"/f"}]})"));
  const std::string headed = "{\"resourceType\":\"Parameters\"}\n{\"resourceType\":\"Condition\"}\n";
  CHECK(checked(headed, {"Condition", 1, true}) == 1U);
  CHECK_FALSE(checked(headed, {"Condition", 2, false}));
}

TEST_CASE("B12 whatever the server answers to DELETE is well") {
  const int status = GENERATE(202, 404, 500);
  std::string method;
  const ScriptedServer server([&](const Asked& asked) {
    method = asked.method;
    return Said{answer(status, "")};
  });
  CHECK(client_of(endpoint_at(server.base_url()))->bulk().discard(server.origin() + "/s").has_value());
  CHECK(method == "DELETE");
}

TEST_CASE("a server says by the version of the guide whether exports are begun by POST alone") {
  const auto by_post = [](const std::string& canonical) {
    const ScriptedServer server([&](const Asked&) {
      return Said{answer(200, R"({"resourceType":"CapabilityStatement","fhirVersion":"4.0.1","instantiates":[")" + canonical + "\"]}")};
    });
    const auto capability = client_of(endpoint_at(server.base_url()))->capability();
    REQUIRE(capability);
    return capability->exports_by_post;
  };
  const std::string guide = "http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data";
  for (const char* version : {"|4.0.0", "|4.0.0-ballot", "|5", "|10.1"}) CHECK(by_post(guide + version));
  for (const char* version : {"", "|", "|2.0.0", "|3.0.0", "|x"}) CHECK_FALSE(by_post(guide + version));
  CHECK_FALSE(by_post("http://hl7.org/fhir/uv/other/CapabilityStatement/x|4.0.0"));
}

TEST_CASE("a server says by its CapabilityStatement which exports it has") {
  const ScriptedServer server([](const Asked&) {
    return Said{answer(200, R"({"resourceType":"CapabilityStatement","fhirVersion":"4.0.1",)"
                            R"("instantiates":["http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data"],"rest":[{"mode":"server",)"
                            R"("resource":[{"type":"Group","operation":[{"name":"x","definition":)"
                            R"("http://hl7.org/fhir/uv/bulkdata/OperationDefinition/group-export|2.0.0"}]},)"
                            R"({"type":"Patient","operation":[{"name":"export","definition":"local"}]}],)"
                            R"("operation":[{"name":"export","definition":"http://x/OperationDefinition/export"}]}]})")};
  });
  const auto capability = client_of(endpoint_at(server.base_url()))->capability();
  REQUIRE(capability);
  CHECK(capability->follows_bulk_guide);
  CHECK(capability->exports == std::set<std::string>{"$export", "Group/[id]/$export", "Patient/$export"});
}
