// Lists: CSV that opens right in a spreadsheet, and nothing in it that a spreadsheet would run.
#include "agent/app/listing.h"

#include <catch2/catch.hpp>
#include <sstream>

using namespace trialflag::app;

namespace {

std::string csv_of(const std::string& value) {
  Row row;
  row.text("a", value);
  std::ostringstream out;
  RowWriter(out, "csv", {}, "").write(row);
  return out.str();
}

}  // namespace

TEST_CASE("listing: a text that a spreadsheet would run is kept from being a formula") {
  CHECK(csv_of("=1+1") == "a\r\n'=1+1\r\n");
  CHECK(csv_of("@SUM(A1)") == "a\r\n'@SUM(A1)\r\n");
  CHECK(csv_of("+49 30") == "a\r\n'+49 30\r\n");
  CHECK(csv_of("-cmd|' /C calc'!A0") == "a\r\n'-cmd|' /C calc'!A0\r\n");
  CHECK(csv_of("\t=1") == "a\r\n'\t=1\r\n");
  CHECK(csv_of("-5.5") == "a\r\n-5.5\r\n");
  CHECK(csv_of("=HYPERLINK(\"x\",\"y\")") == "a\r\n\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"\r\n");
}

TEST_CASE("listing: CSV names its columns also when no row follows") {
  Row head;
  head.text("code", "");
  head.text("outcome", "");
  std::ostringstream out;
  RowWriter writer(out, "csv", {}, "nobody", head);
  writer.finish();
  CHECK(out.str() == "code,outcome\r\n");
}

TEST_CASE("listing: a withheld count is null for programs and a sign for people") {
  Row row;
  row.count("count", 3, true, "<5");
  CHECK(row.to_json() == "{\"count\":null}");
  CHECK(row.text_of("count") == "<5");
}
