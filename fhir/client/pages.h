// The pages of one search or history, one after the other, guarded against pages that never end. While one is taken in, the next is asked
// for.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_set>
#include <vector>

#include "fhir/client/client.h"
#include "fhir/client/page.h"
#include "fhir/client/session.h"

namespace trialflag::fhir {

/// The path of a search's first page, below the base.
std::string search_path(std::string_view type, const std::vector<Parameter>& parameters, int page_size);

/// So many pages in a row without anything new end a search or history: a few are legal, but some servers name a next page for ever.
constexpr int kMostBarren = 20;
tl::unexpected<Error> pages_bring_nothing();

/// For one thread, used once; the pages after the first are read by a thread of its own, two ahead of the one at hand, so that there are
/// three at most. It reads no more of them than the link to the next: what a page holds is cut by the caller. The end waits for it.
class Pages {
 public:
  /// `kind` is the type that each Bundle must have. Session and budget must outlive it; nobody else uses the budget meanwhile.
  Pages(Session& session, Url first, std::string kind, RetryBudget& budget);
  ~Pages();
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

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
    Result<void> may;   ///< whether the next one may be asked for: that is told when its turn comes
    bool more = false;  ///< there is a next one
  };

  /// Asks for url_, and moves it on.
  [[nodiscard]] std::unique_ptr<Turn> fetch();
  [[nodiscard]] Result<void> take(Turn& turn, Answer& answer) const;
  Result<void> guard();
  void tell_barren();
  void begin_ahead();
  void read_ahead();
  std::unique_ptr<Turn> take_ahead();
  [[nodiscard]] Error told_for_this_page(const Error& error);

  // Of whoever reads: the caller the first page, then the thread, where there is one.
  Session& session_;
  Url url_;  ///< of the next page
  const std::string kind_;
  RetryBudget& budget_;
  const std::chrono::steady_clock::time_point end_;
  std::unordered_set<std::string> seen_;

  // Of the caller.
  std::optional<Instant> server_time_;
  Refusal refusal_;
  std::size_t count_ = 0;
  bool more_ = true, forgotten_ = false;
  std::unique_ptr<Turn> turn_;  ///< the page at hand

  std::atomic<std::size_t> barren_{0};  ///< pages without anything that the allowance has not been told of

  std::mutex mutex_;
  std::condition_variable moved_;
  std::deque<std::unique_ptr<Turn>> ahead_;  ///< guarded by mutex_, as what follows
  std::exception_ptr thrown_;                ///< by the thread, which has ended then
  bool over_ = false;                        ///< the caller wants no more
  std::thread reader_;
};

}  // namespace trialflag::fhir
