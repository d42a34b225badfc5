#include "fhir/client/headers.h"

#include <catch2/catch.hpp>

using namespace trialflag;
using namespace trialflag::fhir;
using namespace std::chrono_literals;

TEST_CASE("headers: Retry-After is read in every form that servers send") {
  const Instant now = *parse_http_date("Sun, 22 Nov 2026 19:00:00 GMT");
  CHECK(now.ms == 1795374000000);
  CHECK(parse_retry_after("120", now) == 120s);
  CHECK(parse_retry_after("0", now) == 0s);
  CHECK(parse_retry_after("-5", now) == 0s);
  CHECK(parse_retry_after("Sun, 22 Nov 2026 19:00:30 GMT", now) == 30s);
  CHECK(parse_retry_after("Sun, 22 Nov 2026 18:00:00 GMT", now) == 0s);
  CHECK(parse_retry_after("1795374007", now) == 7s);
  CHECK(parse_retry_after("1795374007000", now) == 7s);
  for (const char* bad : {"", "soon", "12 parsecs", "99999999999999999999999"}) CHECK_FALSE(parse_retry_after(bad, now));
  CHECK_FALSE(parse_retry_after("Sun, 22 Nov 2026 19:00:30 GMT", std::nullopt));
}

TEST_CASE("headers: the media type is judged without its parameters") {
  CHECK(is_fhir_json(media_type("Application/FHIR+JSON; charset=utf-8")));
  CHECK(is_fhir_json(media_type("application/json+fhir")));
  CHECK_FALSE(is_fhir_json(media_type("text/html; charset=utf-8")));
  CHECK_FALSE(is_fhir_json(media_type("")));
}

TEST_CASE("headers: a parameter is percent-encoded whole") {
  CHECK(percent_encode("ge2026-01-01T00:00:00+08:00|a,b&c=d é") == "ge2026-01-01T00%3A00%3A00%2B08%3A00%7Ca%2Cb%26c%3Dd%20%C3%A9");
}

TEST_CASE("headers: packing that is damaged or cut off is told") {
  CHECK(unpack("no gzip", 1000).error().code == ErrorCode::malformed_data);
  CHECK(unpack("", 1000).error().code == ErrorCode::unavailable);
}
