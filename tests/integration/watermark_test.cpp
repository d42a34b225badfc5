// How far a type was read: cases W01 to W07 of the failure catalogue; and what vanishes: S11, S12 and the silent zero.
#include "tests/integration/world.h"

using namespace trialflag;
using namespace trialflag::screening;
using namespace trialflag::testing;
using fhir::ResourceType;
using World = RosterWorld;

namespace {

Instant utc(const std::string& text) {
  return *parse_instant(text, Zone::utc());
}

/// A record that says itself when it was written.
std::string stamped(std::string json, const std::string& stamp) {
  return json.replace(1, 0, R"("meta":{"lastUpdated":")" + stamp + R"("},)");
}

/// The patient and the diagnosis, written at that moment and stamped so.
void admit_stamped(World& world, const std::string& id, Instant written, const std::string& stamp) {
  const std::string patient = R"({"resourceType":"Patient","id":")" + id + R"(","gender":"female","birthDate":"1980-01-01"})";
  world.hospital.put(stamped(patient, stamp), written);
  world.hospital.put(stamped(World::fibromyalgia(id, id), stamp), written);
}

std::string refuted(const std::string& id) {
  std::string json = World::fibromyalgia(id, id);
  return json.replace(json.find("confirmed"), 9, "refuted");
}

}  // namespace

TEST_CASE("W01 a record that becomes visible late, with a time before the watermark, is found by the overlap") {
  World world;
  world.admit("p1");
  world.cycle();
  world.patient("p2");
  world.put(World::fibromyalgia("p2", "p2"), -100000);
  world.pass(kMinute);
  world.cycle();
  CHECK(world.status("p2") == kGood);
}

TEST_CASE("W02 however a stamp is written, the watermark goes no further than it allows, and a row that follows is found") {
  struct Case {
    std::string stamp;    ///< of what was written at 09:53:19.123 UTC
    const char* allowed;  ///< the watermark by it; null: it tells no moment, so that nothing moves
  };
  const Case its = GENERATE(
      Case{"2026-11-22T04:53:19.123-05:00", "2026-11-22T09:53:19.123Z"},  //
      Case{"2026-11-22T23:53:19.123+14:00", "2026-11-22T09:53:19.123Z"}, Case{"2026-11-22T09:53:19.123999Z", "2026-11-22T09:53:19.123Z"},
      Case{"2026-11-22T09:53:19Z", "2026-11-22T09:53:19Z"}, Case{"2026-11-22", nullptr}, Case{"2026-11", nullptr},
      Case{"2026-11-22T09:53:19", nullptr}, Case{"2026-11-22 09:53:19", nullptr}, Case{"just now", nullptr}, Case{"", nullptr});
  INFO(its.stamp);
  World world;
  world.overlap = 0;
  world.hospital.clock = world.now();
  world.hospital.stamps = true;
  const Instant written = utc("2026-11-22T09:53:19.123Z"), before{written.ms - kMinute};
  admit_stamped(world, "p0", before, Zone::utc().format(before));
  REQUIRE(world.cycle().whole());
  REQUIRE(world.type(ResourceType::condition).watermark == before);

  admit_stamped(world, "p1", written, its.stamp);
  CHECK(world.cycle().whole());
  CHECK(world.status("p1") == kGood);
  CHECK(world.type(ResourceType::condition).watermark == (its.allowed ? utc(its.allowed) : before));

  const Instant next{written.ms + 1};
  admit_stamped(world, "p2", next, Zone::utc().format(next));
  CHECK(world.cycle().whole());
  CHECK(world.status("p2") == kGood);
  CHECK(world.type(ResourceType::condition).watermark == next);
  CHECK(world.letters(NoticeKind::opened) == 3);
}

TEST_CASE("W03 a time in the future moves no watermark past the source's own time") {
  World world;
  world.hospital.clock = world.now();
  world.admit("p1");
  world.put(World::fibromyalgia("p1", "later"), 73LL * 365 * kDay);
  world.cycle();
  CHECK(world.type(ResourceType::condition).watermark == world.now());
  world.put(World::fibromyalgia("p1", "soon"), kMinute);
  world.cycle();
  CHECK(world.type(ResourceType::condition).watermark == world.now());
}

TEST_CASE("W04 a replica that lags three days leaves the watermark there") {
  World world;
  world.hospital.clock = world.now();
  world.patient("p1");
  world.put(World::fibromyalgia("p1", "p1"), -3 * kDay);
  world.cycle();
  CHECK(world.type(ResourceType::condition).watermark == Instant{world.now().ms - 3 * kDay});
  world.put(World::fibromyalgia("p1", "p1b"), -2 * kDay);
  world.pass(kMinute);
  CHECK(world.cycle().touched == 2);  // what a first reading showed, within the overlap, comes once more
  CHECK(world.cycle().touched == 0);
}

