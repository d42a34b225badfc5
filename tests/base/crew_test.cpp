// A crew runs so many jobs at once, in the order in which they are given, and leaves none behind.
#include "agent/base/crew.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <latch>
#include <stdexcept>

using namespace trialflag;

TEST_CASE("as many jobs run at once as there are threads") {
  Crew crew(3);
  // Each of the three waits until all of them have begun: with fewer threads this would never end.
  std::latch begun(3);
  std::vector<std::future<int>> results;
  for (int i = 0; i < 3; ++i)
    results.push_back(crew.give([&begun, i] {
      begun.arrive_and_wait();
      return i;
    }));
  for (int i = 0; i < 3; ++i) CHECK(results[static_cast<std::size_t>(i)].get() == i);
}

TEST_CASE("one thread does its jobs in the order in which they were given") {
  std::vector<int> done;
  {
    Crew crew(1);
    for (int i = 0; i < 100; ++i) (void)crew.give([&done, i] { done.push_back(i); });
  }
  REQUIRE(done.size() == 100);
  for (int i = 0; i < 100; ++i) CHECK(done[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("the end waits for what was given, and a dropped result stops nothing") {
  std::atomic<int> done = 0;
  {
    Crew crew(4);
    for (int i = 0; i < 1000; ++i) (void)crew.give([&done] { ++done; });
  }
  CHECK(done == 1000);
}

TEST_CASE("what a job throws reaches whoever asks for its result, and the thread goes on") {
  Crew crew(1);
  auto thrown = crew.give([]() -> int { throw std::runtime_error("x"); });
  auto after = crew.give([] { return 7; });
  CHECK_THROWS_AS(thrown.get(), std::runtime_error);
  CHECK(after.get() == 7);
}
