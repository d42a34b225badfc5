// Which concepts a CodeableConcept touches: codes before words, and what disagreeing codings leave of each other (criteria.md 2.6-2.9).
#include "agent/screening/hits.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

using namespace trialflag;
using namespace trialflag::screening;
using mappings::Role;

namespace {

constexpr std::string_view kIcd10 = "http://hl7.org/fhir/sid/icd-10";
constexpr std::string_view kIcd10Cm = "http://hl7.org/fhir/sid/icd-10-cm";
constexpr std::string_view kSnomed = "http://snomed.info/sct";
constexpr std::string_view kAtc = "http://www.whocc.no/atc";

const mappings::Tables& tables() {
  static const auto kTables = [] {
    std::vector<mappings::TableFlaw> flaws;
    auto loaded = mappings::Tables::load(std::string(TRIALFLAG_SOURCE_DIR) + "/mappings/tables", {}, flaws);
    REQUIRE(loaded);
    return *loaded;
  }();
  return *kTables;
}

eligibility::Concept concept_named(std::string_view name) {
  const auto found = tables().find(name);
  REQUIRE(found);
  return found->index;
}

/// Judges the named conditions and drugs, nothing else.
Vocabulary vocabulary() {
  Vocabulary words;
  for (const auto* name : {"fibromyalgia", "hypothyroidism", "bipolar", "diabetes_mellitus", "diabetes_uncontrolled"})
    words.conditions.add(concept_named(name));
  for (const auto* name : {"drug_pregabalin", "drug_venlafaxine"}) words.drugs.add(concept_named(name));
  return words;
}

/// The hits of some codings and a text; keeps what they point into.
class Found {
 public:
  Found(std::vector<fhir::Coding> codings, std::string_view text, mappings::Place place = mappings::Place::condition)
      : codings_(std::move(codings)), vocabulary_(vocabulary()), finder_(tables(), vocabulary_) {
    hits_ = finder_.find({codings_, text}, place);
  }
  [[nodiscard]] const Hit* of(std::string_view name) const {
    const auto concept_ = concept_named(name);
    const auto hit = std::find_if(hits_.begin(), hits_.end(), [&](const Hit& each) { return each.concept_ == concept_; });
    return hit == hits_.end() ? nullptr : &*hit;
  }
  [[nodiscard]] bool sure(std::string_view name) const {
    const Hit* hit = of(name);
    return hit != nullptr && hit->role == Role::include && !hit->weak;
  }
  [[nodiscard]] bool weak(std::string_view name) const {
    const Hit* hit = of(name);
    return hit != nullptr && hit->role == Role::include && hit->weak;
  }

 private:
  std::vector<fhir::Coding> codings_;
  Vocabulary vocabulary_;
  HitFinder finder_;
  std::vector<Hit> hits_;
};

fhir::Coding coding(std::string_view system, std::string_view code, std::string_view display = {}) {
  return {system, code, display};
}

}  // namespace

TEST_CASE("hits: two codings of one condition agree") {
  CHECK(Found({coding(kIcd10, "M79.7"), coding(kSnomed, "203082005")}, {}).sure("fibromyalgia"));
}

TEST_CASE("hits: two codings of different conditions make both weak") {
  const Found found({coding(kIcd10, "M79.7"), coding(kIcd10, "F31.9")}, {});
  CHECK(found.weak("fibromyalgia"));
  CHECK(found.weak("bipolar"));
}

TEST_CASE("hits: codings that share one condition agree, whatever else one of them says") {
  const Found found({coding(kIcd10Cm, "E11.65"), coding(kIcd10, "E11.9")}, {});
  CHECK(found.sure("diabetes_mellitus"));
}

TEST_CASE("hits: a third coding that disagrees with two that agree makes all weak") {
  const Found found({coding(kIcd10, "M79.7"), coding(kSnomed, "203082005"), coding(kIcd10, "F31.9")}, {});
  CHECK(found.weak("fibromyalgia"));
  CHECK(found.weak("bipolar"));
}

