// A hospital on paper, a state and a clock; cycle() is one cycle of the agent. For tests of what a source does to it.
#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/screening/cycle.h"
#include "agent/store/desk.h"
#include "agent/store/state.h"
#include "tests/integration/paper_hospital.h"
#include "tests/integration/shipped_trial.h"

namespace trialflag::testing {

inline constexpr const char* kGood = "potentially_eligible";

/// A list of patients, with what can go wrong.
class PaperRoster final : public screening::Roster {
 public:
  std::string called = "Group/1";
  std::vector<screening::PatientId> patients;
  bool unreadable = false;

  [[nodiscard]] std::string name() const override { return called; }
  Result<std::vector<screening::PatientId>> members() override {
    if (unreadable) return fail(ErrorCode::unauthorized, "cannot be read");
    return patients;
  }
};

class RosterWorld {
 public:
  RosterWorld() : clock_(*parse_instant("2026-11-22T12:00:00Z", Zone::utc())) {
    std::string name = (std::filesystem::temp_directory_path() / "trialflag-world-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    state_ = std::move(*store::State::open(folder_ / "state", {"here", "https://ehr.example/fhir"}));
    desk_ = std::move(*store::Desk::open(folder_ / "state"));
  }
  ~RosterWorld() {
    desk_.reset();
    state_.reset();
    std::filesystem::remove_all(folder_);
  }
  RosterWorld(const RosterWorld&) = delete;
  RosterWorld& operator=(const RosterWorld&) = delete;

  screening::CycleReport cycle(bool sweep = false) {
    screening::CycleSettings settings;
    settings.screeners = {shipped_screener(zone)};
    settings.site = "here";
    settings.recipients = {{"li", "Dr Li", "li@hospital.example", "en", {}, true, true}};
    settings.flood = 1000;
    settings.source_rests = [this](Instant) { return rests; };
    settings.opt_outs = [this](Instant, std::vector<std::string>&) { return std::optional(screening::OptOuts{opted_out}); };
    settings.rules[{"NCT07230171"}].recruiting = recruiting;
    settings.overlap = std::chrono::milliseconds(overlap);
    settings.write_record = [](const eligibility::PatientVerdict& verdict) { return std::string(name_of(verdict.status)); };
    auto report = screening::Cycle(settings, hospital, *state_, *state_, &post, clock_, nullptr, roster.get()).run(sweep, {});
    REQUIRE(report);
    return std::move(*report);
  }

  void pass(std::int64_t ms) { clock_.set({clock_.now().ms + ms}); }
  [[nodiscard]] Instant now() const { return clock_.now(); }
  void put(const std::string& json) { hospital.put(json, now()); }
  void put(const std::string& json, std::int64_t later) { hospital.put(json, {now().ms + later}); }

  void patient(const std::string& id, const std::string& replaced_by = {}) {
    const std::string link =
        replaced_by.empty() ? "" : R"(,"link":[{"type":"replaced-by","other":{"reference":"Patient/)" + replaced_by + R"("}}])";
    put(R"({"resourceType":"Patient","id":")" + id + R"(","gender":"female","birthDate":"1980-01-01")" + link + "}");
  }
  void admit(const std::string& id) {
    patient(id);
    put(fibromyalgia(id, id));
  }

  static std::string fibromyalgia(const std::string& of, const std::string& id) {
    return R"({"resourceType":"Condition","id":"fm-)" + id + R"(","subject":{"reference":"Patient/)" + of +
           R"("},"clinicalStatus":{"coding":[{"code":"active"}]},"verificationStatus":{"coding":[{"code":"confirmed"}]},)"
           R"("code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"M79.7"}]},"onsetDateTime":"2020-01-01"})";
  }
  static std::string pregabalin(const std::string& of) {
    return R"({"resourceType":"MedicationRequest","id":"rx-)" + of +
           R"(","status":"active","intent":"order","subject":{"reference":"Patient/)" + of +
           R"("},"medicationCodeableConcept":{"coding":[{"system":"http://www.whocc.no/atc","code":"N03AX16"}]},"authoredOn":"2025-01-01"})";
  }

  std::string status(const std::string& patient) {
    const auto views = desk_->flags({});
    REQUIRE(views);
    for (const auto& view : *views)
      if (view.flag.patient.value == patient) return std::string(name_of(view.flag.status));
    return "none";
  }
  [[nodiscard]] std::size_t letters(screening::NoticeKind kind) const {
    return static_cast<std::size_t>(
        std::count_if(post.taken.begin(), post.taken.end(), [&](const screening::Letter& letter) { return letter.kind == kind; }));
  }
  screening::TypeState type(fhir::ResourceType type) {
    const auto states = state_->type_states();
    REQUIRE(states);
    for (const auto& state : *states)
      if (state.type == type) return state;
    return {};
  }
  static bool tells(const screening::CycleReport& report, const std::string& text) {
    return std::any_of(report.problems.begin(), report.problems.end(),
                       [&](const std::string& problem) { return problem.find(text) != std::string::npos; });
  }
  store::State& state() { return *state_; }

  PaperHospital hospital;
  PostOffice post;
  std::unique_ptr<PaperRoster> roster;  ///< null: everybody
  bool rests = false;                   ///< quiet hours of the source
  std::set<std::string> opted_out;      ///< whom nobody may approach
  bool recruiting = true;               ///< the trial is
  std::int64_t overlap = 5 * kMinute;
  Zone zone = Zone::utc();  ///< the site's

 private:
  FixedClock clock_;
  std::filesystem::path folder_;
  std::unique_ptr<store::State> state_;
  std::unique_ptr<store::Desk> desk_;
};

}  // namespace trialflag::testing
