// An agent that has entered what its polls brought must say what one says that reads the same hospital for the first time.
#include <stdlib.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <random>

#include "agent/screening/cycle.h"
#include "agent/store/state.h"
#include "tests/integration/paper_hospital.h"
#include "tests/integration/shipped_trial.h"

using namespace trialflag;
using namespace trialflag::screening;
using fhir::ResourceType;
using testing::PaperHospital;

namespace {

namespace fs = std::filesystem;

/// All that a verdict says, but for when.
std::string told(const eligibility::PatientVerdict& verdict) {
  std::string text(name_of(verdict.status));
  for (const auto& criterion : verdict.criteria) {
    text += "\n" + criterion.id + " " + std::string(name_of(criterion.holds)) + " " + std::string(name_of(criterion.reason));
    for (const auto& evidence : criterion.evidence) text += " " + evidence.resource + "=" + evidence.value + "@" + evidence.time;
  }
  return text;
}

/// An agent with a state of its own.
class Agent {
 public:
  explicit Agent(PaperHospital& hospital) : hospital_(hospital) {
    std::string name = (fs::temp_directory_path() / "trialflag-arrivals-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    state_ = std::move(*store::State::open(folder_ / "state", {"here", "https://ehr.example/fhir"}));
  }
  ~Agent() {
    state_.reset();
    fs::remove_all(folder_);
  }
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  void cycle(Instant now) {
    CycleSettings settings;
    settings.screeners = {testing::shipped_screener()};
    settings.site = "here";
    settings.sends = false;
    settings.write_record = [&](const eligibility::PatientVerdict& verdict) { return verdicts[verdict.patient] = told(verdict); };
    const FixedClock clock(now);
    const auto report = Cycle(settings, hospital_, *state_, *state_, nullptr, clock).run(false, {});
    REQUIRE(report);
    REQUIRE(report->whole());
  }
  void forget_charts_of_nobody() {
    std::erase_if(verdicts, [](const auto& verdict) { return verdict.second.starts_with("not_a_candidate"); });
  }

  std::map<std::string, std::string> verdicts;  ///< the last one of each patient

 private:
  PaperHospital& hospital_;
  fs::path folder_;
  std::unique_ptr<store::State> state_;
};

/// Changes of a hospital's records, as chance will have it.
class Chance {
 public:
  Chance(PaperHospital& hospital, unsigned seed) : hospital_(hospital), random_(seed) {
    for (int i = 0; i < 4; ++i) patient(i, {0});
    for (const char* id : {"fm0", "fm1"}) fibromyalgia(id, std::string("p") + id[2], {0});
  }

  void change(Instant now) {
    const std::string of = "p" + std::to_string(pick(4));
    // Most records stay with one patient; some wander.
    const std::string id = "r" + std::to_string(pick(2)) + (pick(4) == 0 ? "" : of);
    switch (pick(8)) {
      case 0:
        return patient(pick(4), now);
      case 1:
      case 2:
        return condition(id, of, now);
      case 3:
        return order(id, of, now);
      case 4:
        return hospital_.remove(pick(2) == 0 ? ResourceType::condition : ResourceType::observation, id, now);
      default:
        return score(id, of, now);
    }
  }

 private:
  int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  template <std::size_t N>
  std::string one_of(const char* const (&words)[N]) {
    return words[static_cast<std::size_t>(pick(static_cast<int>(N)))];
  }
  static std::string head(const std::string& type, const std::string& id, const std::string& of) {
    return R"({"resourceType":")" + type + R"(","id":")" + id + R"(","subject":{"reference":"Patient/)" + of + R"("},)";
  }

