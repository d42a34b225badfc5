#include "tests/bench/population.h"

#include <array>
#include <cstdio>
#include <fstream>
#include <random>
#include <string>
#include <string_view>

namespace trialflag::bench {
namespace {

struct Code {
  std::string_view system, code, unit;
  double low = 0, high = 0;
};

constexpr std::string_view kLoinc = "http://loinc.org";
constexpr std::string_view kSnomed = "http://snomed.info/sct";
constexpr std::string_view kIcd10 = "http://hl7.org/fhir/sid/icd-10";
constexpr std::string_view kRxnorm = "http://www.nlm.nih.gov/research/umls/rxnorm";

// Half of what a chart holds is of no interest to a trial, as in life.
constexpr std::array<Code, 10> kObservations{{{kLoinc, "4548-4", "%", 5, 11},
                                              {kLoinc, "75893-8", "{score}", 0, 10},
                                              {kLoinc, "29463-7", "kg", 45, 120},
                                              {kLoinc, "39156-5", "kg/m2", 18, 42},
                                              {kLoinc, "8302-2", "cm", 150, 195},
                                              {kLoinc, "2339-0", "mg/dL", 70, 180},
                                              {kLoinc, "718-7", "g/dL", 9, 17},
                                              {kLoinc, "38483-4", "mg/dL", 0.5, 2},
                                              {kLoinc, "6298-4", "mmol/L", 3, 6},
                                              {kLoinc, "2093-3", "mg/dL", 120, 290}}};
constexpr std::array<Code, 10> kConditions{{{kIcd10, "M79.7", "", 0, 0},
                                            {kSnomed, "203082005", "", 0, 0},
                                            {kSnomed, "44054006", "", 0, 0},
                                            {kIcd10, "I10", "", 0, 0},
                                            {kIcd10, "F32.1", "", 0, 0},
                                            {kSnomed, "73430006", "", 0, 0},
                                            {kIcd10, "J06.9", "", 0, 0},
                                            {kIcd10, "S93.4", "", 0, 0},
                                            {kSnomed, "444814009", "", 0, 0},
                                            {kIcd10, "M06.9", "", 0, 0}}};
constexpr std::array<Code, 6> kDrugs{{{kRxnorm, "187832", "", 0, 0},
                                      {kRxnorm, "860975", "", 0, 0},
                                      {kRxnorm, "314076", "", 0, 0},
                                      {kRxnorm, "39786", "", 0, 0},
                                      {kRxnorm, "1191", "", 0, 0},
                                      {kRxnorm, "161", "", 0, 0}}};

/// Writes one patient after another; every choice comes from one generator.
class Writer {
 public:
  Writer(std::ostream& out, std::uint32_t seed) : out_(out), random_(seed) {}

  void patient(int number) {
    patient_ = "p" + std::to_string(number);
    out_ << R"({"resourceType":"Patient","id":")" << patient_ << R"(","meta":{"lastUpdated":"2026-11-01T08:00:00Z"},"gender":")"
         << (below(2) == 0 ? "female" : "male") << R"(","birthDate":")" << date(1940, 2010) << "\"}\n";
    // One in three has the condition that the trial is about, so that evaluation does not end at the entry criterion.
    if (number % 3 == 0) condition(kConditions[static_cast<std::size_t>(below(2))]);
    for (int i = 0; i < 12; ++i) condition(kConditions[2 + static_cast<std::size_t>(below(8))]);
    for (int i = 0; i < 60; ++i) observation(kObservations[static_cast<std::size_t>(below(10))]);
    for (int i = 0; i < 15; ++i) blood_pressure();
    for (int i = 0; i < 25; ++i) prescription(kDrugs[static_cast<std::size_t>(below(6))]);
    if (below(2) == 0) allergy();
  }

 private:
  int below(int limit) { return static_cast<int>(random_() % static_cast<std::uint32_t>(limit)); }

  std::string date(int first_year, int end_year) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02d-%02d", first_year + below(end_year - first_year), 1 + below(12), 1 + below(28));
    return text.data();
  }

  void open(std::string_view type, std::string_view subject) {
    out_ << R"({"resourceType":")" << type << R"(","id":")" << patient_ << '-' << next_++
         << R"(","meta":{"versionId":"1","lastUpdated":"2026-11-01T08:00:00.000+00:00"},")" << subject << R"(":{"reference":"Patient/)"
         << patient_ << "\"},";
  }

  void concept_of(const Code& code) {
    out_ << R"({"coding":[{"system":")" << code.system << R"(","code":")" << code.code << R"(","display":"as shown to the clinician"}]})";
  }

  void condition(const Code& code) {
    open("Condition", "subject");
    out_
        << R"("clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":")"
        << (below(3) == 0 ? "resolved" : "active")
        << R"("}]},"verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"confirmed"}]},)"
        << R"("code":)";
    concept_of(code);
    out_ << R"(,"onsetDateTime":")" << date(2010, 2026) << R"(","recordedDate":")" << date(2016, 2026) << "\"}\n";
  }

  void quantity(const Code& code) {
    std::array<char, 16> value{};
    std::snprintf(value.data(), value.size(), "%.1f", code.low + (code.high - code.low) * below(1000) / 1000.0);
    out_ << R"("valueQuantity":{"value":)" << value.data() << R"(,"unit":")" << code.unit
         << R"(","system":"http://unitsofmeasure.org","code":")" << code.unit << "\"}";
  }

  void observation_head() {
    open("Observation", "subject");
    out_ << R"("status":"final","effectiveDateTime":")" << date(2018, 2027) << R"(T09:30:00+08:00","code":)";
  }

  void observation(const Code& code) {
    observation_head();
    concept_of(code);
    out_ << ',';
    quantity(code);
    out_ << "}\n";
  }

  void blood_pressure() {
    observation_head();
    concept_of({kLoinc, "85354-9", "", 0, 0});
    out_ << R"(,"component":[{"code":)";
    concept_of({kLoinc, "8480-6", "", 0, 0});
    out_ << ',';
    quantity({kLoinc, "8480-6", "mm[Hg]", 100, 190});
    out_ << R"(},{"code":)";
    concept_of({kLoinc, "8462-4", "", 0, 0});
    out_ << ',';
    quantity({kLoinc, "8462-4", "mm[Hg]", 60, 115});
    out_ << "}]}\n";
  }

  void prescription(const Code& code) {
    open("MedicationRequest", "subject");
    out_ << R"("status":")" << (below(2) == 0 ? "active" : "completed") << R"(","intent":"order","authoredOn":")" << date(2018, 2027)
         << R"(","medicationCodeableConcept":)";
    concept_of(code);
    out_ << R"(,"dosageInstruction":[{"text":"1 tablet in the evening"}]})"
         << "\n";
  }

  void allergy() {
    open("AllergyIntolerance", "patient");
    out_
        << R"("clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}]},)"
        << R"("code":)";
    concept_of({kSnomed, "91936005", "", 0, 0});
    out_ << R"(,"recordedDate":")" << date(2016, 2026) << "\"}\n";
  }

  std::ostream& out_;
  std::mt19937 random_;
  std::string patient_;
  std::uint64_t next_ = 0;
};

}  // namespace

std::uint64_t write_population(const std::filesystem::path& folder, int patients, std::uint32_t seed) {
  std::ofstream out(folder / "patients.ndjson", std::ios::binary);
  Writer writer(out, seed);
  for (int number = 0; number < patients; ++number) writer.patient(number);
  out.flush();
  return out ? static_cast<std::uint64_t>(out.tellp()) : 0;
}

}  // namespace trialflag::bench
