// patients.txt, line by line.
#include "agent/settings/roster_file.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <thread>

#include "agent/settings/settled_file.h"
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

TEST_CASE("settled file: a list that is being written is read when it is whole") {
  const TemporaryFolder folder;
  const std::string path = folder.write("patients.txt", "a\n");
  struct stat about {};
  REQUIRE(::stat(path.c_str(), &about) == 0);
  const Instant now{static_cast<std::int64_t>(about.st_mtim.tv_sec) * 1000};
  std::jthread writer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
    std::ofstream(path, std::ios::app) << "b\n";
  });
  // A cycle may have begun long before the file was touched.
  const auto content = read_settled(path, {now.ms - GENERATE(0, 60000)});
  REQUIRE(content);
  CHECK(*content == "a\nb\n");
  CHECK(*read_settled(path, {now.ms + 3600000}) == "a\nb\n");
  CHECK_FALSE(read_settled(folder.path() + "/none.txt", now));
}
