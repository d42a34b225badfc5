#include "agent/intake/catalogue.h"

#include <algorithm>
#include <optional>

#include "agent/intake/newest.h"
#include "agent/intake/pages.h"

namespace trialflag::intake {
namespace {

using fhir::ResourceType;

// Bundles whose Patient of one id has another content than another Bundle's (criteria.md 2.1).
void mark_lone_bundles(Index& index) {
  std::vector<PatientContent> contents;
  for (const PatientContent& content : index.contents) {
    const BundleKind kind = index.bundles[content.bundle].kind;
    if (kind == BundleKind::document || kind == BundleKind::collection) contents.push_back(content);
  }
  const auto before = [](const PatientContent& a, const PatientContent& b) { return a.subject < b.subject; };
  std::stable_sort(contents.begin(), contents.end(), before);
  for (auto first = contents.begin(); first != contents.end();) {
    const auto last = std::upper_bound(first, contents.end(), *first, before);
    const bool collide =
        std::any_of(first, last, [&](const PatientContent& other) { return other.hash != first->hash && other.bundle != first->bundle; });
    if (collide) std::for_each(first, last, [&](const PatientContent& content) { index.bundles[content.bundle].alone = true; });
    first = last;
  }
}

class Cataloguer {
 public:
  Cataloguer(Index& index, Report& report) : index_(index), report_(report) {}

  Catalogue make(const std::vector<Manifest>& manifests) {
    alive_ = newest_items(index_, report_);
    enrol();
    follow_replacements();
    const std::vector<std::uint32_t> owners = assign();
    demote_files();
    demote_lost();
    demote_pages();
    for (const Manifest& manifest : manifests) index_.incomplete.merge(missing_types(manifest, index_, report_));
    return finish(owners);
  }

 private:
  struct Slot {
    std::uint32_t item, subject, scope;
    std::uint32_t next;  // the slot that replaces it; itself when none does
    std::uint32_t survivor;
    screening::TypeSet incomplete;
    bool leads_somewhere = false;
  };

  static std::uint64_t slot_key(std::uint32_t scope, std::uint32_t subject) { return (std::uint64_t{scope} << 32) | subject; }

  [[nodiscard]] std::optional<std::uint32_t> slot_of(std::uint32_t scope, std::uint32_t subject) const {
    const auto found = slot_numbers_.find(slot_key(scope, subject));
    if (found == slot_numbers_.end()) return std::nullopt;
    return found->second;
  }

  void enrol() {
    for (std::uint32_t i = 0; i < index_.items.size(); ++i) {
      const Item& item = index_.items[i];
      if (!alive_[i] || item.type != ResourceType::patient) continue;
      const std::uint32_t scope = scope_of(index_, item);
      const auto slot = static_cast<std::uint32_t>(slots_.size());
      slots_.push_back({i, item.subject, scope, slot, slot, {}});
      slot_numbers_.emplace(slot_key(scope, item.subject), slot);
    }
  }

  void follow_replacements() {
    std::unordered_multimap<std::uint32_t, const Replacement*> by_subject;
    for (const Replacement& replacement : index_.replacements) by_subject.emplace(replacement.from, &replacement);
    for (Slot& slot : slots_) {
      const auto [first, last] = by_subject.equal_range(slot.subject);
      for (auto it = first; it != last; ++it) {
        if (index_.items[slot.item].text != it->second->said_in) continue;
        const auto to = slot_of(slot.scope, it->second->to);
        slot.leads_somewhere = slot.leads_somewhere || to;
        if (to) slot.next = *to;
      }
    }
    for (std::uint32_t i = 0; i < slots_.size(); ++i) slots_[i].survivor = last_of_chain(i);
  }

  // The last of a chain of replacements; a circle leaves everyone where they are.
  [[nodiscard]] std::uint32_t last_of_chain(std::uint32_t slot) const {
    constexpr int kLongestChain = 64;
    std::uint32_t at = slot;
    for (int steps = 0; steps < kLongestChain; ++steps) {
      if (slots_[at].next == at) return at;
      at = slots_[at].next;
    }
    return slot;
  }

