#include "mappings/rows.h"

#include <algorithm>
#include <array>
#include <utility>

namespace trialflag::mappings {
namespace {

constexpr std::array<std::pair<std::string_view, Role>, 5> kRoles{
    {{"include", Role::include}, {"review", Role::review}, {"trap", Role::trap}, {"evidence", Role::evidence}, {"ignore", Role::ignore}}};

constexpr std::array<std::pair<std::string_view, std::string_view Attributes::*>, 6> kAttributes{{{"class", &Attributes::classes},
                                                                                                  {"kind", &Attributes::kind},
                                                                                                  {"covers", &Attributes::covers},
                                                                                                  {"asserts", &Attributes::asserts},
                                                                                                  {"answer", &Attributes::answer},
                                                                                                  {"route", &Attributes::route}}};

bool set_attribute(Attributes& attributes, std::string_view pair) {
  const std::size_t equals = pair.find('=');
  for (const auto& [key, member] : kAttributes) {
    if (equals != std::string_view::npos && pair.substr(0, equals) == key) {
      attributes.*member = pair.substr(equals + 1);
      return true;
    }
  }
  return false;
}

}  // namespace

std::optional<std::uint16_t> Rows::concept_named(std::string_view name) const {
  const auto* id = concept_ids.find(name);
  return id ? std::optional(static_cast<std::uint16_t>(*id)) : std::nullopt;
}

void Rows::add_code(const RowBase& base, SystemId system, const CodeText& code, bool prefix) {
  const auto number = static_cast<std::uint32_t>(codes.size());
  codes.push_back({base, prefix});
  code_map.add(system, code, codes.back().answer(number), !prefix);
}

std::optional<std::uint32_t> intern_attributes(Rows& rows, std::string_view text) {
  if (text.empty()) return 0;
  if (const auto* known = rows.attribute_ids.find(text)) return *known;
  Attributes attributes;
  text = rows.keep(text);
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    if (!set_attribute(attributes, rest.substr(0, end))) return std::nullopt;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const auto id = static_cast<std::uint32_t>(rows.attributes.size());
  rows.attributes.push_back(attributes);
  rows.attribute_ids.set(text, id);
  return id;
}

std::optional<Role> role_named(std::string_view name) {
  for (const auto& [text, role] : kRoles) {
    if (text == name) return role;
  }
  return std::nullopt;
}

std::string_view name_of(Role role) {
  for (const auto& [text, named] : kRoles) {
    if (named == role) return text;
  }
  return {};
}

}  // namespace trialflag::mappings
