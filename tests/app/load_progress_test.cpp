// How far a long cycle has come: silent at first, then a note with rate and time left, which is forgotten when the cycle ends.
#include "agent/app/load_progress.h"

#include <catch2/catch.hpp>

using namespace trialflag;
using namespace trialflag::app;
using namespace std::chrono_literals;

namespace {

struct Noted {
  FixedClock clock{Instant{1000000}};
  std::vector<std::string> notes;
  LoadProgress progress{clock, [this](const std::string& text) {
                          notes.push_back(text);
                          return Result<void>();
                        }};
  LoadProgress::Moment began = LoadProgress::Moment() + 1h;

  void read(std::size_t done, std::chrono::seconds at) { progress.show({true, true, {}, done, 1000}, began + at); }
  [[nodiscard]] std::string text() const { return notes.empty() ? "" : ProgressNote::from_text(notes.back(), clock.now())->text; }
};

}  // namespace

TEST_CASE("progress: a short cycle tells nothing, and leaves no note") {
  Noted noted;
  noted.progress.cycle_begins(noted.began);
  noted.read(0, 1s);
  noted.read(500, 9s);
  noted.progress.cycle_ended();
  CHECK(noted.notes.empty());
}

TEST_CASE("progress: a long one tells how much of what, how fast, and what is left") {
  Noted noted;
  noted.progress.cycle_begins(noted.began);
  noted.read(0, 0s);
  noted.read(100, 10s);
  CHECK(noted.text() == "100 of 1000 patients read, 10 a second, about 1 min left");
  noted.read(110, 11s);
  CHECK(noted.notes.size() == 1);  // not at each patient
  noted.read(1200, 20s);           // more than were known of
  CHECK(noted.text() == "1200 of 1200 patients read, 60 a second, about 0 s left");
  noted.progress.show({true, false, {fhir::ResourceType::condition}, 0}, noted.began + 30s);
  noted.progress.show({true, false, {fhir::ResourceType::condition}, 600}, noted.began + 40s);
  CHECK(noted.text() == "600 records read, 60 a second");
  // Another one beside it is another stage: its rate is its own.
  const std::vector<fhir::ResourceType> both = {fhir::ResourceType::condition, fhir::ResourceType::encounter};
  noted.progress.show({true, false, both, 700}, noted.began + 50s);
  noted.progress.show({true, false, both, 900}, noted.began + 60s);
  CHECK(noted.text() == "900 records read, 20 a second");
  CHECK(ProgressNote::from_text(noted.notes.back(), noted.clock.now())->what == "first load, Condition and Encounter");
  noted.progress.cycle_ended();
  CHECK(noted.notes.back().empty());
}

TEST_CASE("progress: a note that nobody renews is of one who is gone") {
  const ProgressNote note{Instant{1000000}, "first load, patients", "a"};
  REQUIRE(ProgressNote::from_text(note.to_text(), Instant{1060000}));
  CHECK(ProgressNote::from_text(note.to_text(), Instant{1060000})->what == "first load, patients");
  CHECK_FALSE(ProgressNote::from_text(note.to_text(), Instant{1121000}));
  CHECK_FALSE(ProgressNote::from_text("", Instant{1060000}));
  CHECK_FALSE(ProgressNote::from_text("x", Instant{1060000}));
}
