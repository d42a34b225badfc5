// Hints move the next cycle forward and nothing else.
#include "agent/monitor/wake.h"

#include <catch2/catch.hpp>
#include <thread>

using namespace trialflag::monitor;
using namespace std::chrono_literals;

TEST_CASE("without hints a cycle begins when it is due") {
  Wake wake(1s);
  const std::stop_source stop;
  CHECK(wake.wait(1ms, stop.get_token()) == Wake::Why::due);
  CHECK(wake.counts().early == 0);
}

TEST_CASE("a hint ends the wait, also one that came before it, and a stop does") {
  Wake wake(1h);
  std::stop_source stop;
  std::thread hinter([&] { wake.hint(); });
  CHECK(wake.wait(1h, stop.get_token()) == Wake::Why::hint);
  hinter.join();
  std::thread stopper([&] { stop.request_stop(); });
  CHECK(wake.wait(1h, stop.get_token()) == Wake::Why::stop);
  stopper.join();
}

TEST_CASE("a flood of hints makes one early cycle in the time allowed") {
  Wake wake(1h);
  const std::stop_source stop;
  for (int i = 0; i < 10000; ++i) wake.hint();
  CHECK(wake.wait(1h, stop.get_token()) == Wake::Why::hint);
  for (int i = 0; i < 10000; ++i) wake.hint();
  CHECK(wake.wait(20ms, stop.get_token()) == Wake::Why::due);
  CHECK(wake.wait(1ms, stop.get_token()) == Wake::Why::due);
  CHECK(wake.counts().hints == 20000);
  CHECK(wake.counts().early == 1);
}

TEST_CASE("a hint that comes too soon is heeded when the time has passed") {
  Wake wake(10ms);
  const std::stop_source stop;
  wake.hint();
  CHECK(wake.wait(1h, stop.get_token()) == Wake::Why::hint);
  wake.hint();
  CHECK(wake.wait(1h, stop.get_token()) == Wake::Why::hint);
}
