// The pages of one search or history, one after the other, guarded against pages that never end. While one is taken in, the next is asked
// for.
#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "fhir/client/client.h"
#include "fhir/client/page.h"
#include "fhir/client/session.h"

namespace trialflag::fhir {

/// The path of a search's first page, below the base.
std::string search_path(std::string_view type, const std::vector<Parameter>& parameters, int page_size);

/// For one thread, used once; the page ahead is read by a thread of its own, so that there are two at most, and the end waits for it.
class Pages {
 public:
  /// `kind` is the type that each Bundle must have. Session and budget must outlive it; nobody else uses the budget meanwhile.
  Pages(Session& session, Url first, std::string kind, RetryBudget& budget);

  [[nodiscard]] bool more() const { return more_; }
  /// How many pages were asked for by next().
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::optional<Instant> server_time() const { return server_time_; }

  /// Whether the last call failed because the server knows a later page no more: the search can be begun anew.
  [[nodiscard]] bool forgotten() const { return forgotten_; }
  /// What the server said of the first page when it refused it.
  [[nodiscard]] const Refusal& refusal() const { return refusal_; }

  /// The next page; valid until the following call. Errors as Client says; a later page that is gone is `unavailable`, for it says nothing
  /// about the type.
  Result<const Page*> next();

 private:
  /// A page as it came.
  struct Turn {
    Result<void> got;
    Refusal refusal;
    Answer answer;  ///< page points into it
    Page page;
  };

  /// May be called by another thread than the rest, one call at a time.
  [[nodiscard]] std::unique_ptr<Turn> fetch() const;
  [[nodiscard]] Result<void> take(Turn& turn, Answer& answer) const;
  Result<void> guard();
  [[nodiscard]] Error told_for_this_page(const Error& error);

  Session& session_;
  Url url_;  ///< of the next page
  const std::string kind_;
  RetryBudget& budget_;
  const std::chrono::steady_clock::time_point end_;
  std::unordered_set<std::string> seen_;
  std::optional<Instant> server_time_;
  Refusal refusal_;
  std::size_t count_ = 0;
  bool more_ = true, forgotten_ = false;
  Result<void> may_;                          ///< whether url_ may be asked for
  std::unique_ptr<Turn> turn_;                ///< the page at hand
  std::future<std::unique_ptr<Turn>> ahead_;  ///< the last: its thread uses what stands above
};

}  // namespace trialflag::fhir
