// What systemd is told, over a socket of its kind.
#include "agent/monitor/service.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>

#include "tests/support/temporary_folder.h"

using namespace trialflag;
using namespace trialflag::monitor;
using namespace std::chrono_literals;

TEST_CASE("systemd is told over its socket, and nobody where there is none") {
  ::unsetenv("NOTIFY_SOCKET");
  CHECK_FALSE(tell_service("READY=1"));
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/notify";
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  REQUIRE(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  CHECK(tell_service("READY=1"));
  char got[64] = {};
  CHECK(::recv(socket, got, sizeof got - 1, MSG_DONTWAIT) == 7);
  CHECK(std::string(got) == "READY=1");
  ::setenv("NOTIFY_SOCKET", (path + "-gone").c_str(), 1);
  CHECK_FALSE(tell_service("READY=1"));
  ::unsetenv("NOTIFY_SOCKET");
  ::close(socket);
}

TEST_CASE("the watchdog's patience is this process's alone") {
  ::unsetenv("WATCHDOG_PID");
  ::unsetenv("WATCHDOG_USEC");
  CHECK_FALSE(watchdog_patience());
  ::setenv("WATCHDOG_USEC", "5000000", 1);
  CHECK(watchdog_patience() == 5s);
  ::setenv("WATCHDOG_PID", "1", 1);
  CHECK_FALSE(watchdog_patience());
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  CHECK(watchdog_patience() == 5s);
  ::unsetenv("WATCHDOG_PID");
  ::unsetenv("WATCHDOG_USEC");
}
