// The pages of one search or history, one after the other, guarded against pages that never end.
#pragma once

#include <chrono>
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

/// For one thread, used once.
class Pages {
 public:
  /// `kind` is the type that each Bundle must have. Session and budget must outlive it.
  Pages(Session& session, Url first, std::string kind, RetryBudget& budget);

  [[nodiscard]] bool more() const { return more_; }
  [[nodiscard]] std::size_t count() const { return seen_.size(); }
  [[nodiscard]] std::optional<Instant> server_time() const { return server_time_; }

  /// Whether the last call failed because the server knows a later page no more: the search can be begun anew.
  [[nodiscard]] bool forgotten() const { return forgotten_; }
  /// What the server said of the first page when it refused it.
  [[nodiscard]] const Refusal& refusal() const { return refusal_; }

  /// The next page; valid until the following call. Errors as Client says; a later page that is gone is `unavailable`, for it says nothing
  /// about the type.
  Result<const Page*> next();

 private:
  Result<void> take(Answer& answer);
  [[nodiscard]] Error told_for_this_page(const Error& error);

  Session& session_;
  Url url_;
  const std::string kind_;
  RetryBudget& budget_;
  const std::chrono::steady_clock::time_point end_;
  std::unordered_set<std::string> seen_;
  std::optional<Instant> server_time_;
  Refusal refusal_;
  Answer answer_;  ///< page_ points into it
  Page page_;
  bool more_ = true, forgotten_ = false;
};

}  // namespace trialflag::fhir
