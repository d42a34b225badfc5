// Kept facts: any bytes are taken, nothing beyond them is read, and facts that were read are written as they were read.
#include "agent/screening/facts_blob.h"
#include "tests/fuzz/target.h"

using namespace trialflag;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  constexpr std::size_t kConcepts = 200;  // above what the tables have
  screening::StoredFacts stored, again;
  if (!stored.decode(fuzz::text_of(bytes, size), kConcepts)) return 0;
  std::size_t sum = 0;
  for (const eligibility::Origin& origin : stored.facts.origins)
    sum += fuzz::touch(origin.type) + fuzz::touch(origin.id) + fuzz::touch(origin.version);
  for (const eligibility::Fact& fact : stored.facts.facts) {
    require(fact.record < stored.facts.origins.size(), "a fact stands in a record");
    sum += fuzz::touch(fact.system) + fuzz::touch(fact.code) + fuzz::touch(fact.value_text) + fuzz::touch(fact.classes);
  }
  require(sum < 256 * (64 * size + 64) * (size + 1), "facts are made of their bytes");
  const std::string written = screening::encode_facts(stored.facts, stored.facts.incomplete);
  require(again.decode(written, kConcepts) && screening::encode_facts(again.facts, again.facts.incomplete) == written,
          "facts survive being written");
  return 0;
}
