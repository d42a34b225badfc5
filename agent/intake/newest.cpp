#include "agent/intake/newest.h"

#include <algorithm>
#include <optional>
#include <string>

#include "agent/intake/catalogue.h"
#include "agent/intake/content_hash.h"
#include "agent/json/value.h"

namespace trialflag::intake {
namespace {

class Newest {
 public:
  Newest(Index& index, Report& report) : index_(index), report_(report), alive_(index.items.size(), false) {}

  std::vector<bool> choose() {
    std::vector<Keyed> keyed;
    keyed.reserve(index_.items.size());
    for (std::uint32_t i = 0; i < index_.items.size(); ++i) {
      const Item& item = index_.items[i];
      if (!index_.files[item.text.file].foreign.empty()) continue;
      if (item.key.empty()) {
        alive_[i] = !item.deleted;
      } else {
        keyed.push_back({scoped(item.key, scope_of(index_, item)), i});
      }
    }
    std::sort(keyed.begin(), keyed.end());
    std::vector<std::uint32_t> twins;
    for (std::size_t first = 0; first < keyed.size();) {
      std::size_t last = first + 1;
      while (last < keyed.size() && keyed[last].key == keyed[first].key) ++last;
      choose_among(keyed, first, last, twins);
      first = last;
    }
    std::sort(twins.begin(), twins.end());
    for (const std::uint32_t twin : twins) tell(index_.items[twin]);
    return std::move(alive_);
  }

 private:
  struct Keyed {
    Key key;
    std::uint32_t item;
    friend auto operator<=>(const Keyed&, const Keyed&) = default;
  };

  // In the order of reading each takes over from the one before, unless its time says that it is older. One without a time stands for the
  // time of the one it took over from, so that a third is measured against that.
  void choose_among(const std::vector<Keyed>& keyed, std::size_t first, std::size_t last, std::vector<std::uint32_t>& twins) {
    std::uint32_t best = keyed[first].item;
    std::int64_t time = index_.items[best].updated_ms;
    bool undecided = false;
    for (std::size_t i = first + 1; i < last; ++i) {
      const Item& next = index_.items[keyed[i].item];
      if (next.updated_ms != kNoTime && next.updated_ms < time) continue;
      const bool by_order = next.updated_ms == kNoTime || time == kNoTime || next.updated_ms == time;
      undecided = by_order && !next.deleted && !index_.items[best].deleted && differ(index_.items[best], next);
      best = keyed[i].item;
      time = std::max(time, next.updated_ms);
    }
    alive_[best] = !index_.items[best].deleted;
    if (undecided) twins.push_back(best);
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
    report_.note({index_.files[item.text.file].input.name, item.line, item.entry}, std::string(fhir::name_of(item.type)),
                 "its id occurs more than once with different content and no meta.lastUpdated tells which is newer; this one, the last "
                 "read, counts");
  }

  Index& index_;
  Report& report_;
  std::vector<bool> alive_;
  json::Document document_;
};

}  // namespace

std::vector<bool> newest_items(Index& index, Report& report) {
  return Newest(index, report).choose();
}

}  // namespace trialflag::intake
