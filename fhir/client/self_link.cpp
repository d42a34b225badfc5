#include "fhir/client/self_link.h"

#include <algorithm>
#include <set>

namespace trialflag::fhir {
namespace {

std::string without_modifier(std::string_view name) {
  std::string result(name);
  for (std::size_t at = result.find('%'); at != std::string::npos; at = result.find('%', at + 1))
    if (result.compare(at, 3, "%3A") == 0 || result.compare(at, 3, "%3a") == 0) result.replace(at, 3, ":");
  result = result.substr(0, result.find(':'));
  return result == "subject" ? "patient" : result;
}

std::set<std::string> names_in(std::string_view url) {
  std::set<std::string> names;
  const std::size_t question = url.find('?');
  if (question == std::string_view::npos) return names;
  for (std::string_view query = url.substr(question + 1); !query.empty();) {
    const std::string_view pair = query.substr(0, query.find('&'));
    names.insert(without_modifier(pair.substr(0, pair.find('='))));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
  }
  return names;
}

}  // namespace

std::vector<std::string> not_applied(const std::vector<Parameter>& sent, std::string_view self) {
  const auto shown = names_in(self);
  std::vector<std::string> missing;
  for (const Parameter& parameter : sent) {
    const bool known = shown.contains(without_modifier(parameter.name));
    if (!known && std::find(missing.begin(), missing.end(), parameter.name) == missing.end()) missing.push_back(parameter.name);
  }
  return missing;
}

}  // namespace trialflag::fhir
