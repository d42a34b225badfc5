#include "fhir/client/page.h"

#include <algorithm>

#include "agent/json/scan.h"
#include "agent/json/value.h"

namespace trialflag::fhir {
namespace {

/// A string's content, or empty for anything else.
std::string string_of(std::string_view text) {
  if (const auto plain = json::plain_string(text)) return std::string(*plain);
  json::Document document;
  if (!document.parse(text)) return {};
  return document.root().is(json::Value::Type::string) ? std::string(document.root().string()) : std::string();
}

std::string string_member(std::string_view object, std::string_view name) {
  const auto slice = json::find_member(object, name);
  return slice && slice->whole ? string_of(slice->text) : std::string();
}

Entry cut_entry(std::string_view text) {
  Entry entry;
  json::Members members(text);
  while (const auto member = members.next()) {
    const std::string_view value = member->value.text;
    if (member->name == "fullUrl") entry.full_url = string_of(value);
    if (member->name == "search") entry.mode = string_member(value, "mode");
    if (member->name == "resource") entry.resource = value;
    if (member->name != "request") continue;
    entry.method = string_member(value, "method");
    entry.address = string_member(value, "url");
  }
  // Damaged before its resource or instead of it: what there is may still tell whose record it was.
  if (entry.resource.empty() && members.state() != json::Walk::finished) entry.resource = text;
  if (entry.resource.empty()) return entry;
  entry.type = string_member(entry.resource, "resourceType");
  entry.id = string_member(entry.resource, "id");
  return entry;
}

/// Without a next link this page is the last. A list that cannot be read may name one.
Result<void> read_links(std::string_view array, Page& page) {
  json::Document document;
  if (!document.parse(array) || !document.root().is(json::Value::Type::array))
    return fail(ErrorCode::malformed_data, "Bundle.link is no sound list");
  for (const json::Value& link : document.root().array()) {
    const std::string_view relation = link["relation"].string();
    const std::string_view url = link["url"].string();
    if (relation == "self" && !page.self) page.self = std::string(url);
    if (relation != "next" || !page.next.empty()) continue;
    if (url.empty()) return fail(ErrorCode::malformed_data, "Bundle.link names a next page without its address");
    page.next = url;
  }
  return {};
}

std::optional<double> number_of(std::string_view text) {
  json::Document document;
  if (!document.parse(text) || !document.root().is(json::Value::Type::number)) return std::nullopt;
  return document.root().number();
}

std::string_view without_mark(std::string_view text) {
  return text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text;
}

}  // namespace

Result<Page> outline_page(std::string_view text) {
  Page page;
  std::string type;
  json::Members members(without_mark(text));
  while (const auto member = members.next()) {
    const std::string_view value = member->value.text;
    if (!member->value.whole) return fail(ErrorCode::unavailable, "the page was cut off");
    if (member->name == "resourceType") type = string_of(value);
    if (member->name == "type") page.kind = string_of(value);
    if (member->name == "total") page.total = number_of(value);
    if (member->name == "link") {
      if (const auto read = read_links(value, page); !read) return tl::unexpected(read.error());
    }
    if (member->name != "entry") continue;
    if (!page.list.empty()) return fail(ErrorCode::malformed_data, "the Bundle has two lists of entries");
    page.list = value;
  }
  if (members.state() == json::Walk::cut_off) return fail(ErrorCode::unavailable, "the page was cut off");
  const std::string_view rest = without_mark(text).substr(std::min(members.offset(), without_mark(text).size()));
  const bool alone = rest.find_first_not_of(" \t\r\n") == std::string_view::npos;
  if (members.state() != json::Walk::finished || !alone) return fail(ErrorCode::malformed_data, "the answer is no sound JSON");
  if (type == "OperationOutcome") return fail(ErrorCode::malformed_data, "the answer is an OperationOutcome");
  if (type != "Bundle") return fail(ErrorCode::malformed_data, "the answer is no Bundle");
  return page;
}

Result<void> cut_entries(Page& page) {
  if (page.list.empty()) return {};
  json::Elements elements(page.list);
  while (const auto element = elements.next()) {
    if (!element->whole) return fail(ErrorCode::unavailable, "the page was cut off");
    page.entries.push_back(cut_entry(element->text));
  }
  if (elements.state() != json::Walk::finished) return fail(ErrorCode::malformed_data, "Bundle.entry is no sound list");
  return {};
}

Result<Page> cut_page(std::string_view text) {
  auto page = outline_page(text);
  if (!page) return page;
  if (const auto cut = cut_entries(*page); !cut) return tl::unexpected(cut.error());
  return page;
}

}  // namespace trialflag::fhir
