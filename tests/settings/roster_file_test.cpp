// patients.txt, line by line.
#include "agent/settings/roster_file.h"

#include <catch2/catch.hpp>

#include "tests/support/temporary_folder.h"

using namespace trialflag;
using namespace trialflag::settings;

TEST_CASE("roster file: a patient a line, with comments, blanks and any line ends; what names no patient is told by line") {
  const TemporaryFolder folder;
  const std::string path = folder.write("patients.txt",
                                        "\xEF\xBB\xBF# whom to screen\r\nPatient/a\r\n  b  # since May\n\nPatient/a\ntwo words\n"
                                        "Group/g\n" +
                                            std::string(65, 'x') + "\nc.1-2");
  const auto roster = read_roster_file(path);
  REQUIRE(roster);
  CHECK(roster->ids == std::vector<std::string>{"a", "b", "c.1-2"});
  CHECK(roster->flaws == std::vector<int>{6, 7, 8});
  CHECK_FALSE(read_roster_file(folder.path() + "/none.txt"));
}
