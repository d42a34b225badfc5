// A hospital, a state, a post office, a switchboard of webhooks and a clock; cycle() is one cycle. For tests of what leaves, and when.
#pragma once

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "agent/screening/cycle.h"
#include "agent/store/desk.h"
#include "agent/store/state.h"
#include "tests/integration/paper_hospital.h"
#include "tests/integration/shipped_trial.h"

namespace trialflag::testing {

/// Takes what webhooks are sent.
class Switchboard final : public screening::HookSender {
 public:
  std::map<std::string, screening::DeliveryOutcome> answers;  ///< by the hook's id; accepted unless set
  std::map<std::string, int> asked;
  std::vector<std::string> bodies;  ///< of all events that were tried
  std::vector<screening::WebhookEvent> events;
  std::vector<screening::ChatNote> notes;

  screening::DeliveryOutcome send(const screening::WebhookEvent& event) override {
    bodies.push_back(event.body());
    const auto outcome = answer(event.hook());
    if (outcome.delivery == screening::Delivery::accepted) events.push_back(event);
    return outcome;
  }
  screening::DeliveryOutcome send(const screening::ChatNote& note) override {
    const auto outcome = answer(note.hook());
    if (outcome.delivery == screening::Delivery::accepted) notes.push_back(note);
    return outcome;
  }

 private:
  screening::DeliveryOutcome answer(const std::string& hook) {
    ++asked[hook];
    const auto at = answers.find(hook);
    return at == answers.end() ? screening::DeliveryOutcome{} : at->second;
  }
};

class DeliveryWorld {
 public:
  explicit DeliveryWorld(const std::string& now = "2026-11-22T12:00:00Z") : clock_(*parse_instant(now, Zone::utc())) {
    std::string name = (std::filesystem::temp_directory_path() / "trialflag-delivery-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    state_ = std::move(*store::State::open(folder_ / "state", {"here", "https://ehr.example/fhir"}));
    desk_ = std::move(*store::Desk::open(folder_ / "state"));
    settings.screeners = {shipped_screener()};
    settings.site = "here";
    settings.recipients = {li()};
    settings.write_record = [](const eligibility::PatientVerdict& verdict) {
      std::string record;
      for (const auto& criterion : verdict.criteria)
        record += (record.empty() ? R"({"id":")" : R"(,{"id":")") + criterion.id + R"(","effect":")" +
                  std::string(name_of(criterion.effect)) + "\"}";
      return "{\"criteria\":[" + record + "]}";
    };
  }
  ~DeliveryWorld() {
    desk_.reset();
    state_.reset();
    std::filesystem::remove_all(folder_);
  }
  DeliveryWorld(const DeliveryWorld&) = delete;
  DeliveryWorld& operator=(const DeliveryWorld&) = delete;

  static screening::Recipient li() {
    screening::Recipient recipient;
    recipient.id = "li";
    recipient.name = "Dr Li";
    recipient.address = "li@hospital.example";
    recipient.language = "en";
    return recipient;
  }
  static screening::Recipient hook(const std::string& id) {
    screening::Recipient recipient;
    recipient.id = id;
    recipient.channel = screening::Channel::webhook;
    return recipient;
  }

  screening::CycleReport cycle() {
    auto report = screening::Cycle(settings, hospital, *state_, *state_, &post, clock_, &hooks).run(false, {});
    REQUIRE(report);
    return std::move(*report);
  }

  void pass(std::int64_t ms) { clock_.set({clock_.now().ms + ms}); }
  void set(const std::string& now) { clock_.set(*parse_instant(now, Zone::utc())); }
  [[nodiscard]] Instant now() const { return clock_.now(); }
  void put(const std::string& json) { hospital.put(json, now()); }
  void put_patient(const std::string& id, const std::string& birth_date = "1980-01-01", const std::string& more = "") {
    put(R"({"resourceType":"Patient","id":")" + id + R"(","gender":"female","birthDate":")" + birth_date + "\"" + more + "}");
  }
  /// A patient who fits.
  void admit(const std::string& id) {
    put_patient(id);
    put(R"({"resourceType":"Condition","id":"fm-)" + id + R"(","subject":{"reference":"Patient/)" + id +
        R"("},"clinicalStatus":{"coding":[{"code":"active"}]},"verificationStatus":{"coding":[{"code":"confirmed"}]},"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"M79.7"}]},"onsetDateTime":"2020-01-01"})");
  }
  /// What makes a patient ineligible.
  void prescribe(const std::string& id) {
    put(R"({"resourceType":"MedicationRequest","id":"rx-)" + id +
        R"(","status":"active","intent":"order","subject":{"reference":"Patient/)" + id +
        R"("},"medicationCodeableConcept":{"coding":[{"system":"http://www.whocc.no/atc","code":"N03AX16"}]},"authoredOn":"2025-01-01"})");
  }
  void take_away(const std::string& id) { hospital.remove(fhir::ResourceType::medication_request, "rx-" + id, now()); }

  [[nodiscard]] std::vector<screening::NoticeKind> letters() const {
    std::vector<screening::NoticeKind> kinds;
    for (const screening::Letter& letter : post.taken) kinds.push_back(letter.kind);
    return kinds;
  }
  std::vector<store::NoticeView> notices() {
    auto views = desk_->notices();
    REQUIRE(views);
    return std::move(*views);
  }
  store::FlagView flag_of(const std::string& patient) {
    const auto views = desk_->flags({});
    REQUIRE(views);
    for (const auto& view : *views)
      if (view.flag.patient.value == patient) return view;
    FAIL("there is no flag");
    return {};
  }
  store::Desk& desk() { return *desk_; }
  store::State& state() { return *state_; }

  PaperHospital hospital;
  PostOffice post;
  Switchboard hooks;
  screening::CycleSettings settings;

 private:
  FixedClock clock_;
  std::filesystem::path folder_;
  std::unique_ptr<store::State> state_;
  std::unique_ptr<store::Desk> desk_;
};

}  // namespace trialflag::testing
