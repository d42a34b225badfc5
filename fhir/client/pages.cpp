#include "fhir/client/pages.h"

#include <utility>

#include "fhir/client/headers.h"

namespace trialflag::fhir {

std::string search_path(std::string_view type, const std::vector<Parameter>& parameters, int page_size) {
  std::string path = std::string(type) + "?";
  for (const Parameter& parameter : parameters) path += percent_encode(parameter.name) + "=" + percent_encode(parameter.value) + "&";
  return path + "_count=" + std::to_string(page_size);
}

Pages::Pages(Session& session, Url first, std::string kind, RetryBudget& budget)
    : session_(session),
      url_(std::move(first)),
      kind_(std::move(kind)),
      budget_(budget),
      end_(std::chrono::steady_clock::now() + session.endpoint().longest_search) {}

Result<const Page*> Pages::next() {
  ++count_;
  if (count_ == 1) may_ = guard();
  if (!may_) return tl::unexpected(may_.error());
  turn_ = ahead_.valid() ? ahead_.get() : fetch();
  refusal_ = turn_->refusal;
  if (!turn_->got) return tl::unexpected(told_for_this_page(turn_->got.error()));
  session_.count_page();
  const Page& page = turn_->page;
  if (count_ == 1) server_time_ = turn_->answer.date;
  more_ = !page.next.empty();
  if (!more_) return &page;
  auto target = session_.links().next(url_, page.next);
  if (!target) return tl::unexpected(target.error());
  url_ = std::move(*target);
  // What may not be asked for is told when its turn comes. Where no thread is to be had, next() reads the page itself.
  may_ = guard();
  if (may_) ahead_ = std::async(std::launch::async | std::launch::deferred, [this] { return fetch(); });
  return &page;
}

Result<void> Pages::guard() {
  if (!seen_.insert(url_.text()).second) return fail(ErrorCode::malformed_data, "the pages go round in circles");
  if (seen_.size() > session_.endpoint().max_pages) return fail(ErrorCode::malformed_data, "the pages do not end");
  if (std::chrono::steady_clock::now() > end_) return fail(ErrorCode::timeout, "the pages do not end in time");
  return {};
}

std::unique_ptr<Pages::Turn> Pages::fetch() const {
  auto turn = std::make_unique<Turn>();
  turn->got = session_.get(
      url_, budget_, [&](Answer& answer) { return take(*turn, answer); }, &turn->refusal);
  return turn;
}

Result<void> Pages::take(Turn& turn, Answer& answer) const {
  turn.answer = std::move(answer);
  auto page = cut_page(turn.answer.body);
  if (!page) return tl::unexpected(page.error());
  turn.page = std::move(*page);
  if (turn.page.kind != kind_) return fail(ErrorCode::malformed_data, "the answer is no Bundle of type " + kind_);
  return {};
}

Error Pages::told_for_this_page(const Error& error) {
  const int status = refusal_.status;
  forgotten_ = count_ > 1 && (status == 400 || status == 404 || status == 410 || status == 414 || status == 431);
  if (!forgotten_) return error;
  return {ErrorCode::unavailable, "a later page is gone: " + error.message};
}

}  // namespace trialflag::fhir
