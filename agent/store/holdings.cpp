#include "agent/store/holdings.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "agent/base/ids.h"
#include "agent/base/uuid.h"

namespace trialflag::store {
namespace {

constexpr std::int64_t kMostFresh = 2048;

using fhir::ResourceType;

// An entry is "Type/id" ended by a NUL, which no id can hold; or, where the id is a UUID, a byte of the type with this bit, and 16 bytes.
constexpr std::uint8_t kUuid = 0x80;
constexpr std::size_t kUuidEntry = 1 + Uuid().size();

std::string name_of(ResourceType type, std::string_view id) {
  return std::string(fhir::name_of(type)).append("/").append(id);
}

bool is_uuid_entry(char first) {
  return (static_cast<std::uint8_t>(first) & kUuid) != 0;
}

void pack(ResourceType type, std::string_view id, std::string& packed) {
  if (const auto uuid = uuid_bytes(id)) {
    packed.push_back(static_cast<char>(kUuid | static_cast<std::uint8_t>(type)));
    packed.append(reinterpret_cast<const char*>(uuid->data()), uuid->size());
  } else {
    packed.append(fhir::name_of(type)).append("/").append(id).push_back('\0');
  }
}

/// Each entry of a list as it is packed.
template <typename Use>
void each_entry(std::string_view packed, Use use) {
  while (!packed.empty()) {
    const std::size_t size = is_uuid_entry(packed.front()) ? kUuidEntry : packed.find('\0') + 1;
    const std::string_view entry = packed.substr(0, size == 0 ? packed.size() : size);
    use(entry);
    packed.remove_prefix(entry.size());
  }
}

/// "Type/id", into `name`.
void name_into(std::string& name, std::string_view entry) {
  if (!is_uuid_entry(entry.front())) return void(name.assign(entry.substr(0, entry.find('\0'))));
  name.assign(fhir::name_of(static_cast<ResourceType>(static_cast<std::uint8_t>(entry.front()) & ~kUuid))).push_back('/');
  if (entry.size() == kUuidEntry) append_uuid(name, entry.data() + 1);
}

/// Takes off what two lists begin with, entry by entry: mostly little is left.
void strip_common(std::string_view& a, std::string_view& b) {
  const auto [end_a, end_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  const auto same = static_cast<std::size_t>(end_a - a.begin());
  std::size_t whole = 0;  // of the same bytes those of whole entries
  each_entry(a.substr(0, same), [&](std::string_view entry) {
    if (is_uuid_entry(entry.front()) ? entry.size() == kUuidEntry : entry.back() == '\0') whole += entry.size();
  });
  a.remove_prefix(whole);
  b.remove_prefix(whole);
}

/// The hash of each entry's name.
template <typename Use>
void each_hash(std::string_view packed, Use use) {
  std::string name;
  each_entry(packed, [&](std::string_view entry) {
    name_into(name, entry);
    use(short_hash(name));
  });
}

/// In order, each once.
std::vector<std::int64_t> hashes_of(std::string_view packed) {
  std::vector<std::int64_t> hashes;
  hashes.reserve(packed.size() / kUuidEntry + 1);
  each_hash(packed, [&](std::int64_t hash) { hashes.push_back(hash); });
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  return hashes;
}

std::vector<std::int64_t> without(const std::vector<std::int64_t>& hashes, const std::vector<std::int64_t>& others) {
  std::vector<std::int64_t> rest;
  std::set_difference(hashes.begin(), hashes.end(), others.begin(), others.end(), std::back_inserter(rest));
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

/// A first load asks for each of its records, and there is nothing yet.
bool Holdings::any() {
  if (!any_) any_ = database_.prepare("SELECT 1 FROM holdings LIMIT 1")->step();
  return *any_;
}

void Holdings::keep(const std::string& patient, std::span<const screening::ResourceKey> read,
                    std::span<const screening::ResourceKey> unread) {
  any_ = true;
  std::string now;
  now.reserve((read.size() + unread.size()) * kUuidEntry);
  for (const auto& resources : {read, unread})
    for (const auto& resource : resources) pack(resource.type, resource.id, now);
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
    if (entered) {
      std::string_view old_rest = before, new_rest = now;
      strip_common(old_rest, new_rest);
      const Hashes old_hashes = hashes_of(old_rest), new_hashes = hashes_of(new_rest);
      // A resource may be listed twice, as read and as unread: it is gone when no entry of the new list names it.
      const Hashes gone = old_hashes.empty() ? Hashes() : without(old_hashes, hashes_of(now));
      change_index(chart, gone, without(new_hashes, old_hashes));
    }
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
      change_index(row->integer(0), hashes_of(row->view(1)), {});
    }
  }
  database_.run("DELETE FROM holdings WHERE patient = ?", patient);
}

void Holdings::change_index(std::int64_t chart, const Hashes& gone, const Hashes& added) {
  for (const std::int64_t hash : gone) database_.run("DELETE FROM holders WHERE hash = ? AND chart = ?", hash, chart);
  for (const std::int64_t hash : added) database_.run("INSERT OR IGNORE INTO holders (hash, chart) VALUES (?, ?)", hash, chart);
}

void Holdings::enter_fresh() {
  std::vector<std::pair<std::int64_t, std::int64_t>> entries;
  {
    const auto row = database_.prepare("SELECT chart, resources FROM holdings WHERE entered = 0");
    while (row->step()) {
      const std::int64_t chart = row->integer(0);
      each_hash(row->view(1), [&](std::int64_t hash) { entries.emplace_back(hash, chart); });
    }
  }
  std::sort(entries.begin(), entries.end());
  entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
  // Eight at a time: to begin and end a statement costs as much as to enter one.
  const auto eight = database_.prepare(
      "INSERT OR IGNORE INTO holders (hash, chart) VALUES (?, ?), (?, ?), (?, ?), (?, ?), (?, ?), (?, ?), (?, ?), (?, ?)");
  const auto one = database_.prepare("INSERT OR IGNORE INTO holders (hash, chart) VALUES (?, ?)");
  std::size_t at = 0;
  for (; at + 8 <= entries.size(); at += 8) {
    const auto* e = &entries[at];
    eight
        ->bind(e[0].first, e[0].second, e[1].first, e[1].second, e[2].first, e[2].second, e[3].first, e[3].second, e[4].first, e[4].second,
               e[5].first, e[5].second, e[6].first, e[6].second, e[7].first, e[7].second)
        .run();
  }
  for (; at < entries.size(); ++at) one->bind(entries[at].first, entries[at].second).run();
  database_.run("UPDATE holdings SET entered = 1 WHERE entered = 0");
  fresh_.reset();  // counted anew, because this transaction may still fail
}

std::vector<screening::PatientId> Holdings::holders_of(const screening::ResourceKey& resource) {
  if (!any()) return {};
  const std::string wanted = name_of(resource.type, resource.id);
  std::string name;
  std::vector<screening::PatientId> patients;
  const auto row = database_.prepare("SELECT patient, resources FROM holders JOIN holdings USING (chart) WHERE hash = ?");
  row->bind(short_hash(wanted));
  while (row->step()) {
    bool holds = false;
    each_entry(row->view(1), [&](std::string_view entry) {
      name_into(name, entry);
      holds = holds || name == wanted;
    });
    if (holds) patients.push_back({row->text(0)});
  }
  std::sort(patients.begin(), patients.end(), [](const auto& a, const auto& b) { return a.value < b.value; });
  return patients;
}

std::vector<std::string> Holdings::ids_of(fhir::ResourceType type) {
  const std::string prefix = name_of(type, {});
  std::string name;
  std::vector<std::string> ids;
  const auto row = database_.prepare("SELECT resources FROM holdings");
  while (row->step()) {
    each_entry(row->view(0), [&](std::string_view entry) {
      name_into(name, entry);
      if (name.starts_with(prefix)) ids.push_back(name.substr(prefix.size()));
    });
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace trialflag::store
