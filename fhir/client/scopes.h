// SMART's scopes for a system: which to ask for, and what those granted allow (SMART App Launch 2.2 "Scopes for requesting FHIR resources",
// and version 1, which many servers still speak).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trialflag::fhir {

/// How much of a type may be read.
enum class Grant : std::uint8_t { none, part, whole };

/// What is done with a type: version 2's letters.
enum class Access : char { create = 'c', read = 'r', update = 'u', remove = 'd', search = 's' };

/// "create", …
std::string_view name_of(Access access);

/// Scopes are separated by blanks (commas are taken, too).
std::vector<std::string> split_scopes(std::string_view scopes);

/// One scope a type: "system/Condition.rs" or, in version 1, "system/Condition.read".
std::vector<std::string> scopes_for(const std::vector<std::string>& types, bool version_2);

/// To read and write: "system/Subscription.cruds" or, in version 1, "system/Subscription.*".
std::vector<std::string> writing_scopes_for(const std::vector<std::string>& types, bool version_2);

/// To read, create and change: "system/Task.crus" or, in version 1, "system/Task.*".
std::vector<std::string> adding_scopes_for(const std::vector<std::string>& types, bool version_2);

/// Of `wanted` those that the server lists, written as it lists them: "system/Condition.rs" is had by a server that lists
/// "system/Condition.read", "system/*.rs" or "system/*.read" as "system/Condition.read" where only version 1 is listed.
std::vector<std::string> supported_of(const std::vector<std::string>& wanted, const std::vector<std::string>& supported);

/// What a token may be used for.
class GrantedScopes {
 public:
  /// Everything, until something else is known.
  GrantedScopes() = default;
  /// A text without any scope for resources says nothing, so that everything is taken to be granted: the server will say.
  explicit GrantedScopes(std::string_view scopes);

  /// `part`: only where a query holds ("system/Observation.rs?category=laboratory"), so that absence proves nothing.
  [[nodiscard]] Grant of(std::string_view type, Access access) const;

 private:
  struct Scope {
    std::string type, letters;  ///< type "*": all; letters of "cruds"
    bool part = false;
  };
  static std::optional<Scope> read(std::string_view scope);
  friend std::vector<std::string> supported_of(const std::vector<std::string>&, const std::vector<std::string>&);

  std::vector<Scope> scopes_;
};

}  // namespace trialflag::fhir
