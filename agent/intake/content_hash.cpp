#include "agent/intake/content_hash.h"

#include <functional>
#include <string_view>

namespace trialflag::intake {
namespace {

std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
  std::uint64_t hash = (a ^ (b + 0x9e3779b97f4a7c15ULL + (a << 6) + (a >> 2))) * 0xbf58476d1ce4e5b9ULL;
  return hash ^ (hash >> 31);
}

std::uint64_t text_hash(std::string_view text) {
  return std::hash<std::string_view>{}(text);
}

std::uint64_t value_hash(const json::Value& value) {
  std::uint64_t hash = static_cast<std::uint64_t>(value.type());
  if (value.is(json::Value::Type::boolean)) return mixed(hash, value.boolean() ? 1 : 2);
  if (value.is(json::Value::Type::array)) {
    for (const json::Value& element : value.array()) hash = mixed(hash, value_hash(element));
    return hash;
  }
  if (!value.is(json::Value::Type::object)) return mixed(hash, text_hash(value.string()));
  std::uint64_t sum = 0;  // of no order
  for (const auto& member : value.members()) sum += mixed(text_hash(member.name), value_hash(member.value));
  return mixed(hash, sum);
}

}  // namespace

std::uint64_t content_hash(const json::Value& resource) {
  std::uint64_t sum = 0;
  for (const auto& member : resource.members())
    if (member.name != "meta" && member.name != "text") sum += mixed(text_hash(member.name), value_hash(member.value));
  return sum;
}

}  // namespace trialflag::intake
