#include "agent/json/value.h"

namespace trialflag::json {
namespace {

const Value kMissing;

}  // namespace

bool Value::boolean() const {
  return type_ == Type::boolean && boolean_;
}

double Value::number() const {
  return type_ == Type::number ? number_ : 0;
}

const Value& Value::operator[](std::string_view name) const {
  if (type_ != Type::object) return kMissing;
  const auto* member = static_cast<const Member*>(data_);
  // Most names differ in their size or their last letter, which spares the comparison of the rest.
  const char last = name.empty() ? '\0' : name.back();
  for (const auto* end = member + size_; member != end; ++member) {
    if (member->name.size() != name.size() || (!name.empty() && member->name.back() != last)) continue;
    if (member->name == name) return member->value;
  }
  return kMissing;
}

}  // namespace trialflag::json