  // The slot of the survivor for every record that belongs to someone, else kNone; by item number.
  std::vector<std::uint32_t> assign() {
    std::vector<std::uint32_t> owners(index_.items.size(), kNone);
    for (std::uint32_t i = 0; i < index_.items.size(); ++i) {
      const Item& item = index_.items[i];
      if (!alive_[i] || item.type == ResourceType::patient || item.type == ResourceType::medication) continue;
      if (const auto slot = slot_of(scope_of(index_, item), item.subject)) {
        owners[i] = slots_[*slot].survivor;
      } else {
        const std::string who(index_.names.text(item.subject));
        report_.note(place_of(index_, item), std::string(fhir::name_of(item.type)) + " of " + who,
                     "its subject names no patient on file, so it counts for nobody");
      }
    }
    return owners;
  }

  // Where the records of each slot begin when they are grouped by slot; one more for the end of the last.
  [[nodiscard]] std::vector<std::size_t> first_records(const std::vector<std::uint32_t>& owners) const {
    std::vector<std::size_t> first(slots_.size() + 1, 0);
    for (const std::uint32_t owner : owners)
      if (owner != kNone) ++first[owner + std::size_t{1}];
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) first[slot + 1] += first[slot];
    return first;
  }

  void demote_files() {
    for (File& file : index_.files) {
      if (file.outcome) file.incomplete.add_all();
      if (file.names_patient) continue;
      if (file.outcome) index_.incomplete.add_all();
      if (file.input.format == Format::ndjson) index_.incomplete.merge(loss_of_nobody(file));
    }
    for (const Item& item : index_.items) {
      const screening::TypeSet& incomplete = index_.files[item.text.file].incomplete;
      if (incomplete.none() || item.subject == kNone) continue;
      if (const auto slot = slot_of(scope_of(index_, item), item.subject)) slots_[*slot].incomplete.merge(incomplete);
    }
  }

  // An export file of one type that names no patient at all may have lost records of anyone.
  static screening::TypeSet loss_of_nobody(const File& file) {
    screening::TypeSet all, of_name;
    all.add_all();
    if (file.incomplete.to_bits() != all.to_bits()) return file.incomplete;
    const std::string& name = file.input.below;
    for (std::size_t at = name.find_last_of('/') + 1; at < name.size();) {
      const std::size_t end = std::min(name.find_first_of("._-", at), name.size());
      const ResourceType type = fhir::resource_type(name.substr(at, end - at));
      if (type != ResourceType::other) of_name.add(type);
      at = end + 1;
    }
    return of_name;
  }

  void demote_lost() {
    for (const Loss& loss : index_.losses) {
      const bool alone = loss.bundle != kNone && index_.bundles[loss.bundle].alone;
      if (const auto slot = slot_of(alone ? loss.bundle : kNone, loss.subject)) slots_[*slot].incomplete.merge(loss.types);
    }
  }

  void demote_pages() {
    for (const MissingPage& page : missing_pages(index_)) {
      const Bundle& bundle = index_.bundles[page.bundle];
      report_.note({index_.files[bundle.file].input.name, bundle.line}, "Bundle.link",
                   "its next page is not among the inputs; its types count as incomplete");
      if (page.patient) {
        const auto slot = slot_of(kNone, index_.names.intern(*page.patient));
        if (slot) slots_[*slot].incomplete.merge(page.types);
      } else if (const auto patients = patients_within(page.bundle)) {
        for (const std::uint32_t slot : *patients) slots_[slot].incomplete.merge(page.types);
      } else {
        index_.incomplete.merge(page.types);
      }
    }
  }

  // Who is in a Bundle that holds the Patient of each of its records; nullopt when it is not so closed.
  [[nodiscard]] std::optional<std::vector<std::uint32_t>> patients_within(std::uint32_t bundle) const {
    std::vector<std::uint32_t> patients, subjects;
    for (const Item& item : index_.items) {
      if (item.bundle != bundle || item.subject == kNone) continue;
      const auto slot = slot_of(scope_of(index_, item), item.subject);
      if (slot) (item.type == ResourceType::patient ? patients : subjects).push_back(*slot);
    }
    const auto known = [&](std::uint32_t slot) { return std::find(patients.begin(), patients.end(), slot) != patients.end(); };
    if (patients.empty() || subjects.empty() || !std::all_of(subjects.begin(), subjects.end(), known)) return std::nullopt;
    return patients;
  }

