#include "agent/json/value.h"

#include "agent/base/bytes.h"

namespace trialflag::json {

const Value Value::kMissing;

bool Value::boolean() const {
  return is(Type::boolean) && number_ != 0;
}

double Value::number() const {
  return is(Type::number) ? number_ : 0;
}

const Value& Value::find(std::string_view name) const {
  const auto* member = static_cast<const Member*>(data_);
  // Most names differ in their size or their last letter, which spares the comparison of the rest.
  const char last = name.empty() ? '\0' : name.back();
  for (const auto* end = member + size(); member != end; ++member) {
    if (member->name.size() != name.size() || (!name.empty() && member->name.back() != last)) continue;
    if (same_bytes(member->name, name)) return member->value;
  }
  return kMissing;
}

}  // namespace trialflag::json