TEST_CASE("W05 our clock a day off loses nothing, for the source's own time counts; that is told") {
  const std::int64_t off = GENERATE(-kDay, kDay);
  World world;
  Instant real = world.now();
  world.hospital.clock = real;
  world.hospital.put(R"({"resourceType":"Patient","id":"p1","gender":"female","birthDate":"1980-01-01"})", real);
  world.hospital.put(World::fibromyalgia("p1", "p1"), real);
  world.cycle();
  world.pass(off);
  for (const char* id : {"p2", "p3"}) {
    real.ms += kHour;
    world.pass(kHour);
    world.hospital.clock = real;
    world.hospital.put(R"({"resourceType":"Patient","id":")" + std::string(id) + R"(","gender":"female","birthDate":"1980-01-01"})", real);
    world.hospital.put(World::fibromyalgia(id, id), real);
    CHECK(World::tells(world.cycle(), "differ by more than a minute"));
    CHECK(world.type(ResourceType::condition).watermark == real);
    CHECK(world.status(id) == kGood);
  }
}

TEST_CASE("W05 a source whose clock was ahead and is set back is read anew, so that nothing falls between") {
  World world;
  world.hospital.clock = Instant{world.now().ms + kDay};
  world.patient("p1");
  world.put(World::fibromyalgia("p1", "p1"), kDay);
  world.cycle();
  world.pass(kHour);
  world.hospital.clock = world.now();
  world.patient("p2");
  world.put(World::fibromyalgia("p2", "p2"), -50 * kMinute);
  world.cycle();
  CHECK(world.status("p2") == kGood);
  CHECK(world.type(ResourceType::condition).watermark <= world.now());
}

TEST_CASE("W05 in the night in which the clocks are set back an hour comes twice, and at a leap second a second: nothing is lost") {
  struct Written {
    const char *at, *stamp;  ///< when, and what the source's own clock on the wall calls it
  };
  struct Night {
    const char* name;
    std::vector<Written> written;
  };
  const Night night = GENERATE(Night{"set back",
                                     {{"2026-10-25T00:30:00Z", "2026-10-25T02:30:00+02:00"},
                                      {"2026-10-25T01:29:59Z", "2026-10-25T02:29:59+01:00"},  // earlier on the wall
                                      {"2026-10-25T01:30:00Z", "2026-10-25T02:30:00+01:00"}}},
                               Night{"set forward",
                                     {{"2026-03-29T00:59:59Z", "2026-03-29T01:59:59+01:00"},
                                      {"2026-03-29T01:00:00Z", "2026-03-29T03:00:00+02:00"},
                                      {"2026-03-29T01:00:01Z", "2026-03-29T03:00:01+02:00"}}},
                               Night{"leap second",
                                     {{"2016-12-31T23:59:59Z", "2016-12-31T23:59:59Z"},
                                      {"2016-12-31T23:59:59Z", "2016-12-31T23:59:60Z"},
                                      {"2017-01-01T00:00:00Z", "2017-01-01T00:00:00Z"}}});
  INFO(night.name);
  World world;
  world.overlap = 0;
  world.zone = *Zone::named("Europe/Berlin");
  world.hospital.clock = world.now();
  world.hospital.stamps = true;
  for (std::size_t i = 0; i < night.written.size(); ++i) {
    const Instant at = utc(night.written[i].at);
    const std::string id = "p" + std::to_string(i);
    admit_stamped(world, id, at, night.written[i].stamp);
    CHECK(world.cycle().whole());
    CHECK(world.status(id) == kGood);
    CHECK(world.type(ResourceType::condition).watermark == at);
  }
  CHECK(world.letters(NoticeKind::opened) == 3);
}

TEST_CASE("W06 two hundred records of one millisecond, at the watermark itself, are all found") {
  World world;
  world.overlap = 0;
  world.admit("p0");
  world.cycle();
  for (int i = 1; i <= 200; ++i) world.admit("p" + std::to_string(i));
  world.cycle();
  CHECK(world.status("p1") == kGood);
  CHECK(world.status("p200") == kGood);
  CHECK(world.cycle().touched == 0);
}

