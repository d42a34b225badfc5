#include "agent/base/errands.h"

#include <catch2/catch.hpp>
#include <stdexcept>
#include <thread>
#include <vector>

using trialflag::Errands;

TEST_CASE("errands are run in order on the thread that waits, and what they wrote can be read when they are settled") {
  Errands errands;
  const auto here = std::this_thread::get_id();
  std::vector<int> kept;
  bool elsewhere = false, all_here = true;
  const std::size_t seen = errands.run([&] {
    elsewhere = std::this_thread::get_id() != here;
    for (int i = 0; i < 1000; ++i) {
      CHECK(errands.give([&, i] {
        all_here = all_here && std::this_thread::get_id() == here;
        kept.push_back(i);
      }));
      if (i % 100 == 0) CHECK((errands.settle() && kept.back() == i));
    }
    CHECK(errands.settle());
    return kept.size();
  });
  CHECK(seen == 1000);
  CHECK(elsewhere);
  CHECK(all_here);
  for (int i = 0; i < 1000; ++i) REQUIRE(kept[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("errands: one that was given last is run though the reader has ended") {
  Errands errands;
  bool ran = false;
  errands.run([&] { errands.give([&] { ran = true; }); });
  CHECK(ran);
}

TEST_CASE("errands: what one throws ends them and comes out, and so does what the reader throws") {
  Errands errands;
  bool after = false, taken = true, settled = true;
  CHECK_THROWS_AS(errands.run([&] {
    errands.give([] { throw std::runtime_error("full"); });
    settled = errands.settle();
    taken = errands.give([&] { after = true; });
  }),
                  std::runtime_error);
  CHECK_FALSE(settled);
  CHECK_FALSE(taken);
  CHECK_FALSE(after);
  CHECK_THROWS_AS(errands.run([]() -> int { throw std::logic_error("reader"); }), std::logic_error);
  CHECK(errands.run([] { return 7; }) == 7);
}
