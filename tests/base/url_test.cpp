#include "agent/base/url.h"

#include <catch2/catch.hpp>

using namespace trialflag;

TEST_CASE("url: an absolute URL falls into its parts") {
  const auto url = parse_url("HTTPS://Ehr.Example.org/fhir/Patient?_count=5#x");
  REQUIRE(url);
  CHECK(url->host == "ehr.example.org");
  CHECK(url->port == 443);
  CHECK(url->path == "/fhir/Patient");
  CHECK(url->query == "_count=5");
  CHECK(url->text() == "https://ehr.example.org/fhir/Patient?_count=5");
  CHECK(parse_url("http://127.0.0.1:8080")->text() == "http://127.0.0.1:8080/");
  CHECK(parse_url("http://[::1]:81/x")->host == "[::1]");
}

TEST_CASE("url: what is no plain http URL is refused") {
  for (const char* bad : {"", "ehr.example.org/fhir", "ftp://h/", "http://", "http://h:0/", "http://h:99999/", "http://h:80x/",
                          "http://a b/", "http://u:p@h/", "http://h\\@evil/", "http://[::1/", "file:///etc/passwd"}) {
    INFO(bad);
    CHECK_FALSE(parse_url(bad));
  }
}

TEST_CASE("url: two origins are equal by scheme, host and port alone") {
  const Url base = *parse_url("https://h.org/fhir");
  CHECK(base.same_origin(*parse_url("https://H.org:443/other")));
  CHECK_FALSE(base.same_origin(*parse_url("http://h.org/fhir")));
  CHECK_FALSE(base.same_origin(*parse_url("https://h.org:444/fhir")));
  CHECK_FALSE(base.same_origin(*parse_url("https://h.org.evil.net/fhir")));
}

TEST_CASE("url: a link is resolved against the page that holds it") {
  const Url page = *parse_url("https://h.org/fhir/Patient?a=1");
  CHECK(resolve_url(page, "https://x.org/y")->text() == "https://x.org/y");
  CHECK(resolve_url(page, "//x.org/y")->text() == "https://x.org/y");
  CHECK(resolve_url(page, "/z?b=2")->text() == "https://h.org/z?b=2");
  CHECK(resolve_url(page, "?b=2")->text() == "https://h.org/fhir/Patient?b=2");
  CHECK(resolve_url(page, "Patient?page=2&t=a:b")->text() == "https://h.org/fhir/Patient?page=2&t=a:b");
  CHECK(resolve_url(page, "../x/./y")->text() == "https://h.org/x/y");
  CHECK(resolve_url(page, "../../../x")->text() == "https://h.org/x");
  CHECK_FALSE(resolve_url(page, "javascript:alert"));
}

TEST_CASE("url: loopback is known by name and number") {
  for (const char* host : {"localhost", "127.0.0.1", "127.1.2.3", "[::1]", "::1"}) CHECK(is_loopback(host));
  for (const char* host : {"127.evil.org", "localhost.evil.org", "10.0.0.1", "128.0.0.1", "127.0.0.1.evil.org", "0.0.0.0"})
    CHECK_FALSE(is_loopback(host));
}
