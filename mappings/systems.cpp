#include "mappings/systems.h"

#include <algorithm>
#include <array>

#include "mappings/ascii.h"

namespace trialflag::mappings {
namespace {

constexpr std::size_t kLongestName = 256;  // longer names are nobody's alias
constexpr std::string_view kSnomedModules = "http://snomed.info/sct/";

struct NormalName {
  std::array<char, kLongestName> bytes;
  std::size_t size = 0;
  [[nodiscard]] std::string_view view() const { return {bytes.data(), size}; }
};

/// Without version, outer blanks, one last slash and "urn:oid:"; lower case; https written http. Empty when it is too long.
NormalName normalise(std::string_view name) {
  name = name.substr(0, name.find('|'));
  name = trimmed(name);
  if (name.size() > 1 && name.back() == '/') name.remove_suffix(1);
  NormalName out;
  if (name.size() > kLongestName) return out;
  for (const char c : name) out.bytes[out.size++] = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  constexpr std::string_view kHttps = "https://", kOid = "urn:oid:";
  if (out.view().starts_with(kHttps)) {
    std::copy(out.bytes.begin() + 5, out.bytes.begin() + static_cast<std::ptrdiff_t>(out.size), out.bytes.begin() + 4);
    out.size -= 1;
  } else if (out.view().starts_with(kOid)) {
    std::copy(out.bytes.begin() + kOid.size(), out.bytes.begin() + static_cast<std::ptrdiff_t>(out.size), out.bytes.begin());
    out.size -= kOid.size();
  }
  return out;
}

std::size_t digits_at(std::string_view text) {
  return std::min(text.find_first_not_of("0123456789"), text.size());
}

/// http://snomed.info/sct/<module>[/version/<date>]
bool is_snomed_module(std::string_view name) {
  if (!name.starts_with(kSnomedModules)) return false;
  name.remove_prefix(kSnomedModules.size());
  const std::size_t module = digits_at(name);
  if (module == 0) return false;
  name.remove_prefix(module);
  constexpr std::string_view kVersion = "/version/";
  if (name.empty()) return true;
  if (!name.starts_with(kVersion)) return false;
  name.remove_prefix(kVersion.size());
  return !name.empty() && digits_at(name) == name.size();
}

}  // namespace

SystemId Systems::add(std::string_view key, CodeForm form) {
  if (const SystemId known = keyed(key)) return known;
  systems_.push_back({std::string(key), {}});
  traits_.push_back({form, true});
  return {static_cast<std::uint16_t>(systems_.size() - 1)};
}

SystemId Systems::add_site(std::string_view name) {
  if (const SystemId known = resolve(name)) return known;
  systems_.push_back({std::string(normalise(name).view()), {}});
  traits_.push_back({CodeForm::list, false});
  const SystemId id{static_cast<std::uint16_t>(systems_.size() - 1)};
  add_alias(name, id);
  return id;
}

void Systems::add_alias(std::string_view alias, SystemId system) {
  const std::string_view written = spellings_.emplace_back(alias);
  const std::string_view normal = spellings_.emplace_back(normalise(alias).view());
  // A spelling of the tables that now means something else is found by its own slot, so both are set.
  as_written_.set(written, system.index);
  normalised_.set(normal, system.index);
  for (const std::string& spelling : spellings_) {
    if (as_written_.find(spelling) && normalise(spelling).view() == normal) as_written_.set(spelling, system.index);
  }
  if (systems_[system.index].uri.empty()) systems_[system.index].uri = alias;
}

SystemId Systems::resolve(std::string_view name) const {
  if (const auto* known = as_written_.find(name)) return {static_cast<std::uint16_t>(*known)};
  const NormalName normal = normalise(name);
  if (const auto* known = normalised_.find(normal.view())) return {static_cast<std::uint16_t>(*known)};
  return is_snomed_module(normal.view()) ? keyed("SNOMED") : SystemId{};
}

SystemId Systems::keyed(std::string_view key) const {
  for (std::size_t i = 1; i < systems_.size(); ++i) {
    if (traits_[i].canonical && systems_[i].key == key) return {static_cast<std::uint16_t>(i)};
  }
  return {};
}

std::string_view Systems::uri(SystemId id) const {
  return systems_[id.index].uri.empty() ? key(id) : std::string_view(systems_[id.index].uri);
}

std::vector<std::string_view> Systems::keys() const {
  std::vector<std::string_view> out;
  for (std::size_t i = 0; i < systems_.size(); ++i) {
    if (traits_[i].canonical) out.push_back(systems_[i].key);
  }
  return out;
}

}  // namespace trialflag::mappings