TEST_CASE("W07 another content under the same time, or an older one, is read and told once; which holds is what the source shows") {
  World world;
  world.patient("p1");
  const Instant first = world.now();
  world.hospital.put(stamped(World::fibromyalgia("p1", "p1"), Zone::utc().format(first)), first);
  world.cycle();
  const Instant later{first.ms + GENERATE(0, -kMinute)};
  world.hospital.put(stamped(refuted("p1"), Zone::utc().format(later)), later);
  const auto report = world.cycle();
  CHECK(world.status("p1") == "ineligible");
  CHECK(World::tells(report, "Condition: 1 record changed without a later meta.lastUpdated than before"));
  // When it happens, not for as long as it stands.
  CHECK_FALSE(World::tells(world.cycle(), "meta.lastUpdated"));
  world.pass(kMinute);
  CHECK_FALSE(World::tells(world.cycle(true), "meta.lastUpdated"));
}

TEST_CASE("W07 of two versions in one poll, the later of which is dated like the former or before it, that is told") {
  const auto [back, told] = GENERATE(std::pair(0LL, true), std::pair(kMinute, true), std::pair(-kMinute, false));
  World world;
  world.admit("p1");
  world.cycle();
  world.hospital.shows_versions = true;
  const auto write = [&](const std::string& json, const char* version, std::int64_t after) {
    const Instant at{world.now().ms + after};
    world.hospital.put(stamped(json, Zone::utc().format(at) + R"(","versionId":")" + version), at);
  };
  write(World::fibromyalgia("p1", "p1"), "2", 2 * kMinute);
  write(refuted("p1"), "3", 2 * kMinute - back);
  world.pass(5 * kMinute);
  const auto report = world.cycle();
  CHECK(world.status("p1") == "ineligible");
  CHECK(World::tells(report, "Condition: 1 record changed without a later meta.lastUpdated than before") == told);
}

TEST_CASE("a diagnosis may come before its patient, by minutes or by days") {
  World world;
  world.hospital.has_history = GENERATE(true, false);
  world.admit("p1");
  world.cycle();
  world.pass(2 * kHour);
  world.put(World::fibromyalgia("p2", "p2"));
  world.cycle();
  CHECK(world.status("p2") == "none");
  const bool days = GENERATE(false, true);
  world.pass(days ? 30 * kDay : kMinute);
  world.cycle();
  world.patient("p2");
  world.cycle();
  CHECK(world.status("p2") == kGood);
}

TEST_CASE("S11 who or what is absent from a poll that breaks off is not gone; who is absent from a whole one is asked for by id") {
  World world;
  world.hospital.has_history = false;
  for (const char* id : {"p1", "p2", "p3"}) world.admit(id);
  world.cycle();
  world.pass(kHour);
  world.hospital.failing = {ResourceType::patient, ResourceType::condition};
  world.cycle(true);
  CHECK(world.status("p3") == kGood);
  world.hospital.failing.clear();
  world.hospital.unsearchable = {"p2", "fm-p3"};
  const auto report = world.cycle(true);
  CHECK(world.status("p2") == kGood);
  CHECK(world.status("p3") == kGood);
  CHECK(World::tells(report, "a search does not show records that are there"));
  world.hospital.unsearchable.clear();
  world.hospital.remove(ResourceType::patient, "p2", world.now());
  world.hospital.remove(ResourceType::condition, "fm-p3", world.now());
  world.cycle(true);
  CHECK(world.status("p2") == "withdrawn");
  CHECK(world.status("p3") == "ineligible");
}

TEST_CASE("a reconciliation over more records than it remembers finds what vanished, and keeps what came with it") {
  World world;
  world.hospital.has_history = false;
  for (const char* id : {"p1", "p2", "p3"}) world.admit(id);
  world.cycle();
  world.put(World::pregabalin("p1"));
  world.put(World::pregabalin("p3"));
  world.patient("p0");  // no candidate
  for (int i = 0; i < 10'500; ++i) {
    std::string order = World::pregabalin("p0");
    world.put(order.replace(order.find("rx-p0"), 5, "rx-" + std::to_string(i)));
  }
  world.cycle();
  CHECK(world.status("p1") == "ineligible");
  CHECK(world.status("p2") == kGood);
  world.pass(kHour);
  world.hospital.remove(ResourceType::medication_request, "rx-p1", world.now());
  world.put(World::pregabalin("p2"));
  CHECK(world.cycle(true).whole());
  CHECK(world.status("p1") == kGood);
  CHECK(world.status("p2") == "ineligible");
  CHECK(world.status("p3") == "ineligible");
  world.pass(kHour);
  CHECK(world.cycle(true).whole());
  CHECK(world.status("p2") == "ineligible");
  world.hospital.remove(ResourceType::medication_request, "rx-p2", world.now());
  world.cycle(true);
  CHECK(world.status("p2") == kGood);
}

