#include "fhir/client/headers.h"

#include <catch2/catch.hpp>

using namespace trialflag;
using namespace trialflag::fhir;

TEST_CASE("headers: the media type is judged without its parameters") {
  CHECK(is_fhir_json(media_type("Application/FHIR+JSON; charset=utf-8")));
  CHECK(is_fhir_json(media_type("application/json+fhir")));
  CHECK_FALSE(is_fhir_json(media_type("text/html; charset=utf-8")));
  CHECK_FALSE(is_fhir_json(media_type("")));
}

TEST_CASE("headers: a parameter is percent-encoded whole") {
  CHECK(percent_encode("ge2026-01-01T00:00:00+08:00|a,b&c=d é") == "ge2026-01-01T00%3A00%3A00%2B08%3A00%7Ca%2Cb%26c%3Dd%20%C3%A9");
}

TEST_CASE("headers: a link is sent as it is but for what may not stand in a URI") {
  CHECK(as_uri("/fhir/Condition?a=b%20c&e=+,;'") == "/fhir/Condition?a=b%20c&e=+,;'");
  CHECK(as_uri("/a?code=s|1&d=[1]&x=\"{é}^\\`<>%zz%") == "/a?code=s%7C1&d=%5B1%5D&x=%22%7B%C3%A9%7D%5E%5C%60%3C%3E%25zz%25");
}

TEST_CASE("headers: packing that is damaged or cut off is told") {
  CHECK(unpack("no gzip", 1000).error().code == ErrorCode::malformed_data);
  CHECK(unpack("", 1000).error().code == ErrorCode::unavailable);
}

TEST_CASE("T11 an encoding is told by its name when it is a known one, never in the server's words") {
  CHECK(encoding_name("br") == "as br");
  CHECK(encoding_name("Deflate ; q=1") == "as deflate");
  CHECK(encoding_name("secret-of-a-patient") == "in an unknown way");
}