  [[nodiscard]] std::string reference_of(const Slot& slot) const {
    std::string reference(index_.names.text(slot.subject));
    if (slot.scope == kNone) return reference;
    const Bundle& bundle = index_.bundles[slot.scope];
    reference.append("#").append(index_.files[bundle.file].input.below);
    if (bundle.line > 0) reference.append(":").append(std::to_string(bundle.line));
    return reference;
  }

  Catalogue finish(const std::vector<std::uint32_t>& owners) {
    Catalogue catalogue;
    for (std::uint32_t i = 0; i < slots_.size(); ++i) {
      const std::uint32_t last = slots_[i].survivor;
      if (last == i) continue;
      slots_[last].incomplete.merge(slots_[i].incomplete);
      const Item& item = index_.items[slots_[i].item];
      catalogue.replaced.emplace_back(reference_of(slots_[i]), reference_of(slots_[last]));
      report_.note(place_of(index_, item), catalogue.replaced.back().first,
                   "was replaced by " + catalogue.replaced.back().second + ": its records count there, it has no line of its own");
    }
    std::vector<std::size_t> first = first_records(owners);
    for (std::uint32_t i = 0; i < slots_.size(); ++i) {
      if (slots_[i].survivor != i) continue;
      Enrolled enrolled{reference_of(slots_[i]), slots_[i].item,       first[i],
                        first[i + 1] - first[i], slots_[i].incomplete, slots_[i].leads_somewhere};
      enrolled.incomplete.merge(index_.incomplete);
      catalogue.patients.push_back(std::move(enrolled));
    }
    catalogue.records.resize(first.back());
    for (std::uint32_t i = 0; i < owners.size(); ++i)
      if (owners[i] != kNone) catalogue.records[first[owners[i]]++] = i;
    std::sort(catalogue.patients.begin(), catalogue.patients.end(),
              [](const Enrolled& a, const Enrolled& b) { return a.reference < b.reference; });
    for (std::uint32_t i = 0; i < index_.items.size(); ++i) {
      const Item& item = index_.items[i];
      if (alive_[i] && item.type == ResourceType::medication) catalogue.medications[scoped(item.key, scope_of(index_, item))] = i;
    }
    return catalogue;
  }

  Index& index_;
  Report& report_;
  std::vector<bool> alive_;
  std::vector<Slot> slots_;
  std::unordered_map<std::uint64_t, std::uint32_t> slot_numbers_;
};

void tell_missing_types(const Index& index, Report& report) {
  constexpr ResourceType kTypes[] = {ResourceType::condition,
                                     ResourceType::observation,
                                     ResourceType::medication_request,
                                     ResourceType::medication_statement,
                                     ResourceType::medication_dispense,
                                     ResourceType::medication_administration,
                                     ResourceType::allergy_intolerance,
                                     ResourceType::procedure,
                                     ResourceType::service_request,
                                     ResourceType::care_plan,
                                     ResourceType::encounter,
                                     ResourceType::consent,
                                     ResourceType::questionnaire_response};
  std::string names;
  for (const ResourceType type : kTypes) {
    if (index.seen.has(type)) continue;
    if (!names.empty()) names += ", ";
    names += fhir::name_of(type);
  }
  if (!names.empty()) report.note({"the input"}, "", "holds no " + names);
}

}  // namespace

std::uint32_t scope_of(const Index& index, const Item& item) {
  return item.bundle != kNone && index.bundles[item.bundle].alone ? item.bundle : kNone;
}

Key scoped(Key key, std::uint32_t scope) {
  if (scope != kNone) key.high ^= (std::uint64_t{scope} + 1) * 0x9e3779b97f4a7c15ULL;
  return key;
}

Catalogue make_catalogue(Index& index, const std::vector<Manifest>& manifests, Report& report) {
  mark_lone_bundles(index);
  Catalogue catalogue = Cataloguer(index, report).make(manifests);
  tell_missing_types(index, report);
  return catalogue;
}

}  // namespace trialflag::intake
