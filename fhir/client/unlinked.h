// Reads on where a server counts more than its one page held and names no next page (P01): some have no next links at all.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/client/client.h"
#include "fhir/client/harvest.h"
#include "fhir/client/page.h"
#include "fhir/client/session.h"

namespace trialflag::fhir {

/// First by `_offset`, believed only while each page begins with the last row of the one before, so that a server that ignores or caps the
/// offset, and rows that shift meanwhile, are found out. Else by windows of `_lastUpdated`, narrowed until each holds as many rows as the
/// server counts in it. For one thread, used once.
class Unlinked {
 public:
  /// Session, harvest and budget must outlive it.
  Unlinked(Session& session, std::string_view type, const std::vector<Parameter>& parameters, Harvest& harvest, RetryBudget& budget);

  /// Gives the harvest what is beyond `first`. Whether that is all there is; errors as Client::search, but where the server refuses a way
  /// of reading on, it is not all.
  Result<bool> read_on(const Page& first);
  /// How many pages were asked for.
  [[nodiscard]] std::size_t pages() const { return pages_; }

 private:
  /// What can be told of a row without parsing it.
  struct Row {
    std::string key;  ///< its id, or where it has none all of it
    std::optional<Instant> updated;
  };
  using Rows = std::vector<Row>;

  /// Last updated at `from` or later and before `to`.
  struct Window {
    std::optional<Instant> from, to;
  };

  /// What a window holds, all its pages together.
  struct Held {
    Rows rows;
    std::optional<double> total;
  };

  [[nodiscard]] Rows rows_of(const Page& page) const;
  [[nodiscard]] bool may_go_on() const;
  Result<void> by_offset(Rows rows);
  Result<bool> by_windows(const Rows& rows);
  /// nullopt: the server refuses it.
  Result<std::optional<Held>> read(const Window& window);
  [[nodiscard]] Url first_page(std::vector<Parameter> parameters) const;
  [[nodiscard]] std::vector<Parameter> narrowed_to(const Window& window) const;
  [[nodiscard]] static bool continues(const Rows& rows, const Rows& next);
  [[nodiscard]] static bool shows_that_it_applies(const Window& window, const Rows& rows);
  [[nodiscard]] static bool is_whole(const Held& held);
  [[nodiscard]] static std::optional<Instant> cut_of(const Window& window, const Rows& rows);

  Session& session_;
  const std::string type_;
  const std::vector<Parameter>& parameters_;
  Harvest& harvest_;
  RetryBudget& budget_;
  const std::chrono::steady_clock::time_point end_;
  std::size_t pages_ = 1;  ///< the first was read already
};

}  // namespace trialflag::fhir
