#include "agent/intake/index.h"

#include <cstring>

namespace trialflag::intake {
namespace {

// Two multiplicative hashes side by side, eight bytes at a time.
void mix(Key& key, std::string_view text) {
  const auto take = [&key](std::uint64_t word) {
    key.high = (key.high ^ word) * 0xbf58476d1ce4e5b9ULL;
    key.high ^= key.high >> 32;
    key.low = (key.low + word) * 0x9e3779b97f4a7c15ULL;
    key.low ^= key.low >> 29;
  };
  for (; text.size() >= sizeof(std::uint64_t); text.remove_prefix(sizeof(std::uint64_t))) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), sizeof word);
    take(word);
  }
  std::uint64_t rest = 0;  // its last byte stays free for the size
  if (!text.empty()) std::memcpy(&rest, text.data(), text.size());
  take(rest ^ (std::uint64_t{text.size()} << 56));
}

Key seeded(std::uint64_t seed) {
  return {0xcbf29ce484222325ULL ^ seed, 0x2545f4914f6cdd1dULL + seed * 0x9e3779b97f4a7c15ULL};
}

}  // namespace

std::uint32_t StringPool::intern(std::string_view text) {
  if (last_ < texts_.size() && texts_[last_] == text) return last_;
  const auto found = numbers_.find(text);
  last_ = found != numbers_.end() ? found->second : static_cast<std::uint32_t>(texts_.size());
  if (last_ == texts_.size()) numbers_.emplace(texts_.emplace_back(text), last_);
  return last_;
}

Key key_of(fhir::ResourceType type, std::string_view id) {
  Key key = seeded(static_cast<std::uint64_t>(type));
  mix(key, id);
  return key;
}

Place place_of(const Index& index, const Item& item) {
  const std::string_view file = index.files[item.text.file].input.name;
  if (!item.in_entry) return {file, item.number};
  return {file, index.bundles[item.bundle].line, item.number};
}

Key medication_url_key(std::uint32_t bundle, std::string_view full_url) {
  Key key = seeded((std::uint64_t{bundle} << 8) + 0xFF);
  mix(key, full_url);
  return key;
}

}  // namespace trialflag::intake
