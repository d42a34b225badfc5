#include "agent/store/holdings.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "agent/base/ids.h"

namespace trialflag::store {
namespace {

constexpr std::int64_t kMostFresh = 512;

std::string name_of(const screening::ResourceKey& resource) {
  return std::string(fhir::name_of(resource.type)).append("/").append(resource.id);
}

// In byte order.
std::vector<std::string_view> unpacked(std::string_view text) {
  std::vector<std::string_view> names;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\0', at), text.size());
    names.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  std::sort(names.begin(), names.end());
  return names;
}

// "Type/id" of each once, in byte order, each ended by a NUL, which no id can hold.
std::string packed(const std::vector<screening::ResourceKey>& resources) {
  std::size_t size = 0;
  for (const auto& resource : resources) size += fhir::name_of(resource.type).size() + resource.id.size() + 2;
  std::string unsorted, sorted;
  unsorted.reserve(size);
  sorted.reserve(size);
  for (const auto& resource : resources) unsorted.append(fhir::name_of(resource.type)).append("/").append(resource.id).push_back('\0');
  std::vector<std::string_view> names = unpacked(unsorted);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (const std::string_view name : names) sorted.append(name).push_back('\0');
  return sorted;
}

std::vector<std::string_view> without(const std::vector<std::string_view>& names, const std::vector<std::string_view>& others) {
  std::vector<std::string_view> rest;
  std::set_difference(names.begin(), names.end(), others.begin(), others.end(), std::back_inserter(rest));
  return rest;
}

}  // namespace

std::int64_t& Holdings::fresh() {
  if (!fresh_) {
    const auto row = database_.prepare("SELECT count(*) FROM holdings WHERE entered = 0");
    row->step();
    fresh_ = row->integer(0);
  }
  return *fresh_;
}

void Holdings::keep(const std::string& patient, const std::vector<screening::ResourceKey>& resources) {
  const std::string now = packed(resources);
  std::int64_t chart = 0;
  std::string before;
  bool known = false, entered = false;
  {
    const auto row = database_.prepare("SELECT chart, resources, entered FROM holdings WHERE patient = ?");
    known = row->bind(patient).step();
    if (known) {
      chart = row->integer(0);
      before = row->text(1);
      entered = row->flag(2);
    }
  }
  if (before == now) return;
  if (known) {
    const Names old_names = unpacked(before), new_names = unpacked(now);
    if (entered) change_index(chart, without(old_names, new_names), without(new_names, old_names));
    database_.run("UPDATE holdings SET resources = ? WHERE chart = ?", Statement::Blob{now}, chart);
    return;
  }
  const bool many = ++fresh() >= kMostFresh;
  database_.run("INSERT INTO holdings (patient, resources, entered) VALUES (?, ?, 0)", patient, Statement::Blob{now});
  if (many) enter_fresh();
}

void Holdings::forget(const std::string& patient) {
  {
    const auto row = database_.prepare("SELECT chart, resources FROM holdings WHERE patient = ? AND entered = 1");
    if (row->bind(patient).step()) {
      const std::string before = row->text(1);
      change_index(row->integer(0), unpacked(before), {});
    }
  }
  database_.run("DELETE FROM holdings WHERE patient = ?", patient);
}

void Holdings::change_index(std::int64_t chart, const Names& gone, const Names& added) {
  for (const std::string_view name : gone) database_.run("DELETE FROM holders WHERE hash = ? AND chart = ?", short_hash(name), chart);
  for (const std::string_view name : added)
    database_.run("INSERT OR IGNORE INTO holders (hash, chart) VALUES (?, ?)", short_hash(name), chart);
}

void Holdings::enter_fresh() {
  std::vector<std::pair<std::int64_t, std::int64_t>> entries;
  {
    const auto row = database_.prepare("SELECT chart, resources FROM holdings WHERE entered = 0");
    while (row->step()) {
      const std::string resources = row->text(1);
      for (const std::string_view name : unpacked(resources)) entries.emplace_back(short_hash(name), row->integer(0));
    }
  }
  std::sort(entries.begin(), entries.end());
  const auto row = database_.prepare("INSERT OR IGNORE INTO holders (hash, chart) VALUES (?, ?)");
  for (const auto& [hash, chart] : entries) row->bind(hash, chart).run();
  database_.run("UPDATE holdings SET entered = 1 WHERE entered = 0");
  fresh_.reset();  // counted anew, because this transaction may still fail
}

std::vector<screening::PatientId> Holdings::holders_of(const screening::ResourceKey& resource) {
  const std::string name = name_of(resource);
  std::vector<screening::PatientId> patients;
  const auto row = database_.prepare("SELECT patient, resources FROM holders JOIN holdings USING (chart) WHERE hash = ?");
  row->bind(short_hash(name));
  while (row->step()) {
    const std::string resources = row->text(1);
    const Names names = unpacked(resources);
    if (std::binary_search(names.begin(), names.end(), std::string_view(name))) patients.push_back({row->text(0)});
  }
  std::sort(patients.begin(), patients.end(), [](const auto& a, const auto& b) { return a.value < b.value; });
  return patients;
}

std::vector<std::string> Holdings::ids_of(fhir::ResourceType type) {
  const std::string prefix = name_of({type, ""});
  std::vector<std::string> ids;
  const auto row = database_.prepare("SELECT resources FROM holdings");
  while (row->step()) {
    const std::string resources = row->text(0);
    for (const std::string_view name : unpacked(resources))
      if (name.starts_with(prefix)) ids.emplace_back(name.substr(prefix.size()));
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace trialflag::store
