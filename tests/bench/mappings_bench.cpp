// How fast the tables are loaded, codes and words matched: one core, printed as rates. Not a test: nothing here can fail.
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "mappings/tables.h"

using namespace trialflag::mappings;

namespace {

double seconds_of(auto&& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct Coding {
  const char *system, *code;
};

/// As in a hospital's records: most codes are of no interest to the trial.
constexpr Coding kCodings[] = {{"http://snomed.info/sct", "203082005"},
                               {"http://snomed.info/sct", "162673000"},
                               {"http://hl7.org/fhir/sid/icd-10-cm", "E11.9"},
                               {"http://hl7.org/fhir/sid/icd-10-cm", "J06.9"},
                               {"http://loinc.org", "8480-6"},
                               {"http://loinc.org", "2951-2"},
                               {"http://www.nlm.nih.gov/research/umls/rxnorm", "310965"},
                               {"http://www.whocc.no/atc", "N02BF02"},
                               {"urn:oid:2.16.156.10011.2.3.3.11", "I10.x00x016"},
                               {"http://mimic.mit.edu/fhir/mimic/CodeSystem/mimic-diagnosis-icd10", "M797"}};

constexpr const char* kTexts[] = {"Essential hypertension",
                                  "Acute bronchitis (disorder)",
                                  "Denies diabetes, hypertension or cancer.",
                                  "既往体健，否认高血压、糖尿病、冠心病病史。",
                                  "pregabalin 75 MG Oral Capsule",
                                  "V. a. Fibromyalgie, Z. n. Mammakarzinom"};

}  // namespace

int main() {
  std::shared_ptr<const Tables> tables;
  std::vector<TableFlaw> flaws;
  const double loading = seconds_of([&] { tables = Tables::load(TRIALFLAG_SOURCE_DIR "/mappings/tables", {}, flaws).value(); });
  std::printf("load            %8.1f ms\n", loading * 1e3);

  constexpr int kRounds = 1'000'000, kTextRounds = 50'000;
  std::vector<CodeMatch> codes;
  std::size_t hits = 0;
  const double matching = seconds_of([&] {
    for (int i = 0; i < kRounds; ++i) {
      for (const Coding& coding : kCodings) {
        codes.clear();
        hits += tables->match_code(coding.system, coding.code, Place::condition, codes);
      }
    }
  });
  std::printf("codes           %8.1f million/s   (%zu hits)\n", kRounds * std::size(kCodings) / matching / 1e6, hits / kRounds);
  for (const Coding& coding : kCodings) {
    const double one = seconds_of([&] {
      for (int i = 0; i < kRounds; ++i) {
        codes.clear();
        tables->match_code(coding.system, coding.code, Place::condition, codes);
      }
    });
    std::printf("  %-14s%8.1f ns\n", coding.code, one / kRounds * 1e9);
  }

  std::vector<TextMatch> words;
  std::size_t bytes = 0;
  const double reading = seconds_of([&] {
    for (int i = 0; i < kTextRounds; ++i) {
      for (const char* text : kTexts) {
        words.clear();
        tables->match_text(text, words);
        bytes += std::string_view(text).size();
      }
    }
  });
  std::printf("texts           %8.2f million/s   %.1f MB/s\n", kTextRounds * std::size(kTexts) / reading / 1e6,
              static_cast<double>(bytes) / reading / 1e6);
}
