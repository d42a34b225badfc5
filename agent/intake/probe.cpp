#include "agent/intake/probe.h"

#include "agent/json/scan.h"
#include "agent/json/value.h"

namespace trialflag::intake {
namespace {

constexpr std::size_t kReferenceBytes = 4096;  // no Reference is larger, and damaged text must not cost more than a look

std::string_view member_text(std::string_view object, std::string_view name, Arena& arena) {
  const auto value = json::find_member(object, name);
  return value && value->whole ? unquoted(value->text, arena) : std::string_view();
}

void take_member(std::string_view name, std::string_view value, Probe& probe, Arena& arena) {
  if (name == "id") {
    probe.id = unquoted(value, arena);
  } else if (name == "meta") {
    probe.updated = member_text(value, "lastUpdated", arena);
  } else if (name == "subject" || name == "patient") {
    if (probe.subject.empty()) probe.subject = member_text(value, "reference", arena);
  }
}

}  // namespace

std::string_view unquoted(std::string_view value, Arena& arena) {
  if (const auto plain = json::plain_string(value)) return *plain;
  json::Document document;
  if (value.empty() || value.front() != '"' || !document.parse(value)) return {};
  return arena.copy(document.root().string());
}

Probe look_at(std::string_view text, bool (*is_read)(std::string_view type), Arena& arena) {
  Probe probe;
  json::Members members(text);
  probe.object = members.state() == json::Walk::going;
  while (const auto member = members.next()) {
    if (!member->value.whole) break;
    if (member->name != "resourceType") {
      take_member(member->name, member->value.text, probe, arena);
    } else if (probe.type.empty()) {
      probe.type = unquoted(member->value.text, arena);
      if (is_read(probe.type)) continue;
      probe.whole = true;
      return probe;
    }
  }
  probe.whole = members.state() == json::Walk::finished && text.find_first_not_of(" \t\r\n", members.offset()) == std::string_view::npos;
  return probe;
}

std::optional<std::string> named_subject(std::string_view text) {
  std::optional<std::string> found;
  Arena arena;
  for (const std::string_view name : {"\"subject\"", "\"patient\""}) {
    for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
      const std::size_t brace = text.find_first_not_of(" \t\r\n:", at + name.size());
      if (brace == std::string_view::npos || text[brace] != '{') continue;
      const std::string_view reference = member_text(text.substr(brace, kReferenceBytes), "reference", arena);
      if (reference.empty() || reference == found) continue;
      if (found) return std::nullopt;
      found = reference;
    }
  }
  return found;
}

}  // namespace trialflag::intake
