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
  if (!seen_.insert(url_.text()).second) return fail(ErrorCode::malformed_data, "the pages go round in circles");
  if (seen_.size() > session_.endpoint().max_pages) return fail(ErrorCode::malformed_data, "the pages do not end");
  if (std::chrono::steady_clock::now() > end_) return fail(ErrorCode::timeout, "the pages do not end in time");
  auto got = session_.get(
      url_, budget_, [this](Answer& answer) { return take(answer); }, &refusal_);
  if (!got) return tl::unexpected(told_for_this_page(got.error()));
  session_.count_page();
  if (seen_.size() == 1) server_time_ = answer_.date;
  more_ = !page_.next.empty();
  if (!more_) return &page_;
  auto target = session_.links().next(url_, page_.next);
  if (!target) return tl::unexpected(target.error());
  url_ = std::move(*target);
  return &page_;
}

Result<void> Pages::take(Answer& answer) {
  answer_ = std::move(answer);
  auto page = cut_page(answer_.body);
  if (!page) return tl::unexpected(page.error());
  page_ = std::move(*page);
  if (page_.kind != kind_) return fail(ErrorCode::malformed_data, "the answer is no Bundle of type " + kind_);
  return {};
}

Error Pages::told_for_this_page(const Error& error) {
  const int status = refusal_.status;
  forgotten_ = seen_.size() > 1 && (status == 400 || status == 404 || status == 410 || status == 414 || status == 431);
  if (!forgotten_) return error;
  return {ErrorCode::unavailable, "a later page is gone: " + error.message};
}

}  // namespace trialflag::fhir
