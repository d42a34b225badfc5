// Stored charts: any bytes are taken, nothing beyond them is read, and a chart that was read is written as it was read.
#include "agent/screening/chart_blob.h"
#include "tests/fuzz/target.h"

using namespace trialflag;
using fuzz::require;

namespace {

std::size_t touch(const fhir::CodeableConcept& concept_) {
  std::size_t sum = fuzz::touch(concept_.text);
  for (const fhir::Coding& coding : concept_.codings) sum += fuzz::touch(coding.system) + fuzz::touch(coding.code);
  return sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Arena arena, other;
  const auto chart = screening::decode_chart(fuzz::text_of(bytes, size), arena);
  if (!chart) return 0;
  std::size_t sum = fuzz::touch(chart->patient.id);
  for (const fhir::Record& record : chart->records) sum += fuzz::touch(record.id) + touch(record.code) + touch(record.value.concept_);
  require(sum < 256 * (64 * size + 64) * (size + 1), "a chart is made of its bytes");
  const std::string written = screening::encode_chart(*chart);
  const auto again = screening::decode_chart(written, other);
  require(again && screening::encode_chart(*again) == written, "a chart survives being written");
  return 0;
}
