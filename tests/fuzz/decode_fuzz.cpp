// The decoders: any JSON is taken, a flaw has a path, and nothing of a record points into the parsed text.
#include <string_view>

#include "agent/base/arena.h"
#include "agent/json/value.h"
#include "fhir/decode.h"
#include "fhir/outcome.h"
#include "tests/fuzz/target.h"

using namespace trialflag;
using fuzz::require;

namespace {

using fuzz::touch;

std::size_t touch(const fhir::CodeableConcept& concept_) {
  std::size_t sum = touch(concept_.text);
  for (const fhir::Coding& coding : concept_.codings) sum += touch(coding.system) + touch(coding.code) + touch(coding.display);
  return sum;
}

std::size_t touch(const fhir::Record& record) {
  std::size_t sum =
      touch(record.id) + touch(record.subject.target) + touch(record.code) + touch(record.value.string) + touch(record.value.concept_);
  for (const auto& drug : record.contained_drugs) sum += touch(drug.id) + touch(drug.code);
  for (const auto& item : record.items) sum += touch(item.link_id) + touch(item.value.string);
  for (const auto& text : record.study_texts) sum += touch(text);
  for (const auto& component : record.components) sum += touch(component.code);
  return sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Arena arena;
  fhir::Issues issues;
  fhir::Record record;
  fhir::Patient patient;
  {
    json::Document document;
    if (!document.parse({reinterpret_cast<const char*>(bytes), size})) return 0;
    static_cast<void>(fhir::foreign_version(document.root()));
    static_cast<void>(fhir::judge_outcome(document.root()));
    record = fhir::decode_record(document.root(), {}, arena, issues);
    const std::size_t of_the_record = issues.size();
    patient = fhir::decode_patient(document.root(), arena, issues);
    for (std::size_t i = of_the_record; i < issues.size(); ++i)
      require(issues[i].severity == fhir::Severity::warning, "a Patient is never quarantined");
  }
  require(touch(record) + touch(patient.id) + touch(patient.gender) <= 256 * 1024 * (size + 1), "a record is made of its text");
  for (const fhir::Issue& issue : issues) require(!issue.path.empty() && !issue.text.empty(), "a flaw has a path and a text");
  return 0;
}
