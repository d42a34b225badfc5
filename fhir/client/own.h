// Resources that we write at the server ourselves, each known by an identifier of ours.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace trialflag::fhir {

/// An identifier that nothing else at the server has.
struct OwnIdentifier {
  std::string system, value;
};

/// A resource as the server keeps it.
struct Kept {
  std::string id;
  std::string version;  ///< meta.versionId; empty: the server does not tell
  std::string json;     ///< empty: the server did not give it back
  bool hidden = false;  ///< no search shows it, so that it is changed by its id
};

/// What was found by an identifier of ours.
struct FoundOwn {
  std::optional<Kept> kept;  ///< nullopt: neither a search nor its id shows it
  bool missed = false;       ///< it was written, and nobody says that it was deleted (410): it may be shown again
};

/// `ours` in the place of `theirs`: members that only `theirs` has stay, since people there may have added them; its id and the security
/// labels, tags and profiles of its meta stay, and other identifiers than those of our systems ("urn:trialflag:…", say, by the prefix) are
/// kept behind ours. `owned`: members of theirs that go even where ours has none. Both are objects. Empty when `theirs` cannot be walked
/// through.
std::string put_over(std::string_view theirs, std::string_view ours, std::string_view our_systems,
                     std::initializer_list<std::string_view> owned);

}  // namespace trialflag::fhir