  void patient(int number, Instant now) {
    hospital_.put(R"({"resourceType":"Patient","id":"p)" + std::to_string(number) + R"(","gender":"female","birthDate":")" +
                      one_of({"1980-01-01", "1950-01-01", "2012-01-01"}) + "\"}",
                  now);
  }
  void fibromyalgia(const std::string& id, const std::string& of, Instant now) {
    hospital_.put(head("Condition", id, of) + R"("clinicalStatus":{"coding":[{"code":"active"}]},"code":{"coding":[)" +
                      R"({"system":"http://hl7.org/fhir/sid/icd-10","code":"M79.7"}]},"onsetDateTime":"2020-01-01"})",
                  now);
  }
  void condition(const std::string& id, const std::string& of, Instant now) {
    hospital_.put(head("Condition", id, of) + R"("clinicalStatus":{"coding":[{"code":")" + one_of({"active", "resolved"}) +
                      R"("}]},"verificationStatus":{"coding":[{"code":")" +
                      one_of({"confirmed", "confirmed", "entered-in-error", "refuted"}) +
                      R"("}]},"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":")" +
                      one_of({"M79.7", "M79.7", "H40.2", "F20.0"}) + R"("}]},"onsetDateTime":"2020-01-01"})",
                  now);
  }
  void order(const std::string& id, const std::string& of, Instant now) {
    hospital_.put(head("MedicationRequest", id, of) + R"("status":")" + one_of({"active", "stopped", "entered-in-error"}) +
                      R"(","intent":"order","medicationCodeableConcept":{"coding":[{"system":"http://www.whocc.no/atc","code":")" +
                      one_of({"N03AX16", "N06AX16"}) + R"("}]},"authoredOn":"2025-01-01"})",
                  now);
  }
  void score(const std::string& id, const std::string& of, Instant now) {
    hospital_.put(
        head("Observation", id, of) +
            R"("status":"final","effectiveDateTime":"2026-11-20","code":{"coding":[{"system":"http://loinc.org","code":"72514-3"}]},)" +
            R"("valueQuantity":{"value":)" + std::to_string(pick(11)) + R"(,"unit":"{score}"}})",
        now);
  }

  PaperHospital& hospital_;
  std::mt19937 random_;
};

}  // namespace

TEST_CASE("arrivals: entering what polls bring leads where a first reading leads") {
  const unsigned seed = GENERATE(range(0U, 5U));
  INFO("seed " << seed);
  PaperHospital hospital;
  Instant now = *parse_instant("2026-11-22T12:00:00Z", Zone::utc());
  Chance chance(hospital, seed);
  Agent lasting(hospital);
  lasting.cycle(now);
  for (int step = 0; step < 20; ++step) {
    now.ms += 10 * kMinute;
    for (int i = 0; i <= step % 4; ++i) chance.change(now);
    lasting.cycle({now.ms + kMinute});
    Agent fresh(hospital);
    fresh.cycle({now.ms + kMinute});
    INFO("step " << step);
    lasting.forget_charts_of_nobody();
    fresh.forget_charts_of_nobody();
    // Of somebody who was a candidate the lasting agent may keep a verdict that the fresh one never had reason to reach.
    for (const auto& [patient, verdict] : fresh.verdicts) CHECK(lasting.verdicts[patient] == verdict);
    for (const auto& [patient, verdict] : lasting.verdicts) CHECK(fresh.verdicts.contains(patient));
  }
}

TEST_CASE("arrivals: a changed record of a charted patient costs no reading, before it is told nothing either") {
  PaperHospital hospital;
  Instant now = *parse_instant("2026-11-22T12:00:00Z", Zone::utc());
  Chance chance(hospital, 1);
  const std::string head = R"(","subject":{"reference":"Patient/p0"},)";
  hospital.put(
      R"({"resourceType":"Condition","id":"fm)" + head +
          R"("clinicalStatus":{"coding":[{"code":"active"}]},"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"M79.7"}]}})",
      now);
  Agent agent(hospital);
  agent.cycle(now);
  const int reads = hospital.reads;
  REQUIRE(reads > 0);
  now.ms += kMinute;
  hospital.put(
      R"({"resourceType":"Observation","id":"o1)" + head +
          R"("status":"final","effectiveDateTime":"2026-11-20","code":{"coding":[{"system":"http://loinc.org","code":"72514-3"}]},)" +
          R"("valueQuantity":{"value":7,"unit":"{score}"}})",
      now);
  agent.cycle({now.ms + kMinute});
  CHECK(hospital.reads == reads);
  CHECK(agent.verdicts["Patient/p0"].find("Observation/o1=7") != std::string::npos);
  // A deletion is followed by reading.
  hospital.remove(ResourceType::observation, "o1", {now.ms + 2 * kMinute});
  agent.cycle({now.ms + 3 * kMinute});
  CHECK(hospital.reads == reads + 1);
  CHECK(agent.verdicts["Patient/p0"].find("Observation/o1") == std::string::npos);
}
