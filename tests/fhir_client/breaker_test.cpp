#include "fhir/client/breaker.h"

#include <catch2/catch.hpp>

using namespace trialflag::fhir;
using namespace std::chrono_literals;

namespace {

const std::string kOrigin = "https://ehr.test";
const Breaker::Moment kStart{};

Breaker::Rules strict() {
  return {2, 10s, 30s};
}

void open(Breaker& breaker) {
  breaker.failed(kOrigin, kStart);
  breaker.failed(kOrigin, kStart);
}

}  // namespace

TEST_CASE("R02 the breaker opens after failures in a row, and an answer between them forgets them") {
  Breaker breaker(strict());
  breaker.failed(kOrigin, kStart);
  breaker.succeeded(kOrigin);
  breaker.failed(kOrigin, kStart);
  CHECK(breaker.ask(kOrigin, kStart).wait == 0s);
  breaker.failed(kOrigin, kStart);
  CHECK(breaker.ask(kOrigin, kStart).wait == 10s);
  CHECK_FALSE(breaker.ask(kOrigin, kStart).asked);
  CHECK(breaker.ask("https://other.test", kStart).wait == 0s);
}

TEST_CASE("R02 after the pause one request tries, the others wait for it") {
  Breaker breaker(strict());
  open(breaker);
  const auto later = kStart + 10s;
  const auto permit = breaker.ask(kOrigin, later);
  CHECK(permit.wait == 0s);
  CHECK(permit.probe);
  CHECK(breaker.ask(kOrigin, later).wait > 0s);
  SECTION("its success closes the breaker") {
    breaker.succeeded(kOrigin);
    CHECK(breaker.ask(kOrigin, later).wait == 0s);
    CHECK_FALSE(breaker.ask(kOrigin, later).probe);
  }
  SECTION("its failure doubles the pause, up to the longest") {
    breaker.failed(kOrigin, later);
    CHECK(breaker.ask(kOrigin, later).wait == 20s);
    CHECK(breaker.ask(kOrigin, later + 20s).probe);
    breaker.failed(kOrigin, later + 20s);
    CHECK(breaker.ask(kOrigin, later + 20s).wait == 30s);
  }
  SECTION("when it is given up another may try") {
    breaker.abandoned(kOrigin);
    CHECK(breaker.ask(kOrigin, later).probe);
  }
}

TEST_CASE("R02 who was under way when the breaker opened does not lengthen the pause") {
  Breaker breaker(strict());
  open(breaker);
  breaker.failed(kOrigin, kStart + 1s);
  CHECK(breaker.ask(kOrigin, kStart + 1s).wait == 9s);
}

TEST_CASE("R01 a server that asks to be left alone is, until then") {
  Breaker breaker(strict());
  breaker.hold(kOrigin, kStart + 5s);
  breaker.hold(kOrigin, kStart + 3s);
  CHECK(breaker.ask(kOrigin, kStart).wait == 5s);
  CHECK(breaker.ask(kOrigin, kStart).asked);
  breaker.succeeded(kOrigin);
  CHECK(breaker.ask(kOrigin, kStart + 4s).wait == 1s);
  CHECK(breaker.ask(kOrigin, kStart + 5s).wait == 0s);
}