TEST_CASE("S12 when a third of a type vanishes the brake holds it, also for whoever is read meanwhile") {
  World world;
  world.hospital.has_history = false;
  for (int i = 100; i < 175; ++i) world.admit("p" + std::to_string(i));
  world.cycle();
  for (int i = 100; i < 125; ++i) world.hospital.remove(ResourceType::condition, "fm-p" + std::to_string(i), world.now());
  world.pass(kHour);
  world.put(R"({"resourceType":"Observation","id":"o1","status":"final","subject":{"reference":"Patient/p100"}})");
  const auto report = world.cycle(true);
  CHECK_FALSE(report.whole());
  CHECK(World::tells(report, "25 of 75 known records are no longer shown"));
  CHECK(world.status("p100") == kGood);
  CHECK(world.status("p124") == kGood);
}

TEST_CASE("S12 what the brake holds stays held until a later sweep shows it, or it has been so for long") {
  World world;
  world.hospital.has_history = false;
  for (int i = 100; i < 175; ++i) world.admit("p" + std::to_string(i));
  world.cycle();
  const auto type = GENERATE(ResourceType::condition, ResourceType::patient);
  const auto hide = [&](bool hidden) {
    for (int i = 100; i < 125; ++i) {
      const std::string id = (type == ResourceType::condition ? "fm-p" : "p") + std::to_string(i);
      if (hidden) world.hospital.hide(type, id);
      if (!hidden) world.hospital.show(type, id);
    }
  };
  hide(true);
  world.pass(kHour);
  CHECK_FALSE(world.cycle(true).whole());
  for (int round = 0; round < 3; ++round) {
    world.pass(10 * kMinute);
    world.put(R"({"resourceType":"Observation","id":"o1","status":"final","subject":{"reference":"Patient/p100"}})");
    const auto report = world.cycle();
    CHECK_FALSE(report.whole());
    CHECK(World::tells(report, "25 of 75 known records are no longer shown"));
    CHECK(world.type(type).reading == Reading::incomplete);
    CHECK(world.status("p100") == kGood);
    CHECK(world.status("p124") == kGood);
  }
  SECTION("shown again") {
    hide(false);
    world.pass(kHour);
    CHECK(world.cycle().whole());
    CHECK(world.type(type).reading == Reading::whole);
    world.pass(kMinute);
    CHECK(world.cycle().whole());
    CHECK(world.status("p100") == kGood);
  }
  SECTION("so for long") {
    for (int hour = 0; hour < 23; ++hour) {
      CHECK_FALSE(world.cycle().whole());
      CHECK(world.status("p130") == kGood);  // what stands must not fall before it is believed
      world.pass(kHour);
    }
    world.cycle();
    CHECK(world.cycle().whole());
    CHECK(world.status("p100") == (type == ResourceType::condition ? "ineligible" : "withdrawn"));
    CHECK(world.status("p124") == (type == ResourceType::condition ? "ineligible" : "withdrawn"));
    CHECK(world.status("p130") == kGood);
  }
}

TEST_CASE(
    "S12 records that no search shows for days, and that their ids give, are not believed to be gone; in the end the type is too old") {
  World world;
  world.hospital.has_history = false;
  for (const char* id : {"p1", "p2", "p3"}) world.admit(id);
  world.cycle();
  world.pass(kHour);
  for (const char* id : {"p1", "p2"}) world.put(World::pregabalin(id));
  world.cycle();
  REQUIRE(world.status("p3") == kGood);
  world.hospital.unsearchable = {"rx-p1", "rx-p2"};
  world.pass(kHour);
  CHECK_FALSE(world.cycle(true).whole());
  for (int hour = 1; hour < 25; ++hour) {
    CHECK(world.status("p3") == kGood);
    world.pass(kHour);
    CHECK_FALSE(world.cycle().whole());
  }
  CHECK(world.status("p3") == "needs_review");
  CHECK(world.status("p1") == "ineligible");
  world.hospital.unsearchable = {};
  world.pass(kHour);
  world.cycle();
  world.pass(kMinute);
  CHECK(world.cycle().whole());
  CHECK(world.status("p3") == kGood);
}

TEST_CASE("S12 of somebody who comes while the brake holds a type, that type is incomplete") {
  World world;
  world.hospital.has_history = false;
  world.admit("p1");
  world.put(World::pregabalin("p1"));
  world.cycle();
  world.hospital.unsearchable = {"rx-p1", "rx-p2"};
  world.pass(kHour);
  CHECK_FALSE(world.cycle(true).whole());
  world.admit("p2");
  world.put(World::pregabalin("p2"));
  world.pass(kMinute);
  world.cycle();
  CHECK(world.status("p2") == "needs_review");
  CHECK(world.letters(NoticeKind::opened) == 0);
  world.hospital.unsearchable = {};
  world.pass(kHour);
  world.cycle();
  CHECK(world.status("p2") == "ineligible");
}

