// What is remembered of each resource while the input streams by: whose it is, how new, and where its text lies.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/intake/input_files.h"
#include "agent/intake/report.h"
#include "agent/intake/text_store.h"
#include "agent/screening/chart.h"

namespace trialflag::intake {

/// Hands out one number for each different text. Views live as long as the pool.
class StringPool {
 public:
  std::uint32_t intern(std::string_view text);
  [[nodiscard]] std::string_view text(std::uint32_t number) const { return texts_[number]; }
  [[nodiscard]] std::size_t size() const { return texts_.size(); }

 private:
  std::deque<std::string> texts_;
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
  std::uint32_t last_ = 0;  // asked for last, and most often asked for next
};

/// A (type, id), or a (type, fullUrl), as 128 bits of hash: two different ones never meet in practice.
struct Key {
  std::uint64_t high = 0, low = 0;
  friend auto operator<=>(const Key&, const Key&) = default;
  [[nodiscard]] bool empty() const { return high == 0 && low == 0; }
};
Key key_of(fhir::ResourceType type, std::string_view id);

struct KeyHash {
  std::size_t operator()(const Key& key) const { return key.high ^ key.low; }
};

inline constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
inline constexpr std::int64_t kNoTime = std::numeric_limits<std::int64_t>::min();

/// One resource. Items stand in the order in which they were read (those of a history Bundle turned round: it begins with the newest).
struct Item {
  Key key;  ///< empty: neither id nor fullUrl, so never the twin of another
  Slice text;
  std::int64_t updated_ms = kNoTime;  ///< meta.lastUpdated
  std::uint32_t bundle = kNone;       ///< of Index::bundles
  std::uint32_t subject = kNone;      ///< of Index::names: "Patient/p1", or a fullUrl; of a Patient its own
  std::uint32_t number = 0;           ///< the line; of an entry (in_entry) its place in the Bundle
  fhir::ResourceType type = fhir::ResourceType::other;
  bool deleted = false;   ///< no resource: word that it was deleted
  bool in_entry = false;  ///< the text is a whole Bundle.entry
};

static_assert(sizeof(Item) <= 56, "there is one for each resource of the input");

enum class BundleKind : std::uint8_t { other, document, collection, history, searchset };

struct Bundle {
  std::uint32_t file = 0, line = 0;
  BundleKind kind = BundleKind::other;
  bool alone = false;             ///< stands alone: its patient ids collide with another Bundle's (criteria.md 2.1)
  std::vector<std::string> next;  ///< links to further pages
  std::vector<std::string> self;
  screening::TypeSet types;  ///< of its entries
};

struct File {
  InputFile input;
  screening::TypeSet incomplete;  ///< of the patients that the file names
  bool names_patient = false;
  bool outcome = false;         ///< holds an OperationOutcome that says something may be missing
  std::string foreign;          ///< "STU3": not R4, so its resources are not read
  std::uint64_t resources = 0;  ///< lines or entries that held one, read or not
  std::uint64_t count_of_type[32] = {};
};

/// Something that was lost of one patient.
struct Loss {
  std::uint32_t bundle = kNone, subject = kNone;
  screening::TypeSet types;
};

/// What sets a Patient apart from another under the same id: a hash of its content without meta and narrative.
struct PatientContent {
  std::uint32_t subject = kNone, bundle = kNone;
  std::uint64_t hash = 0;
};

/// Patient.link of type replaced-by, and the text of the Patient that says so.
struct Replacement {
  Slice said_in;
  std::uint32_t from = kNone, to = kNone;
};

struct Index {
  std::vector<File> files;
  std::vector<Bundle> bundles;
  std::deque<Item> items;  // a vector would hold them twice while it grows
  StringPool names;
  TextStore texts;
  std::vector<Loss> losses;
  std::vector<PatientContent> contents;  ///< of document and collection Bundles
  std::vector<Replacement> replacements;
  /// A Medication by the fullUrl of its entry: key of (bundle, fullUrl) → item key.
  std::unordered_map<Key, Key, KeyHash> medication_urls;
  screening::TypeSet incomplete;  ///< of every patient
  screening::TypeSet seen;        ///< types of which there was any resource
  bool anything_read = false;
};

/// Where an item stood in the input.
Place place_of(const Index& index, const Item& item);

/// Where a Medication is looked up by the fullUrl of an entry of `bundle`.
Key medication_url_key(std::uint32_t bundle, std::string_view full_url);

}  // namespace trialflag::intake
