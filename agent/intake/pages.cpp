#include "agent/intake/pages.h"

#include <set>

#include "fhir/record.h"

namespace trialflag::intake {
namespace {

using fhir::ResourceType;

bool ends_id(char c) {
  return c == '&' || c == '/' || c == '?' || c == '#' || c == ',' || c == '|';
}

std::string_view id_at(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && !ends_id(text[end])) ++end;
  return text.substr(0, end);
}

// The patient that a search is for: …/Patient/p1/$everything, ?patient=p1, &subject=Patient%2Fp1.
std::optional<std::string> patient_in(std::string_view url) {
  const std::size_t query = url.find('?');
  const std::string_view path = url.substr(0, query);
  if (const std::size_t at = path.find("/Patient/"); at != std::string_view::npos)
    return "Patient/" + std::string(id_at(path.substr(at + 9)));
  if (query == std::string_view::npos) return std::nullopt;
  for (const std::string_view name : {"?patient=", "&patient=", "?subject=", "&subject="}) {
    const std::size_t at = url.find(name, query);
    if (at == std::string_view::npos) continue;
    std::string_view value = url.substr(at + name.size());
    for (const std::string_view prefix : {"Patient/", "Patient%2F", "Patient%2f"})
      if (value.starts_with(prefix)) value.remove_prefix(prefix.size());
    const std::string_view id = id_at(value);
    if (!id.empty() && value.substr(0, id.size() + 1).find(',') == std::string_view::npos) return "Patient/" + std::string(id);
  }
  return std::nullopt;
}

void add_types_in(std::string_view url, screening::TypeSet& types) {
  const std::string_view path = url.substr(0, url.find('?'));
  const std::string_view last = path.substr(path.find_last_of('/') + 1);
  if (last == "$everything") types.add_all();
  if (const ResourceType type = fhir::resource_type(last); type != ResourceType::other) types.add(type);
}

MissingPage missing_page(const Index& index, std::uint32_t number) {
  const Bundle& bundle = index.bundles[number];
  MissingPage page{number, bundle.types, std::nullopt};
  std::vector<std::string> links = bundle.self;
  links.insert(links.end(), bundle.next.begin(), bundle.next.end());
  for (const std::string& link : links) {
    add_types_in(link, page.types);
    if (!page.patient) page.patient = patient_in(link);
  }
  if (page.types.none()) page.types.add_all();
  return page;
}

}  // namespace

std::vector<MissingPage> missing_pages(const Index& index) {
  std::set<std::string_view> read;
  for (const Bundle& bundle : index.bundles) read.insert(bundle.self.begin(), bundle.self.end());
  std::vector<MissingPage> missing;
  for (std::uint32_t number = 0; number < index.bundles.size(); ++number)
    for (const std::string& next : index.bundles[number].next)
      if (!read.contains(next)) missing.push_back(missing_page(index, number));
  return missing;
}

}  // namespace trialflag::intake
