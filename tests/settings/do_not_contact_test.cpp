// The do-not-contact list: who is on it, and what is made of lines that cannot be read.
#include "agent/settings/do_not_contact.h"

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <fstream>

using namespace trialflag;

namespace {

struct List {
  explicit List(const std::string& text) {
    char name[] = "/tmp/trialflag-list-XXXXXX";
    path = mkdtemp(name);
    std::ofstream(path / "l.csv", std::ios::binary) << text;
    list = settings::read_do_not_contact(path / "l.csv", *Zone::named("Asia/Shanghai"), *parse_instant("2026-11-22T16:30:00Z", Zone::utc()),
                                         flaws);
  }
  ~List() { std::filesystem::remove_all(path); }
  List(const List&) = delete;
  List& operator=(const List&) = delete;
  std::filesystem::path path;
  std::vector<std::string> flaws;
  std::optional<settings::DoNotContact> list;
};

}  // namespace

TEST_CASE("do not contact: until its last day in the site's zone, for ever without one") {
  const List read("\xEF\xBB\xBFpatient;reason;until\r\nPatient/p1;told us;\r\np2;x;2026-11-23\r\np3;x;2026-11-22\r\n");
  REQUIRE(read.list);
  CHECK(read.list->patients == std::set<std::string>{"p1", "p2"});  // it is the 23rd in Shanghai
  CHECK(read.list->flaws.empty());
}

TEST_CASE("do not contact: a line that cannot be read is named, and errs on the side of silence") {
  const List read("patient,reason,until\np1,x,soon\n,x,\np 2,x,\n");
  REQUIRE(read.list);
  CHECK(read.list->patients == std::set<std::string>{"p1"});
  REQUIRE(read.list->flaws.size() == 3);
  CHECK_THAT(read.list->flaws[0], Catch::Contains("l.csv:2: until is no day") && !Catch::Contains("p1"));
  CHECK_THAT(read.list->flaws[1], Catch::Contains("l.csv:3: names no patient"));
}

TEST_CASE("do not contact: a file without the column, or none at all, is no list") {
  const List read("id,reason\np1,x\n");
  CHECK_FALSE(read.list);
  REQUIRE(read.flaws.size() == 1);
  CHECK_THAT(read.flaws[0], Catch::Contains("l.csv:1: has no column patient"));
  CHECK_FALSE(List("").list);
}