TEST_CASE("S12 something new of a type that the brake holds does not let it go") {
  World world;
  world.hospital.has_history = false;
  for (const char* id : {"p1", "p2", "p3"}) world.admit(id);
  world.cycle();
  world.pass(kHour);
  world.put(World::pregabalin("p1"));
  world.put(World::pregabalin("p2"));
  world.cycle();
  for (const char* id : {"rx-p1", "rx-p2"}) world.hospital.hide(ResourceType::medication_request, id);
  world.pass(kHour);
  CHECK_FALSE(world.cycle(true).whole());
  world.put(World::pregabalin("p3"));
  for (int i = 0; i < 3; ++i) {
    world.pass(kHour);
    CHECK_FALSE(world.cycle().whole());
    CHECK(world.status("p1") == "ineligible");
  }
  CHECK(world.status("p3") == "ineligible");
}

TEST_CASE("S12 while the whole source is away what was read grows too old, too, and is restored in silence") {
  World world;
  world.admit("p1");
  world.cycle();
  world.hospital.away = true;
  world.pass(23 * kHour);
  world.cycle();
  CHECK(world.status("p1") == kGood);
  world.pass(2 * kHour);
  world.cycle();
  CHECK(world.status("p1") == "needs_review");
  world.hospital.away = false;
  world.pass(kHour);
  world.cycle();
  CHECK(world.status("p1") == kGood);
  CHECK(world.post.taken.size() == 1);
}

TEST_CASE("S12 what the brake holds is told as held, also after another trouble has come between") {
  World world;
  world.hospital.has_history = false;
  for (int i = 100; i < 175; ++i) world.admit("p" + std::to_string(i));
  world.cycle();
  for (int i = 100; i < 125; ++i) world.hospital.hide(ResourceType::condition, "fm-p" + std::to_string(i));
  world.pass(kHour);
  CHECK_FALSE(world.cycle(true).whole());
  world.pass(kMinute);
  world.hospital.failing = {ResourceType::condition};
  CHECK(World::tells(world.cycle(), "broken off"));
  world.hospital.failing.clear();
  for (int round = 0; round < 2; ++round) {
    world.pass(kMinute);
    const auto report = world.cycle();
    CHECK_FALSE(World::tells(report, "broken off"));
    CHECK(World::tells(report, "Condition was not read whole: what is no longer shown: 25 records; nothing is taken back for that until"));
  }
}

TEST_CASE("S12 deletions that the history tells are no vanishing") {
  World world;
  for (int i = 100; i < 175; ++i) world.admit("p" + std::to_string(i));
  world.cycle();
  world.pass(kHour);
  for (int i = 100; i < 125; ++i) world.hospital.remove(ResourceType::condition, "fm-p" + std::to_string(i), world.now());
  CHECK(world.cycle(true).whole());
  CHECK(world.status("p100") == "ineligible");
}

TEST_CASE("S12 a type that had records and shows none is incomplete, although no chart holds one of them") {
  World world;
  world.hospital.has_history = false;
  world.admit("p1");
  world.patient("p2");
  world.put(World::pregabalin("p2"));  // of no candidate: its records are in no chart
  world.cycle();
  CHECK(world.type(ResourceType::medication_request).rows == 1);
  world.pass(kHour);
  world.hospital.remove(ResourceType::medication_request, "rx-p2", world.now());
  const auto report = world.cycle(true);
  CHECK(World::tells(report, "no record at all is shown, where 1 were before"));
  CHECK(world.type(ResourceType::medication_request).reading == Reading::incomplete);
  CHECK(world.status("p1") == kGood);
  world.put(World::pregabalin("p3"));
  CHECK(world.cycle(true).whole());
}

TEST_CASE("W08 a page that was kept before its type ended is not read twice, and the watermark stays until the end") {
  World world;
  world.admit("p1");
  world.admit("p2");
  world.hospital.failing = {ResourceType::condition};
  world.cycle();
  CHECK_FALSE(world.type(ResourceType::condition).watermark);
  CHECK(world.status("p1") == "needs_review");  // in silence: the type was never read whole
  world.hospital.failing.clear();
  CHECK(world.cycle().touched == 1);
  CHECK(world.type(ResourceType::condition).watermark == world.now());
  CHECK(world.letters(NoticeKind::opened) == 2);
}
