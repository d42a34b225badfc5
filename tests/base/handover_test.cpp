// What many threads give is run by the one that serves, and whoever gave it learns what came of it.
#include "agent/base/handover.h"

#include <catch2/catch.hpp>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace trialflag;

TEST_CASE("handover: jobs are run by the serving thread, one at a time, each once") {
  Handover handover;
  constexpr int kThreads = 4, kEach = 500;
  int sum = 0;  // of the serving thread alone
  std::set<std::thread::id> ran_by;
  std::vector<std::jthread> givers;
  for (int i = 0; i < kThreads; ++i)
    givers.emplace_back([&] {
      for (int n = 0; n < kEach; ++n) {
        Handover::Job job([&] {
          ++sum;
          ran_by.insert(std::this_thread::get_id());
        });
        handover.give(job);
        CHECK(handover.wait(job));
      }
    });
  for (int i = 0; i < kThreads * kEach; ++i) handover.serve();
  CHECK(sum == kThreads * kEach);
  CHECK(ran_by == std::set{std::this_thread::get_id()});
}

TEST_CASE("handover: what a job throws reaches who serves, and who gave it learns that it did not come to its end") {
  Handover handover;
  bool bad_ran = true, good_ran = false;
  std::jthread giver([&] {
    Handover::Job bad([] { throw std::runtime_error("x"); }), good([] {});
    handover.give(bad);
    bad_ran = handover.wait(bad);
    handover.give(good);
    good_ran = handover.wait(good);
  });
  CHECK_THROWS_AS(handover.serve(), std::runtime_error);
  handover.serve();
  giver.join();
  CHECK_FALSE(bad_ran);
  CHECK(good_ran);
}

TEST_CASE("handover: closed, it runs nothing more and keeps nobody waiting") {
  Handover handover;
  bool ran = false;
  Handover::Job before([&] { ran = true; }), after([&] { ran = true; });
  handover.give(before);
  handover.close();
  handover.give(after);
  CHECK_FALSE(handover.wait(before));
  CHECK_FALSE(handover.wait(after));
  CHECK_FALSE(ran);
}
