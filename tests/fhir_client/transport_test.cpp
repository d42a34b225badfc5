// Cases T01 to T14 of the failure catalogue: what servers and what stands before them do to an answer.
#include <zlib.h>

#include <filesystem>
#include <fstream>

#include "fhir/client/http.h"
#include "tests/fhir_client/searching.h"
#include "tests/support/scripted_server.h"

using namespace trialflag;
using namespace trialflag::fhir;
using namespace trialflag::testing;
using namespace std::chrono_literals;

namespace {

constexpr const char* kJson = "Content-Type: application/fhir+json\r\n";

std::string redirect(int status, const std::string& location) {
  return answer(status, "", "Location: " + location + "\r\n");
}

/// Says these bytes first, then one whole page.
ScriptedServer::Script at_first(const Said& first) {
  return [first](const Asked& asked) -> Said { return asked.number == 0 ? first : Said{answer(200, searchset({condition("c1")}))}; };
}

/// An endpoint with a sign-in, so that a leak of it would show.
struct Signed {
  explicit Signed(const std::string& base_url) : endpoint(endpoint_at(base_url)) {
    std::ofstream(file) << "t0ken";
    endpoint.sign_in = {SignIn::Kind::bearer, "", file};
  }
  ~Signed() { std::filesystem::remove(file); }
  Signed(const Signed&) = delete;
  Signed& operator=(const Signed&) = delete;

