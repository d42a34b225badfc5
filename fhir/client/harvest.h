// What a search brought in: hands out the resources once, judges outcomes, and counts whether all are there.
#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/base/ids.h"
#include "fhir/client/client.h"
#include "fhir/client/page.h"
#include "fhir/client/pages.h"

namespace trialflag::fhir {

/// meta.lastUpdated, if it can be read without parsing the whole.
std::optional<Instant> updated_of(std::string_view resource);

constexpr std::int64_t kRounding = 1000;  ///< ms: servers round what they compare

/// The earliest that `_lastUpdated` with ge allows.
std::optional<Instant> bound_of(const std::vector<Parameter>& parameters);

/// For one thread and one search, which may be begun anew.
class Harvest {
 public:
  /// `on_found` must outlive it.
  Harvest(std::string_view type, std::vector<Parameter> parameters, const OnFound& on_found);

  /// Before the first page of each beginning: what was given stays given, but the count begins anew.
  void begin();
  /// Gives what the page holds. Errors: an outcome of severity error, pages that repeat themselves or go on without anything new although
  /// the server does not count so far, on_found's own.
  Result<void> take(const Page& page);
  /// The next page may hold nothing but what was given.
  void expect_known() { stale_ = barren_ = 0; }
  /// All that the server counts is there, and page after page brings nothing more, although a next one is named.
  [[nodiscard]] bool is_over() const { return barren_ >= kMostBarren && has_total(); }
  /// Different resources since the beginning.
  [[nodiscard]] std::size_t distinct() const { return distinct_; }
  /// The server counts more than that.
  [[nodiscard]] bool short_of_total() const;
  /// The server counts, and no more than that.
  [[nodiscard]] bool has_total() const { return total_ && !short_of_total(); }
  /// Fills in `whole`, `shortfall`, `found` and `ignored`.
  void close(SearchEnd& end) const;

 private:
  /// An id, of which a search of a whole type meets millions, as 128 bits: small, and no two alike.
  struct IdDigest {
    explicit IdDigest(std::string_view id) : first(std::hash<std::string_view>()(id)), second(short_hash(id)) {}
    friend bool operator==(const IdDigest&, const IdDigest&) = default;
    std::size_t first;
    std::int64_t second;
  };
  struct OfIdDigest {
    std::size_t operator()(const IdDigest& id) const noexcept { return id.first; }
  };
  /// What was given last under an id.
  struct Given {
    static constexpr Instant kUndated{std::numeric_limits<std::int64_t>::min()};
    std::size_t digest = 0;
    Instant updated = kUndated;
    int round = 0;  ///< the beginning in which it was last met
  };

  Result<void> take(const Entry& entry);
  /// False for a copy of what was given, or an older version of it.
  bool is_news(const Entry& entry);

  const std::string type_;
  const std::vector<Parameter> parameters_;
  const OnFound& on_found_;
  std::optional<Instant> bound_;  ///< of `_lastUpdated` with ge
  std::unordered_map<IdDigest, Given, OfIdDigest> given_;
  std::size_t found_ = 0;     ///< different resources, in all beginnings
  std::size_t distinct_ = 0;  ///< in this beginning
  std::size_t older_than_bound_ = 0;
  std::optional<double> total_;
  std::optional<std::vector<std::string>> ignored_;  ///< by the self link of the first page
  bool warned_ = false;
  int round_ = 0;
  int stale_ = 0;   ///< pages in a row that hold only what was given; empty ones between them do not count
  int barren_ = 0;  ///< pages in a row without a new resource, empty or not
};

}  // namespace trialflag::fhir
