// Whose a state is, and who may open it.
#include <catch2/catch.hpp>

#include "agent/store/desk.h"
#include "agent/store/sqlite.h"
#include "tests/store/good.h"

using namespace trialflag;
using testing::good;
using testing::kHere;
using testing::open;
using testing::state_in;

namespace fs = std::filesystem;

TEST_CASE("state: the folder is private and survives being opened again") {
  const TemporaryFolder folder;
  CHECK(open(folder)->site() == "here");
  CHECK((fs::status(state_in(folder)).permissions() & fs::perms::others_all) == fs::perms::none);
  CHECK((fs::status(state_in(folder) / "state.db").permissions() & (fs::perms::others_all | fs::perms::group_all)) == fs::perms::none);
  CHECK(open(folder)->site() == "here");
}

TEST_CASE("state: the site is fixed at the first start, and a state of another server is refused") {
  const TemporaryFolder folder;
  CHECK(open(folder, {"", "https://a.example/fhir"})->site() == "https://a.example/fhir");
  const auto other = store::State::open(state_in(folder), {"", "https://b.example/fhir"});
  REQUIRE_FALSE(other);
  CHECK(other.error().code == ErrorCode::invalid_config);
  CHECK(open(folder, {"named", "https://a.example/fhir"})->site() == "https://a.example/fhir");
}

TEST_CASE("state: a named site may move its server, another site may not take its place") {
  const TemporaryFolder folder;
  open(folder, {"here", "https://old.example/fhir"});
  CHECK(open(folder, {"here", "https://new.example/fhir"})->site() == "here");
  CHECK_FALSE(store::State::open(state_in(folder), {"there", "https://new.example/fhir"}));
}

TEST_CASE("state: people who look are told whose it is when it is another's") {
  const TemporaryFolder folder;
  open(folder, {"here", "https://old.example/fhir"});
  const auto desk = good(store::Desk::open(state_in(folder)));
  CHECK(good(desk->foreign_to({"here", "https://old.example/fhir"})).empty());
  CHECK(good(desk->foreign_to({"here", "https://new.example/fhir"})).empty());
  CHECK(good(desk->foreign_to({"there", "https://old.example/fhir"})) == "the site \"here\"");
  CHECK(good(desk->foreign_to({"there", "https://new.example/fhir"})) == "the server https://old.example/fhir");
}

TEST_CASE("state: two agents do not run on one state") {
  const TemporaryFolder folder;
  const auto first = open(folder);
  const auto second = store::State::open(state_in(folder), kHere);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ErrorCode::unavailable);
}

TEST_CASE("state: a file of a newer version is refused") {
  const TemporaryFolder folder;
  open(folder);
  store::Database(state_in(folder) / "state.db").execute("PRAGMA user_version = 999");
  const auto state = store::State::open(state_in(folder), kHere);
  REQUIRE_FALSE(state);
  CHECK(state.error().message.find("newer version") != std::string::npos);
}
