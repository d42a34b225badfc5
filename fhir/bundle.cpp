#include "fhir/bundle.h"

namespace trialflag::fhir {
namespace {

using json::Walk;

std::vector<Link> links_of(const json::Value& links) {
  std::vector<Link> found;
  for (const json::Value& link : links.array())
    found.push_back({std::string(link["relation"].string()), std::string(link["url"].string())});
  return found;
}

// A string member; parsed only when it holds escapes.
bool read_string(std::string_view value, json::Document& document, std::string& to) {
  if (const auto plain = json::plain_string(value)) {
    to = *plain;
    return true;
  }
  if (!document.parse(value) || !document.root().is(json::Value::Type::string)) return false;
  to = document.root().string();
  return true;
}

bool read_member(const json::Members::Member& member, json::Document& document, Entry& entry) {
  const std::string_view text = member.value.text;
  if (member.name == "resource") {
    entry.resource = text;
    return true;
  }
  if (member.name == "fullUrl") return read_string(text, document, entry.full_url);
  if (member.name != "request" && member.name != "search") return true;
  if (!document.parse(text)) return false;
  const json::Value& root = document.root();
  if (member.name == "search") {
    entry.search_mode = root["mode"].string();
  } else {
    entry.method = root["method"].string();
    entry.url = root["url"].string();
  }
  return true;
}

void clear(Entry& entry) {
  for (std::string* text : {&entry.full_url, &entry.method, &entry.url, &entry.search_mode}) text->clear();
  entry.resource = {};
  entry.whole = entry.readable = true;
}

}  // namespace

BundleText::BundleText(std::string_view text) {
  json::Members members(text);
  while (const auto member = members.next()) {
    const std::string_view value = member->value.text;
    if (member->name == "entry") {
      entries_ = json::Elements(value);
    } else if (member->name == "type") {
      read_string(value, document_, type_);
    } else if (member->name == "id") {
      read_string(value, document_, id_);
    } else if (member->name == "link" || member->name == "total") {
      if (!document_.parse(value)) continue;
      if (member->name == "link") links_ = links_of(document_.root());
      if (member->name == "total" && document_.root().is(json::Value::Type::number)) total_ = document_.root().number();
    }
  }
  outer_ = members.state();
}

std::string_view BundleText::link(std::string_view relation) const {
  for (const Link& link : links_)
    if (link.relation == relation) return link.url;
  return {};
}

bool BundleText::next(Entry& entry) {
  const auto element = entries_.next();
  if (!element) return false;
  clear(entry);
  entry.whole = element->whole;
  json::Members members(element->text);
  while (const auto member = members.next()) entry.readable = read_member(*member, document_, entry) && entry.readable;
  if (members.state() == Walk::malformed) entry.readable = false;
  return true;
}

json::Walk BundleText::state() const {
  return entries_.state() == Walk::finished ? outer_ : entries_.state();
}

std::string_view resource_type_of(std::string_view resource) {
  const auto type = json::find_member(resource, "resourceType");
  if (!type || !type->whole) return {};
  return json::plain_string(type->text).value_or(std::string_view{});
}

}  // namespace trialflag::fhir
