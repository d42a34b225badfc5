// What a reference points to.
#include <algorithm>

#include "fhir/decode.h"

namespace trialflag::fhir {
namespace {

bool is_type_name(std::string_view text) {
  if (text.empty() || text.front() < 'A' || text.front() > 'Z') return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

// The part after the last slash, which is taken off with it; everything when there is no slash.
std::string_view take_last_part(std::string_view& path) {
  const auto slash = path.rfind('/');
  const std::string_view part = slash == std::string_view::npos ? path : path.substr(slash + 1);
  path = slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
  return part;
}

/// The server that an absolute address is of, with the slash behind it; empty: the address does not say.
std::string_view server_of(std::string_view address) {
  const auto target = address.starts_with("http") ? target_of(address) : std::nullopt;
  return target ? address.substr(0, static_cast<std::size_t>(target->type.data() - address.data())) : std::string_view{};
}

}  // namespace

std::optional<Target> target_of(std::string_view reference) {
  if (reference.starts_with("urn:")) return std::nullopt;
  reference = reference.substr(0, reference.find('#'));
  if (const auto history = reference.find("/_history"); history != std::string_view::npos) reference = reference.substr(0, history);
  Target target;
  target.id = take_last_part(reference);
  target.type = take_last_part(reference);
  if (target.id.empty() || target.id.find('?') != std::string_view::npos || !is_type_name(target.type)) return std::nullopt;
  return target;
}

bool is_elsewhere(std::string_view reference, std::string_view full_url) {
  const std::string_view there = server_of(reference), here = server_of(full_url);
  return !there.empty() && !here.empty() && there != here;
}

}  // namespace trialflag::fhir
