#include "fhir/client/scopes.h"

#include <algorithm>

namespace trialflag::fhir {
namespace {

/// "read" → "rs", "*" → all; version 2's letters as they are; empty when it is neither.
std::string letters_of(std::string_view permission) {
  if (permission == "read") return "rs";
  if (permission == "write") return "cud";
  if (permission == "*") return "cruds";
  const bool letters = permission.find_first_not_of("cruds") == std::string_view::npos;
  return letters ? std::string(permission) : std::string();
}

bool is_version_1(std::string_view scope) {
  return scope.ends_with(".read") || scope.ends_with(".*") || scope.ends_with(".write");
}

}  // namespace

std::vector<std::string> split_scopes(std::string_view scopes) {
  std::vector<std::string> found;
  while (!scopes.empty()) {
    const std::size_t end = std::min(scopes.find_first_of(" \t\r\n,"), scopes.size());
    if (end > 0 && std::find(found.begin(), found.end(), scopes.substr(0, end)) == found.end()) found.emplace_back(scopes.substr(0, end));
    scopes.remove_prefix(std::min(end + 1, scopes.size()));
  }
  return found;
}

std::vector<std::string> scopes_for(const std::vector<std::string>& types, bool version_2) {
  std::vector<std::string> scopes;
  scopes.reserve(types.size());
  for (const std::string& type : types) scopes.push_back("system/" + type + (version_2 ? ".rs" : ".read"));
  return scopes;
}

std::vector<std::string> writing_scopes_for(const std::vector<std::string>& types, bool version_2) {
  std::vector<std::string> scopes;
  for (const std::string& type : types) scopes.push_back("system/" + type + (version_2 ? ".cruds" : ".*"));
  return scopes;
}

std::vector<std::string> adding_scopes_for(const std::vector<std::string>& types, bool version_2) {
  std::vector<std::string> scopes;
  for (const std::string& type : types) scopes.push_back("system/" + type + (version_2 ? ".crus" : ".*"));
  return scopes;
}

std::optional<GrantedScopes::Scope> GrantedScopes::read(std::string_view scope) {
  const std::size_t slash = scope.find('/');
  const std::string_view context = scope.substr(0, slash);
  if (slash == std::string_view::npos || (context != "system" && context != "user")) return std::nullopt;
  scope.remove_prefix(slash + 1);
  const std::size_t query = std::min(scope.find('?'), scope.size());
  const bool part = query + 1 < scope.size();
  scope = scope.substr(0, query);
  const std::size_t dot = scope.find('.');
  if (dot == std::string_view::npos || dot == 0) return std::nullopt;
  std::string letters = letters_of(scope.substr(dot + 1));
  if (letters.empty()) return std::nullopt;
  return Scope{std::string(scope.substr(0, dot)), std::move(letters), part};
}

std::string_view name_of(Access access) {
  switch (access) {
    case Access::create:
      return "create";
    case Access::read:
      return "read";
    case Access::update:
      return "update";
    case Access::remove:
      return "delete";
    case Access::search:
      return "search";
  }
  return {};
}

GrantedScopes::GrantedScopes(std::string_view scopes) {
  for (const std::string& text : split_scopes(scopes))
    if (auto scope = read(text)) scopes_.push_back(std::move(*scope));
}

Grant GrantedScopes::of(std::string_view type, Access access) const {
  if (scopes_.empty()) return Grant::whole;
  Grant most = Grant::none;
  for (const Scope& scope : scopes_) {
    if ((scope.type != "*" && scope.type != type) || scope.letters.find(static_cast<char>(access)) == std::string::npos) continue;
    most = std::max(most, scope.part ? Grant::part : Grant::whole);
  }
  return most;
}

std::vector<std::string> supported_of(const std::vector<std::string>& wanted, const std::vector<std::string>& supported) {
  std::vector<std::string> had;
  for (const std::string& scope : wanted) {
    if (std::find(supported.begin(), supported.end(), scope) != supported.end()) {
      had.push_back(scope);
      continue;
    }
    const auto asked = GrantedScopes::read(scope);
    if (!asked || asked->part) continue;
    const auto covers = [&](const std::string& listed) {
      const auto offered = GrantedScopes::read(listed);
      return offered && !offered->part && listed.starts_with("system/") && (offered->type == "*" || offered->type == asked->type) &&
             std::all_of(asked->letters.begin(), asked->letters.end(),
                         [&](char c) { return offered->letters.find(c) != std::string::npos; });
    };
    const auto found = std::find_if(supported.begin(), supported.end(), covers);
    if (found == supported.end()) continue;
    if (is_version_1(*found) == is_version_1(scope)) {
      had.push_back(scope);
    } else if (asked->letters == "rs") {
      had.push_back(scopes_for({asked->type}, !is_version_1(*found)).front());
    } else {
      had.push_back(*found);
    }
  }
  std::sort(had.begin(), had.end());
  had.erase(std::unique(had.begin(), had.end()), had.end());
  return had;
}

}  // namespace trialflag::fhir
