#include "fhir/client/retry_after.h"

#include <catch2/catch.hpp>

#include "fhir/client/headers.h"

using namespace trialflag;
using namespace trialflag::fhir;
using namespace std::chrono_literals;

TEST_CASE("R01 Retry-After is read in every form that servers send, and never means centuries") {
  const Instant now = *parse_http_date("Sun, 22 Nov 2026 19:00:00 GMT");
  CHECK(now.ms == 1795374000000);
  CHECK(parse_retry_after("5", now) == 5s);
  CHECK(parse_retry_after("0", now) == 0s);
  CHECK(parse_retry_after("-1", now) == 0s);
  CHECK(parse_retry_after("-9223372036854775808", now) == 0s);
  CHECK(parse_retry_after("18000", now) == kLongestWait);
  CHECK(parse_retry_after("Sun, 22 Nov 2026 19:00:30 GMT", now) == 30s);
  CHECK(parse_retry_after("Sun, 22 Nov 2026 18:00:00 GMT", now) == 0s);
  CHECK(parse_retry_after("Mon, 23 Nov 2026 19:00:00 GMT", now) == kLongestWait);
  CHECK(parse_retry_after("1795374007", now) == 7s);
  CHECK(parse_retry_after("1795374007000", now) == 7s);
  CHECK(parse_retry_after("1795341613473", now) == 0s);
  CHECK(parse_retry_after("9223372036854775807", now) == kLongestWait);
  for (const char* garbage : {"", "abc", "soon", "12 parsecs", "99999999999999999999999 parsecs", "Sun, 22 Nov"})
    CHECK_FALSE(parse_retry_after(garbage, now));
  CHECK_FALSE(parse_retry_after("Sun, 22 Nov 2026 19:00:30 GMT", std::nullopt));
  CHECK_FALSE(parse_retry_after("1795374007", std::nullopt));
}

TEST_CASE("R01 a number that fits nowhere is beyond the longest wait, whatever the clock") {
  const Instant now = *parse_http_date("Sun, 22 Nov 2026 19:00:00 GMT");
  CHECK(parse_retry_after("99999999999999999999", now) == kLongestWait);
  CHECK(parse_retry_after("99999999999999999999", std::nullopt) == kLongestWait);
  CHECK(parse_retry_after("-99999999999999999999", now) == 0s);
  CHECK(parse_retry_after_ms("99999999999999999999") == kLongestWait);
  CHECK(wait_told_in("in 99999999999999999999 minutes") == kLongestWait);
}

TEST_CASE("R01 milliseconds are read from Azure's header") {
  CHECK(parse_retry_after_ms("250") == 250ms);
  CHECK(parse_retry_after_ms("-3") == 0ms);
  CHECK(parse_retry_after_ms("99999999999") == kLongestWait);
  CHECK_FALSE(parse_retry_after_ms("1.5"));
  CHECK_FALSE(parse_retry_after_ms(""));
}

TEST_CASE("R01 a wait that is told in words alone is a hint") {
  CHECK(wait_told_in("User Rate Limit Exceeded, Try in another 844 seconds") == 844s);
  CHECK(wait_told_in(R"({"issue":[{"details":{"text":"try again in 2 minutes"}}]})") == 120s);
  CHECK(wait_told_in("in 99999999999999 seconds") == kLongestWait);
  CHECK_FALSE(wait_told_in("wait a few seconds"));
  CHECK_FALSE(wait_told_in("a second one, and 12 others"));
  CHECK_FALSE(wait_told_in(std::string(100000, 'x') + " 5 seconds"));
}