  const std::filesystem::path file = std::filesystem::temp_directory_path() / ("trialflag-transport-" + std::to_string(getpid()));
  Endpoint endpoint;
};

std::string gzipped(const std::string& text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

}  // namespace

TEST_CASE("T01 a search that is redirected to another host is refused, and that host hears nothing") {
  const ScriptedServer other([](const Asked&) { return Said{answer(200, searchset({}))}; });
  const int status = GENERATE(301, 302, 303, 307, 308);
  const ScriptedServer server([&](const Asked&) { return Said{redirect(status, other.base_url() + "/Condition")}; });
  const Signed agent(server.base_url());
  check_fails(collect(agent.endpoint), ErrorCode::invalid_config,
              "the server redirects to another origin; set ehr.base_url to where the records are; if that is meant, add it to "
              "ehr.allowed_origins");
  CHECK(other.connections() == 0);
}

TEST_CASE("T01 a redirect within the base is followed, signed in") {
  const ScriptedServer server([](const Asked& asked) -> Said {
    if (!asked.has("Authorization: Bearer t0ken")) return {answer(401, "")};
    return {asked.number == 0 ? redirect(307, "/fhir/Condition?moved=1") : answer(200, searchset({condition("c1")}))};
  });
  const Signed agent(server.base_url());
  CHECK(collect(agent.endpoint).ids == Ids{"c1"});
}

TEST_CASE("T02 a redirect in circles, to plain http, to a login page, to nowhere: each an error, never an empty type") {
  SECTION("in circles") {
    const ScriptedServer server([](const Asked&) { return Said{redirect(307, "/fhir/Condition")}; });
    check_fails(collect(endpoint_at(server.base_url())), ErrorCode::malformed_data, "the server redirects in circles");
    CHECK(server.targets().size() == 6);
  }
  SECTION("to a login page beside the base") {
    const ScriptedServer server([](const Asked&) { return Said{redirect(301, "/login")}; });
    check_fails(collect(endpoint_at(server.base_url())), ErrorCode::invalid_config,
                "the server redirects out of the path of ehr.base_url; set ehr.base_url to where the records are");
  }
  SECTION("to a login page below the base") {
    const ScriptedServer server([](const Asked& asked) {
      return Said{asked.number == 0 ? redirect(302, "/fhir/login") : answer(200, "<html>", "Content-Type: text/html; charset=utf-8\r\n")};
    });
    check_fails(collect(endpoint_at(server.base_url())), ErrorCode::malformed_data,
                "the answer is a web page, not FHIR JSON; is ehr.base_url right?");
  }
  SECTION("to nowhere") {
    const ScriptedServer server([](const Asked&) { return Said{answer(302, "")}; });
    check_fails(collect(endpoint_at(server.base_url())), ErrorCode::malformed_data, "the server redirects to nowhere");
  }
}

TEST_CASE("T03 a next link to another server, however it is disguised, is refused, and that server hears nothing") {
  const ScriptedServer other([](const Asked&) { return Said{answer(200, searchset({condition("stolen")}))}; });
  const std::string port = std::to_string(other.port());
  const std::string link =
      GENERATE_COPY("http://127.0.0.1:" + port + "/fhir/Condition", "http://localhost:" + port + "/fhir/Condition",
                    "http://ehr.example@127.0.0.1:" + port + "/fhir/Condition", "//127.0.0.1:" + port + "/fhir/Condition",
                    "http://127.0.0.1.evil.test/fhir/Condition", "/fhir/..%2fadmin", "/fhirevil/Condition");
  const ScriptedServer server([&](const Asked&) { return Said{answer(200, searchset({condition("c1")}, next_link(link)))}; });
  const Signed agent(server.base_url());
  INFO(link);
  CHECK_FALSE(collect(agent.endpoint).end);
  CHECK(other.connections() == 0);
  CHECK(server.targets().size() == 1);
}

TEST_CASE("T04 a next link to a metadata address or a file ends the search at once") {
  const std::string link = GENERATE("http://169.254.169.254/latest/meta-data", "file:///etc/passwd", "http://[fe80::1]/fhir/Condition");
  const ScriptedServer server([&](const Asked&) { return Said{answer(200, searchset({condition("c1")}, next_link(link)))}; });
  Endpoint endpoint = endpoint_at(server.base_url());
  endpoint.allowed_origins = {"http://169.254.169.254", "http://[fe80::1]"};
  CHECK_FALSE(collect(endpoint).end);
  CHECK(server.targets().size() == 1);
}

TEST_CASE("T05 a relative next link is followed") {
  const std::string link = GENERATE("/fhir/Condition?page=2", "?page=2", "Condition?page=2");
  const ScriptedServer server([&](const Asked& asked) {
    return Said{answer(200, asked.number == 0 ? searchset({condition("c1")}, next_link(link)) : searchset({condition("c2")}))};
  });
  CHECK(collect(endpoint_at(server.base_url())).ids == Ids{"c1", "c2"});
  CHECK(server.targets().back() == "/fhir/Condition?page=2");
}

TEST_CASE("T05 a long next link and one with signs that no URI may hold are followed") {
  const std::string link = GENERATE("/fhir/Condition?_getpages=" + std::string(20000, 'x'), "/fhir/Condition?code=s|1&note={é}^%",
                                    "/fhir/Condition?code=http://loinc.org%7C1&a=[1]");
  const ScriptedServer server([&](const Asked& asked) {
    return Said{answer(200, asked.number == 0 ? searchset({condition("c1")}, next_link(link)) : searchset({condition("c2")}))};
  });
  CHECK(collect(endpoint_at(server.base_url())).ids == Ids{"c1", "c2"});
  CHECK(server.targets().back().substr(0, 20) == link.substr(0, 20));
}

TEST_CASE("T06 a next link whose port stands twice is a clear error, and is read where links are rewritten") {
  int port = 0;
  const ScriptedServer server([&](const Asked& asked) {
    const std::string link = "http://127.0.0.1:" + std::to_string(port) + ":" + std::to_string(port) + "/fhir/Condition?page=2";
    return Said{answer(200, asked.has("page=2") ? searchset({condition("c2")}) : searchset({condition("c1")}, next_link(link)))};
  });
  port = server.port();
  Endpoint endpoint = endpoint_at(server.base_url());
  check_fails(collect(endpoint), ErrorCode::malformed_data, "a next link is no usable URL");
  endpoint.rewrite_link_origin = true;
  CHECK(collect(endpoint).ids == Ids{"c1", "c2"});
}

TEST_CASE("T07 T08 a server that drips, falls silent or never ends its headers is left at the deadline") {
  const std::string page = answer(200, searchset({condition("c1")}));
  const Said said = GENERATE_COPY(Said{page, Said::Then::keep, 100}, Said{"", Said::Then::silence},
                                  Said{page.substr(0, 60), Said::Then::silence}, Said{page.substr(0, page.size() - 5), Said::Then::silence},
                                  Said{"HTTP/1.1 200 OK\r\nX-More: and more\r\n", Said::Then::silence});
  const ScriptedServer server([&](const Asked&) { return said; });
  Endpoint endpoint = endpoint_at(server.base_url());
  endpoint.request_timeout = 400ms;
  endpoint.retry_for = 0ms;
  const auto began = std::chrono::steady_clock::now();
  check_fails(collect(endpoint), ErrorCode::timeout, "no whole answer in time");
  CHECK(std::chrono::steady_clock::now() - began < 20s);
}

TEST_CASE("T09 a body that is cut off is asked for again, and nothing of it is given") {
  const std::string body = searchset({condition("c1"), condition("c2")});
  const std::string half = body.substr(0, body.size() / 2);
  const std::string packed = gzipped(body);
  const std::string chunked = std::string("HTTP/1.1 200 OK\r\n") + kJson + "Transfer-Encoding: chunked\r\n\r\n";
  const std::string zipped = std::string(kJson) + "Content-Encoding: gzip\r\n";
  const std::string whole = answer(200, body);
  const Said said = GENERATE_COPY(
      Said{whole.substr(0, whole.size() - 20), Said::Then::close}, Said{whole.substr(0, whole.size() - 20), Said::Then::reset},
      Said{chunked + "20\r\n" + body.substr(0, 32) + "\r\n", Said::Then::close},
      Said{chunked + "40\r\n" + body.substr(0, 32), Said::Then::close}, Said{answer(200, half)},
      Said{answer(200, packed.substr(0, packed.size() - 6), zipped)}, Said{answer(200, packed.substr(0, packed.size() / 2), zipped)});
  const ScriptedServer server(at_first(said));
  const Collected all = collect(endpoint_at(server.base_url()));
  CHECK(all.ids == Ids{"c1"});
  CHECK(server.targets().size() == 2);
}

TEST_CASE("T10 gzip that nobody asked for is unpacked, and what grows beyond the cap is refused") {
  const std::string headers = std::string(kJson) + "Content-Encoding: gzip\r\n";
  SECTION("of one page") {
    const ScriptedServer server([&](const Asked&) { return Said{answer(200, gzipped(searchset({condition("c1")})), headers)}; });
    CHECK(collect(endpoint_at(server.base_url())).ids == Ids{"c1"});
  }
  SECTION("of a thousand times its size") {
    const std::string bomb = gzipped(searchset({condition("c1")}, "\"note\":\"" + std::string(64 << 20, 'x') + "\","));
    const ScriptedServer server([&](const Asked&) { return Said{answer(200, bomb, headers)}; });
    Endpoint endpoint = endpoint_at(server.base_url());
    endpoint.max_page_bytes = 1 << 20;
    check_fails(collect(endpoint), ErrorCode::malformed_data, "the answer is too large");
  }
  SECTION("a plain body without end") {
    const std::string head = std::string("HTTP/1.1 200 OK\r\n") + kJson + "\r\n";
    const ScriptedServer server([&](const Asked&) { return Said{std::string(1 << 16, ' '), Said::Then::keep, 0, true, 0, head}; });
    Endpoint endpoint = endpoint_at(server.base_url());
    endpoint.max_page_bytes = 1 << 20;
    const auto client = client_of(endpoint);
    check_fails(collect(*client), ErrorCode::malformed_data, "the answer is too large");
    // Nothing goes on reading behind the caller's back.
    for (int round = 0; round < 500 && server.open_lines() > 0; ++round) std::this_thread::sleep_for(20ms);
    CHECK(server.open_lines() == 0);
  }
}

TEST_CASE("T08 T10 headers without end and a chunk larger than the cap do not fill the memory") {
  const std::string head = std::string("HTTP/1.1 200 OK\r\n") + kJson;
  const bool in_headers = GENERATE(true, false);
  const std::string begin = in_headers ? head : head + "Transfer-Encoding: chunked\r\n\r\n7fffffff\r\n";
  const std::string piece = in_headers ? "X-More: " + std::string(1 << 16, 'x') + "\r\n" : std::string(1 << 16, ' ');
  const ScriptedServer server([&](const Asked&) { return Said{piece, Said::Then::keep, 0, true, 0, begin}; });
  Endpoint endpoint = endpoint_at(server.base_url());
  endpoint.max_page_bytes = 1 << 20;
  endpoint.max_connections = 1;
  endpoint.request_timeout = 60s;
  check_fails(collect(endpoint), ErrorCode::malformed_data, "the answer is too large");
}

TEST_CASE("T11 packing that was not asked for is an error that names it") {
  const std::string name = GENERATE("deflate", "br", "zstd");
  const ScriptedServer server(
      [&](const Asked&) { return Said{answer(200, "\x78\x9c", std::string(kJson) + "Content-Encoding: " + name + "\r\n")}; });
  check_fails(collect(endpoint_at(server.base_url())), ErrorCode::malformed_data,
              "the answer is packed as " + name + ", though gzip alone was asked for");
}

TEST_CASE("T12 a login page with status 200 is an error, not an empty type") {
  const std::string type =
      GENERATE("Content-Type: text/html\r\n", "Content-Type: text/html; charset=utf-8\r\n", "Content-Type: text/plain\r\n", "");
  const ScriptedServer server([&](const Asked&) { return Said{answer(200, "<html>sign in</html>", type)}; });
  CHECK(collect(endpoint_at(server.base_url())).end.error().code == ErrorCode::malformed_data);
}

TEST_CASE("T13 the types under which servers send FHIR are accepted, and none at all where the body is a Bundle") {
  const std::string type = GENERATE("Content-Type: application/json+fhir\r\n", "Content-Type: application/json;charset=UTF-8\r\n",
                                    "Content-Type: text/json\r\n", "Content-Type: APPLICATION/FHIR+JSON\r\n", "");
  const ScriptedServer server([&](const Asked&) { return Said{answer(200, searchset({condition("c1")}), type)}; });
  CHECK(collect(endpoint_at(server.base_url())).ids == Ids{"c1"});
}

TEST_CASE("T14 a mark before the body is no part of it") {
  const ScriptedServer server([](const Asked&) { return Said{answer(200, "\xEF\xBB\xBF" + searchset({condition("c1")}))}; });
  CHECK(collect(endpoint_at(server.base_url())).ids == Ids{"c1"});
  const ScriptedServer one([](const Asked&) { return Said{answer(200, "\xEF\xBB\xBF{\"resourceType\":\"Condition\",\"id\":\"c1\"}")}; });
  CHECK(client_of(endpoint_at(one.base_url()))->read("Condition", "c1"));
}

TEST_CASE("T14 what is no one sound document is an error") {
  const std::string page = searchset({condition("c1")});
  const std::string body = GENERATE_COPY(page + "x", page + page, "[" + page + "]", std::string(400000, '['), std::string());
  const ScriptedServer server([&](const Asked&) { return Said{answer(200, body)}; });
  Endpoint endpoint = endpoint_at(server.base_url());
  endpoint.retry_for = 0ms;
  INFO(body.substr(0, 100));
  CHECK_FALSE(collect(endpoint).end);
  CHECK_FALSE(client_of(endpoint)->capability());
}

TEST_CASE("T14 one damaged record costs itself: the rest of its page is given") {
  const std::string deep = std::string(200000, '[') + std::string(200000, ']');
  const std::string more = GENERATE_COPY(std::string(",\"note\":\"\xFF\xFE\""), std::string(",\"id\":\"again\""),
                                         std::string(",\"x\":\"\\u0000\""), std::string(",\"x\":1e400"), ",\"x\":" + deep);
  const ScriptedServer server([&](const Asked&) { return Said{answer(200, searchset({condition("c1", more), condition("c2")}))}; });
  const Collected all = collect(endpoint_at(server.base_url()));
  REQUIRE(all.end);
  REQUIRE(all.ids.size() == 2);
  CHECK(all.ids.back() == "c2");
}

TEST_CASE("T16 a kept connection that the server has closed or reset is replaced without a word") {
  ScriptedServer server([](const Asked& asked) {
    if (asked.on_its_line == 2) return Said{"", Said::Then::reset};
    return Said{answer(200, searchset({condition("c1")})), asked.number == 3 ? Said::Then::close : Said::Then::keep};
  });
  Endpoint endpoint = endpoint_at(server.base_url());
  endpoint.retry_for = 0ms;
  const auto client = client_of(endpoint);
  for (int round = 0; round < 12; ++round) {
    INFO(round);
    const Collected all = collect(*client);
    CHECK(all.ids == Ids{"c1"});
    if (!all.end) UNSCOPED_INFO(all.end.error().message);
    CHECK(all.end);
    if (round > 6) server.break_lines();
  }
}

TEST_CASE("T16 a request that a server drops on a kept connection is sent once more, not for ever") {
  const ScriptedServer server([](const Asked& asked) {
    return asked.number == 0 ? Said{answer(200, searchset({condition("c1")}))} : Said{"", Said::Then::reset};
  });
  Endpoint endpoint = endpoint_at(server.base_url());
  endpoint.retry_for = 0ms;
  const auto client = client_of(endpoint);
  CHECK(collect(*client).end);
  check_fails(collect(*client), ErrorCode::unavailable, "no connection, or it broke off");
  CHECK(server.targets().size() <= 4);
}

TEST_CASE("T16 what writes is never sent twice, though a server drops it on a kept connection") {
  const std::string method = GENERATE("POST", "PUT", "DELETE");
  INFO(method);
  const Said dropped{"", GENERATE(Said::Then::close, Said::Then::reset)};
  const ScriptedServer server([&](const Asked& asked) { return asked.method == "GET" ? Said{answer(200, "{}")} : dropped; });
  const auto http = Http::create(endpoint_at(server.base_url()));
  REQUIRE(http);
  const auto url = parse_url(server.origin() + "/token");
  REQUIRE(url);
  REQUIRE((*http)->get(*url, {}, 5s, {}));
  Request request{.method = method};
  if (method != "DELETE") request = {.method = method, .body = "client_assertion=a", .body_type = "application/x-www-form-urlencoded"};
  const auto sent = (*http)->send(request, *url, {}, 5s, {});
  REQUIRE_FALSE(sent);
  CHECK(sent.error().code == ErrorCode::unavailable);
  CHECK(server.targets().size() == 2);
  // A connection that was kept is not what it goes by: one that is dead would cost the writing.
  CHECK(server.connections() == 2);
}
