// Whom to screen, where that is not everybody (interface.md section 3; ingestion items 41 and 47).
#include "tests/integration/world.h"

using namespace trialflag;
using namespace trialflag::screening;
using namespace trialflag::testing;
using World = RosterWorld;

namespace {

void on_roster(World& world, const std::vector<PatientId>& patients) {
  if (!world.roster) world.roster = std::make_unique<PaperRoster>();
  world.roster->patients = patients;
}

}  // namespace

TEST_CASE("roster: those on it are screened and nobody else") {
  World world;
  world.admit("p1");
  world.admit("p2");
  on_roster(world, {{"p1"}});
  CHECK(world.cycle().whole());
  CHECK(world.status("p1") == kGood);
  CHECK(world.status("p2") == "none");
  CHECK(world.hospital.reads == 1);
}

TEST_CASE("roster: who joins is read whole, with what lies long before the watermark") {
  World world;
  on_roster(world, {{"p1"}});
  world.admit("p1");
  world.admit("p2");
  world.cycle();
  world.pass(30 * kDay);
  on_roster(world, {{"p1"}, {"p2"}});
  world.cycle();
  CHECK(world.status("p2") == kGood);
}

TEST_CASE("roster: the flag of who leaves is withdrawn in the same cycle and taken back; the chart stays; coming back opens it again") {
  World world;
  on_roster(world, {{"p1"}, {"p2"}});
  world.admit("p1");
  world.admit("p2");
  world.cycle();
  world.pass(kHour);
  on_roster(world, {{"p1"}});
  world.cycle();
  CHECK(world.status("p2") == "withdrawn");
  CHECK(world.letters(NoticeKind::retracted) == 1);
  CHECK(world.state().chart({"p2"})->has_value());
  world.pass(kHour);
  world.put(World::pregabalin("p2"));
  CHECK(world.cycle(true).screened == 1);  // p1, read anew by the sweep
  CHECK(world.status("p2") == "withdrawn");
  CHECK(world.letters(NoticeKind::retracted) == 1);
  on_roster(world, {{"p1"}, {"p2"}});
  world.hospital.remove(fhir::ResourceType::medication_request, "rx-p2", world.now());
  world.cycle();
  CHECK(world.status("p2") == kGood);
  CHECK(world.letters(NoticeKind::opened) == 3);
}

TEST_CASE("roster: one that cannot be read changes nothing, and is told") {
  World world;
  on_roster(world, {{"p1"}});
  world.admit("p1");
  world.cycle();
  world.roster->unreadable = true;
  world.pass(kHour);
  world.put(World::pregabalin("p1"));
  const auto report = world.cycle();
  CHECK_FALSE(report.whole());
  CHECK(World::tells(report, "roster: cannot be read"));
  CHECK(world.status("p1") == "ineligible");
}

TEST_CASE("roster: before it was read once nobody is taken in or out") {
  World world;
  world.admit("p1");
  world.cycle();
  on_roster(world, {});
  world.roster->unreadable = true;
  world.admit("p2");
  world.pass(kHour);
  CHECK_FALSE(world.cycle().whole());
  CHECK(world.status("p1") == kGood);
  CHECK(world.status("p2") == "none");
}

TEST_CASE("roster: the brake holds the old members when all or very many are missing, for a day") {
  World world;
  std::vector<PatientId> all;
  for (int i = 100; i < 160; ++i) all.push_back({"p" + std::to_string(i)});
  for (const PatientId& id : all) world.patient(id.value);
  world.admit("p100");
  on_roster(world, all);
  world.cycle();
  const bool every = GENERATE(true, false);
  on_roster(world, every ? std::vector<PatientId>() : std::vector<PatientId>(all.begin() + 25, all.end()));
  world.pass(kHour);
  const auto report = world.cycle();
  CHECK_FALSE(report.whole());
  CHECK(World::tells(report, "members are no longer on it"));
  CHECK(world.status("p100") == kGood);
  world.pass(23 * kHour);
  world.cycle();
  CHECK(world.status("p100") == kGood);
  world.pass(kHour);
  CHECK(world.cycle().whole());
  CHECK(world.status("p100") == "withdrawn");
}

TEST_CASE("roster: who joins while the brake holds the old members does not let it go") {
  World world;
  const std::vector<PatientId> old = {{"p1"}, {"p2"}, {"p3"}};
  for (const PatientId& id : old) world.admit(id.value);
  world.patient("p4");
  on_roster(world, old);
  world.cycle();
  on_roster(world, {{"p4"}});
  for (int i = 0; i < 3; ++i) {
    world.pass(kHour);
    CHECK_FALSE(world.cycle().whole());
  }
  CHECK(world.status("p1") == kGood);
  world.pass(24 * kHour);
  CHECK(world.cycle().whole());
  CHECK(world.status("p1") == "withdrawn");
}

TEST_CASE("roster: from everybody to some, to others, and back to everybody") {
  World world;
  world.admit("p1");
  world.admit("p2");
  world.cycle();
  world.pass(kHour);
  on_roster(world, {{"p1"}});
  world.cycle();
  CHECK(world.status("p1") == kGood);
  CHECK(world.status("p2") == "withdrawn");
  world.pass(kHour);
  world.roster->called = "Group/2";
  on_roster(world, {{"p2"}});
  world.cycle();
  CHECK(world.status("p1") == "withdrawn");
  CHECK(world.status("p2") == kGood);
  world.pass(kHour);
  world.roster.reset();
  world.cycle();
  CHECK(world.status("p1") == kGood);
  CHECK(world.status("p2") == kGood);
}
