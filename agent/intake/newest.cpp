#include "agent/intake/newest.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <string>
#include <unordered_map>

#include "agent/intake/catalogue.h"
#include "agent/intake/content_hash.h"
#include "agent/json/value.h"

namespace trialflag::intake {
namespace {

class Newest {
 public:
  Newest(Index& index, Report& report) : index_(index), report_(report), alive_(index.items.size(), false) {}

  std::vector<bool> choose() {
    table_.assign(std::bit_ceil(index_.items.size() + index_.items.size() / 2 + 2), kNone);
    for (std::uint32_t i = 0; i < index_.items.size(); ++i) {
      const Item& item = index_.items[i];
      if (!index_.files[item.text.file].foreign.empty()) continue;
      if (item.key.empty()) {
        alive_[i] = !item.deleted;
      } else {
        enter(i);
      }
    }
    std::vector<std::uint32_t> twins;
    for (const auto& [slot, contest] : contests_)
      if (contest.undecided) twins.push_back(table_[slot]);
    std::sort(twins.begin(), twins.end());
    for (const std::uint32_t twin : twins) tell(index_.items[twin]);
    return std::move(alive_);
  }

 private:
  // How it stands among several of one key.
  struct Contest {
    std::int64_t time = kNoTime;  // of the best, or of the one that it took over from
    bool undecided = false;
  };

  [[nodiscard]] Key key_of(std::uint32_t number) const {
    const Item& item = index_.items[number];
    return scoped(item.key, scope_of(index_, item));
  }

  // Items are entered in the order of reading.
  void enter(std::uint32_t number) {
    const Key key = key_of(number);
    std::size_t slot = KeyHash()(key) & (table_.size() - 1);
    while (table_[slot] != kNone && key_of(table_[slot]) != key) slot = (slot + 1) & (table_.size() - 1);
    if (table_[slot] == kNone) {
      table_[slot] = number;
      alive_[number] = !index_.items[number].deleted;
    } else {
      challenge(slot, number);
    }
  }

  // Each takes over from the one before, unless its time says that it is older. One without a time stands for the time of the one it took
  // over from, so that a third is measured against that.
  void challenge(std::size_t slot, std::uint32_t number) {
    const std::uint32_t best = table_[slot];
    Contest& contest = contests_.try_emplace(slot, Contest{index_.items[best].updated_ms, false}).first->second;
    const Item& next = index_.items[number];
    if (next.updated_ms != kNoTime && next.updated_ms < contest.time) return;
    const bool by_order = next.updated_ms == kNoTime || contest.time == kNoTime || next.updated_ms == contest.time;
    contest.undecided = by_order && !next.deleted && !index_.items[best].deleted && differ(index_.items[best], next);
    contest.time = std::max(contest.time, next.updated_ms);
    table_[slot] = number;
    alive_[best] = false;
    alive_[number] = !next.deleted;
  }

  std::optional<std::uint64_t> hash_of(const Item& item) {
    const auto text = index_.texts.read(item.text);
    if (!text || !document_.parse(*text)) return std::nullopt;
    return content_hash(item.in_entry ? document_.root()["resource"] : document_.root());
  }

  bool differ(const Item& a, const Item& b) {
    const auto left = hash_of(a);
    return !left || left != hash_of(b);
  }

  void tell(const Item& item) {
    report_.note(place_of(index_, item), std::string(fhir::name_of(item.type)),
                 "its id occurs more than once with different content and no meta.lastUpdated tells which is newer; this one, the last "
                 "read, counts");
  }

  Index& index_;
  Report& report_;
  std::vector<bool> alive_;
  std::vector<std::uint32_t> table_;  // open addressing: of each key the best item so far
  std::unordered_map<std::size_t, Contest> contests_;
  json::Document document_;
};

}  // namespace

std::vector<bool> newest_items(Index& index, Report& report) {
  return Newest(index, report).choose();
}

}  // namespace trialflag::intake
