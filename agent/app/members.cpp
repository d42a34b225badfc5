#include "agent/app/members.h"

#include <algorithm>
#include <optional>
#include <set>

#include "agent/base/url.h"
#include "fhir/decode.h"

namespace trialflag::app {
namespace {

/// "https://h/fhir", however it was written; nullopt when it is no absolute http(s) URL.
std::optional<std::string> plain(std::string_view url) {
  const auto parsed = parse_url(url);
  if (!parsed) return std::nullopt;
  std::string text = parsed->origin() + parsed->path;
  while (text.ends_with('/')) text.pop_back();
  return text;
}

/// The base under which a resource lies whose address ends in Type/id.
std::optional<std::string> base_of(std::string_view full_url) {
  const auto target = fhir::target_of(full_url);
  const auto url = target ? plain(full_url) : std::nullopt;
  if (!url) return std::nullopt;
  const std::string end = "/" + std::string(target->type) + "/" + std::string(target->id);
  const std::size_t at = url->rfind(end);
  return at == std::string::npos ? std::nullopt : std::optional(url->substr(0, at));
}

/// What of a reference follows the base of our server; nullopt: it lies elsewhere.
std::optional<std::string> below_base(std::string_view reference, std::string_view full_url, std::string_view base_url) {
  if (reference.find("://") == std::string_view::npos) return std::string(reference);
  const auto url = plain(reference);
  if (!url) return std::nullopt;
  for (const auto& base : {plain(base_url), base_of(full_url)})
    if (base && url->starts_with(*base + "/")) return url->substr(base->size() + 1);
  return std::nullopt;
}

/// One reference as named_observations() tells it; empty: it names no Observation.
std::string named_by(const json::Value& reference, std::string_view full_url, std::string_view base_url) {
  const std::string_view text = reference["reference"].string();
  const std::string_view type = reference["type"].string();
  const auto target = fhir::target_of(text);
  if (target ? target->type != "Observation" : !type.empty() && type != "Observation") return {};
  if (text.empty()) return reference["identifier"].exists() ? "#identifier" : "";
  const auto below = target ? below_base(text, full_url, base_url) : std::nullopt;
  const std::string plainly = target ? "Observation/" + std::string(target->id) : std::string();
  const bool ours = below && (*below == plainly || below->starts_with(plainly + "/_history/")) && is_askable(target->id);
  if (ours) return std::string(target->id);
  return is_askable(text) ? "#" + std::string(text) : std::string(text);
}

}  // namespace

bool is_askable(std::string_view named) {
  const auto of_id = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  };
  // Dots alone would be a step in the path.
  return named.find_first_not_of('.') != std::string_view::npos && named.size() <= 256 && std::all_of(named.begin(), named.end(), of_id);
}

std::vector<std::string> named_observations(const json::Value& resource, std::string_view full_url, std::string_view base_url) {
  const std::string_view type = resource["resourceType"].string();
  const char* element = type == "Observation" ? "hasMember" : type == "DiagnosticReport" ? "result" : nullptr;
  std::vector<std::string> named;
  if (element == nullptr) return named;
  std::set<std::string> met;
  for (const json::Value& reference : resource[element].array()) {
    std::string one = named_by(reference, full_url, base_url);
    if (!one.empty() && met.insert(one).second) named.push_back(std::move(one));
  }
  return named;
}

}  // namespace trialflag::app