TEST_CASE("hits: a trap in one coding weakens the include of the other") {
  const Found found({coding(kIcd10, "M79.7"), coding(kIcd10Cm, "M79.1")}, {});
  CHECK(found.weak("fibromyalgia"));
}

TEST_CASE("hits: a coding that nobody maps never disagrees") {
  CHECK(Found({coding(kIcd10, "M79.7"), coding("http://hospital.example/codes", "4711")}, {}).sure("fibromyalgia"));
}

TEST_CASE("hits: a helper concept neither makes a disagreement nor heals one") {
  CHECK(Found({coding(kIcd10, "M79.7"), coding(kIcd10, "I10")}, {}).sure("fibromyalgia"));
  CHECK(Found({coding(kIcd10, "M79.7"), coding(kIcd10, "I10")}, {}).sure("hypertension"));
}

TEST_CASE("hits: include beside review of one condition is include") {
  const Found found({coding(kIcd10, "M79.7"), coding(kSnomed, "24693007")}, {});
  CHECK(found.sure("fibromyalgia"));
}

TEST_CASE("hits: two different drugs in one concept make both weak") {
  const Found found({coding(kAtc, "N02BF02"), coding(kAtc, "N06AX16")}, {}, mappings::Place::drug);
  CHECK(found.weak("drug_pregabalin"));
  CHECK(found.weak("drug_venlafaxine"));
}

TEST_CASE("hits: words count weakly, and only where no coding matched that concept") {
  CHECK(Found({}, "Fibromyalgia").weak("fibromyalgia"));
  CHECK(Found({coding(kIcd10, "M79.7")}, "no fibromyalgia").sure("fibromyalgia"));
  const Found trapped({coding(kIcd10Cm, "M79.1")}, "fibromyalgia");
  const Hit* trap = trapped.of("fibromyalgia");
  REQUIRE(trap != nullptr);
  CHECK(trap->role == Role::trap);
}

TEST_CASE("hits: the display of a coding is read like the text") {
  CHECK(Found({coding("http://hospital.example/codes", "1", "纤维肌痛")}, {}).weak("fibromyalgia"));
}

TEST_CASE("hits: what one text denies and another states is stated") {
  const Found found({coding("http://hospital.example/codes", "1", "no fibromyalgia")}, "fibromyalgia");
  const Hit* hit = found.of("fibromyalgia");
  REQUIRE(hit != nullptr);
  CHECK_FALSE(hit->negated);
}

TEST_CASE("hits: denied, doubtful and past words are told apart in three languages") {
  for (const std::string_view denied : {"no fibromyalgia", "否认纤维肌痛", "kein Hinweis auf Fibromyalgie"}) {
    const Found found({}, denied);
    INFO(denied);
    CHECK((found.of("fibromyalgia") == nullptr || found.of("fibromyalgia")->negated));
  }
  const Found suspicion({}, "suspected fibromyalgia"), history({}, "history of bipolar disorder");
  const Hit* doubtful = suspicion.of("fibromyalgia");
  REQUIRE(doubtful != nullptr);
  CHECK(doubtful->uncertain);
  const Hit* past = history.of("bipolar");
  REQUIRE(past != nullptr);
  CHECK(past->past);
}

TEST_CASE("hits: a text is long from its 201st code point on, whatever its bytes") {
  const auto padded = [](std::size_t code_points) {
    std::string text = "纤维肌痛。";  // five code points
    for (std::size_t i = 5; i < code_points; ++i) text += "文";
    return text;
  };
  const std::string at_limit = padded(200), beyond = padded(201);
  const Found short_text({}, at_limit), long_text({}, beyond);
  REQUIRE(short_text.of("fibromyalgia") != nullptr);
  CHECK_FALSE(short_text.of("fibromyalgia")->long_text);
  REQUIRE(long_text.of("fibromyalgia") != nullptr);
  CHECK(long_text.of("fibromyalgia")->long_text);
}
