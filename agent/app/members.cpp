#include "agent/app/members.h"

#include <algorithm>
#include <set>

#include "agent/app/resource_page.h"
#include "fhir/decode.h"

namespace trialflag::app {
namespace {

using IsOurs = std::function<bool(std::string_view address)>;

/// Whether an absolute address, which ends in Type/id, is on our server.
bool is_here(std::string_view address, std::string_view full_url, const IsOurs& is_ours) {
  if (is_ours && is_ours(address)) return true;
  return full_url.starts_with("http") && fhir::target_of(full_url) && !fhir::is_elsewhere(address, full_url);
}

/// One reference as named_observations() tells it; empty: it names no Observation.
std::string named_by(const json::Value& reference, std::string_view full_url, const IsOurs& is_ours) {
  const std::string_view text = reference["reference"].string();
  const std::string_view type = reference["type"].string();
  const auto target = fhir::target_of(text);
  if (target ? target->type != "Observation" : !type.empty() && type != "Observation") return {};
  if (text.empty()) return reference["identifier"].exists() ? "#identifier" : "";
  const bool absolute = text.find("://") != std::string_view::npos;
  const bool ours = target && (absolute ? is_here(text, full_url, is_ours) : text.starts_with("Observation/")) && is_askable(target->id);
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

std::vector<std::string> named_observations(const json::Value& resource, std::string_view full_url, const IsOurs& is_ours) {
  const std::string_view type = resource["resourceType"].string();
  const char* element = type == "Observation" ? "hasMember" : type == "DiagnosticReport" ? "result" : nullptr;
  std::vector<std::string> named;
  if (element == nullptr) return named;
  std::set<std::string> met;
  for (const json::Value& reference : resource[element].array()) {
    std::string one = named_by(reference, full_url, is_ours);
    if (!one.empty() && met.insert(one).second) named.push_back(std::move(one));
  }
  return named;
}

std::optional<std::string> owner_of(std::string_view observation, const IsOurs& is_ours) {
  json::Document document;
  if (!document.parse(observation) || document.root()["resourceType"].string() != "Observation") return std::nullopt;
  const json::Value root = document.root();
  if (!fhir::has_subject(root) && !is_subset(root)) return "";
  const std::string_view subject = root["subject"]["reference"].string();
  const auto target = fhir::target_of(subject);
  if (!target) return std::nullopt;
  const bool here = subject.find("://") == std::string_view::npos || (is_ours && is_ours(subject));
  return here && target->type == "Patient" ? std::string(target->id) : "";
}

}  // namespace trialflag::app
