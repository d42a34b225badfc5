#include "agent/json/builder.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace trialflag::json {
namespace {

// \u escapes are the one way by which a NUL or half of a surrogate pair (then encoded as ED A0..BF) gets into a string.
const char* flaw_of_escapes(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return "holds a NUL character";
  for (std::size_t at = text.find('\xED'); at != std::string_view::npos; at = text.find('\xED', at + 1))
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xA0) return "holds half of a surrogate pair";
  return nullptr;
}

// Member names of a resource are told, but a name that no FHIR element could have might be a value put in the wrong place.
bool is_element_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 &&
         std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; });
}

}  // namespace

void Builder::start(bool escapes) {
  memory_.reset();
  pending_.clear();
  depth_ = 0;
  escapes_ = escapes;
  problem_.clear();
}

bool Builder::refuse_depth() {
  return refuse("is nested deeper than " + std::to_string(Document::kMaxDepth));
}

bool Builder::escapes_are_sound(std::string_view text) {
  const char* flaw = flaw_of_escapes(text);
  return flaw == nullptr ? true : refuse(flaw);
}

Value Builder::root() const {
  return pending_.size() == 1 ? pending_.front() : Value();
}

bool Builder::refuse(std::string problem) {
  problem_ = std::move(problem);
  return false;
}

bool Builder::Null() {
  pending_.push_back(Value(Value::Type::null, 0, nullptr));
  return true;
}

bool Builder::Bool(bool truth) {
  pending_.push_back(Value(Value::Type::boolean, 0, nullptr, truth ? 1 : 0));
  return true;
}

bool Builder::RawNumber(const char* text, std::uint32_t size, bool) {
  double number = 0;
  const auto read = std::from_chars(text, text + size, number);
  const bool beyond = read.ec == std::errc::result_out_of_range;
  // Too small counts as zero. The character after a number is none of a number, so strtod stops where it should.
  pending_.push_back(Value(Value::Type::number, size, text, beyond ? 0 : number));
  return !beyond || !std::isinf(std::strtod(text, nullptr)) || refuse("has a number beyond the range of a double");
}

bool Builder::sorted_names_are_distinct(const Value::Member* members, std::size_t count) {
  names_.clear();
  for (std::size_t i = 0; i < count; ++i) names_.push_back(members[i].name);
  std::sort(names_.begin(), names_.end());
  const auto twin = std::adjacent_find(names_.begin(), names_.end());
  return twin == names_.end() ? true : refuse_repeated(*twin);
}

bool Builder::refuse_repeated(std::string_view name) {
  return refuse(is_element_name(name) ? "repeats the member \"" + std::string(name) + "\"" : "repeats a member");
}

}  // namespace trialflag::json
