// Kept facts: any bytes are taken, nothing beyond them is read, and facts that were read are written as they were read.
#include <cstring>

#include "agent/base/ids.h"
#include "agent/screening/facts_blob.h"
#include "tests/fuzz/target.h"

using namespace trialflag;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  constexpr std::size_t kConcepts = 200;  // above what the tables have
  screening::StoredFacts stored, again;
  // Two parts, the first with its size; the second belongs to whatever the first is.
  const std::string text(fuzz::text_of(bytes, size));
  if (text.size() < 2) return 0;
  const std::size_t first = static_cast<unsigned char>(text[0]) * 256U + static_cast<unsigned char>(text[1]);
  const std::string judged = text.substr(2, first);
  std::string told = text.substr(2 + judged.size());
  const std::int64_t hash = short_hash(judged);
  if (told.size() > sizeof hash) std::memcpy(told.data() + 1, &hash, sizeof hash);
  if (!stored.decode_judged(judged, kConcepts)) return 0;
  std::size_t sum = 0;
  for (std::uint32_t i = 0; i < 3; ++i) sum += fuzz::touch(stored.origin(i).type) + fuzz::touch(stored.origin(i).id);
  if (!stored.decode(judged, told, kConcepts)) return 0;
  for (const eligibility::Origin& origin : stored.facts.origins)
    sum += fuzz::touch(origin.type) + fuzz::touch(origin.id) + fuzz::touch(origin.version);
  for (const eligibility::Fact& fact : stored.facts.facts) {
    require(fact.record < stored.facts.origins.size(), "a fact stands in a record");
    const eligibility::Wording& wording = stored.facts.wordings.at(fact.wording);
    sum += fuzz::touch(wording.system) + fuzz::touch(wording.code) + fuzz::touch(wording.value) + fuzz::touch(fact.classes);
  }
  require(sum < 256 * (64 * size + 64) * (size + 1), "facts are made of their bytes");
  const screening::FactBytes written = screening::encode_facts(stored.facts, stored.facts.incomplete);
  require(again.decode(written.judged, written.told, kConcepts) && screening::encode_facts(again.facts, again.facts.incomplete) == written,
          "facts survive being written");
  return 0;
}
