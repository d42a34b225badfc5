#include <catch2/catch.hpp>
#include <string>

#include "fhir/decode.h"

namespace trialflag::fhir {
namespace {

using Precision = RecordedTime::Precision;

std::string read(std::string_view text) {
  const auto time = parse_time(text);
  return time ? to_string(*time) : "none";
}

}  // namespace

TEST_CASE("time: each precision is kept as the interval that it means") {
  const auto year = parse_time("2024");
  REQUIRE(year);
  CHECK(year->precision == Precision::year);
  CHECK(to_string(year->first) == "2024-01-01");
  CHECK(to_string(year->last) == "2024-12-31");

  const auto month = parse_time("2024-02");
  REQUIRE(month);
  CHECK(month->precision == Precision::month);
  CHECK(to_string(month->last) == "2024-02-29");
  CHECK(to_string(parse_time("2100-02")->last) == "2100-02-28");
  CHECK(to_string(parse_time("2000-02")->last) == "2000-02-29");

  const auto day = parse_time("2024-02-29");
  REQUIRE(day);
  CHECK(day->precision == Precision::day);
  CHECK(day->first == day->last);
}

TEST_CASE("time: an instant is told in UTC whatever its offset") {
  CHECK(read("2015-02-07T13:28:17Z") == "2015-02-07T13:28:17Z");
  CHECK(read("2015-02-07T13:28:17.239+08:00") == "2015-02-07T05:28:17.239Z");
  CHECK(read("2015-02-07T13:28:17-05:00") == "2015-02-07T18:28:17Z");
  CHECK(read("2015-12-31T23:59:00-14:00") == "2016-01-01T13:59:00Z");
  CHECK(read("2015-02-07T13:28:17+05:45") == "2015-02-07T07:43:17Z");
  CHECK(read("1969-12-31T23:59:59.5Z") == "1969-12-31T23:59:59.500Z");
  CHECK(read("0001-01-01T00:00:00Z") == "0001-01-01T00:00:00Z");
}

TEST_CASE("time: leap seconds, fractions and missing seconds are read") {
  CHECK(read("2016-12-31T23:59:60Z") == "2016-12-31T23:59:59Z");
  CHECK(read("2015-02-07T13:28:17.1Z") == "2015-02-07T13:28:17.100Z");
  CHECK(read("2015-02-07T13:28:17.123456789012345678901Z") == "2015-02-07T13:28:17.123Z");
  CHECK(read("2015-02-07T13:28Z") == "2015-02-07T13:28:00Z");
}

TEST_CASE("time: a time without a zone is read as its date") {
  CHECK(read("2015-02-07T23:28:17") == "2015-02-07");
  CHECK(read("2015-02-07T23:28:17.5") == "2015-02-07");
  CHECK(read("2015-02-07T23:28") == "2015-02-07");
}

TEST_CASE("time: what is no FHIR time is refused") {
  for (const char* text : {"",
                           "0000",
                           "202",
                           "20240",
                           "2023-02-30",
                           "2023-02-29",
                           "2023-13",
                           "2023-00",
                           "2023-01-00",
                           "2023-01-32",
                           "2023-1-1",
                           "20230101",
                           "2023-01-01T",
                           "2023-01-01T24:00:00Z",
                           "2023-01-01T12",
                           "2023-01-01T12:60:00Z",
                           "2023-01-01T12:00:61Z",
                           "2023-01-01T12:00:00.Z",
                           "2023-01-01T12:00:00+8:00",
                           "2023-01-01T12:00:00+0800",
                           "2023-01-01T12:00:00+15:00",
                           "2023-01-01T12:00:00+14:30",
                           "2023-01-01T12:00:00ZZ",
                           "2023-01-01 12:00:00Z",
                           "2023-01-01t12:00:00z",
                           " 2023",
                           "2023 ",
                           "-2023",
                           "+2023",
                           "2023-",
                           "2023-01-",
                           "2023/01/01",
                           "01.02.2023",
                           "unknown"}) {
    INFO(text);
    CHECK(read(text) == "none");
  }
}

}  // namespace trialflag::fhir
