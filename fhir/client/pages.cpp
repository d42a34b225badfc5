#include "fhir/client/pages.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "fhir/client/allowance.h"
#include "fhir/client/headers.h"

namespace trialflag::fhir {
namespace {

/// With the one that is being read: what they are taken in by works in bursts.
constexpr std::size_t kMostAhead = 2;

bool holds_nothing(const Page& page) {
  return std::all_of(page.entries.begin(), page.entries.end(), [](const Entry& entry) { return entry.mode == "outcome"; });
}

}  // namespace

std::string search_path(std::string_view type, const std::vector<Parameter>& parameters, int page_size) {
  std::string path = std::string(type) + "?";
  for (const Parameter& parameter : parameters) path += percent_encode(parameter.name) + "=" + percent_encode(parameter.value) + "&";
  return path + "_count=" + std::to_string(page_size);
}

tl::unexpected<Error> pages_bring_nothing() {
  return fail(ErrorCode::malformed_data,
              "the last " + std::to_string(kMostBarren) +
                  " pages brought nothing new, and the server names a next one all the same; its administrator must "
                  "mend its paging: the last page names no next");
}

Pages::Pages(Session& session, Url first, std::string kind, RetryBudget& budget)
    : session_(session),
      url_(std::move(first)),
      kind_(std::move(kind)),
      budget_(budget),
      end_(std::chrono::steady_clock::now() + session.endpoint().longest_search) {}

Pages::~Pages() {
  if (reader_.joinable()) {
    {
      const std::scoped_lock lock(mutex_);
      over_ = true;
    }
    moved_.notify_all();
    reader_.join();
  }
  tell_barren();
}

/// Or a server could keep us for as long as it names next pages.
void Pages::tell_barren() {
  for (std::size_t barren = barren_.exchange(0); barren > 0 && budget_.allowance != nullptr; --barren) budget_.allowance->brought_nothing();
}

Result<const Page*> Pages::next() {
  ++count_;
  if (auto may = count_ == 1 ? guard() : turn_->may; !may) return tl::unexpected(may.error());
  turn_ = reader_.joinable() ? take_ahead() : fetch();
  refusal_ = turn_->refusal;
  if (!turn_->got) return tl::unexpected(told_for_this_page(turn_->got.error()));
  if (auto cut = cut_entries(turn_->page); !cut) return tl::unexpected(cut.error());
  session_.count_page();
  if (count_ == 1) server_time_ = turn_->answer.date;
  more_ = turn_->more;
  if (more_ && holds_nothing(turn_->page)) ++barren_;
  if (count_ == 1 && more_ && turn_->may) begin_ahead();
  return &turn_->page;
}

/// Where no thread is to be had, next() reads the pages itself.
void Pages::begin_ahead() {
  try {
    reader_ = std::thread([this] { read_ahead(); });
  } catch (const std::system_error&) {  // too many threads
  }
}

void Pages::read_ahead() {
  try {
    for (bool on = true; on;) {
      auto turn = fetch();
      on = turn->got && turn->more && turn->may;
      std::unique_lock lock(mutex_);
      ahead_.push_back(std::move(turn));
      moved_.notify_all();
      moved_.wait(lock, [this] { return over_ || ahead_.size() < kMostAhead; });
      on = on && !over_;
    }
  } catch (...) {
    const std::scoped_lock lock(mutex_);
    thrown_ = std::current_exception();
    moved_.notify_all();
  }
}

std::unique_ptr<Pages::Turn> Pages::take_ahead() {
  std::unique_lock lock(mutex_);
  moved_.wait(lock, [this] { return !ahead_.empty() || thrown_ != nullptr; });
  if (ahead_.empty()) std::rethrow_exception(thrown_);
  auto turn = std::move(ahead_.front());
  ahead_.pop_front();
  moved_.notify_all();
  return turn;
}

Result<void> Pages::guard() {
  if (!seen_.insert(url_.text()).second) return fail(ErrorCode::malformed_data, "the pages go round in circles");
  if (seen_.size() > session_.endpoint().max_pages) return fail(ErrorCode::malformed_data, "the pages do not end");
  if (std::chrono::steady_clock::now() > end_) return fail(ErrorCode::timeout, "the pages do not end in time");
  return {};
}

std::unique_ptr<Pages::Turn> Pages::fetch() {
  auto turn = std::make_unique<Turn>();
  tell_barren();
  turn->got = session_.get(
      url_, budget_, [&](Answer& answer) { return take(*turn, answer); }, &turn->refusal);
  turn->more = turn->got && !turn->page.next.empty();
  if (!turn->more) return turn;
  if (auto target = session_.links().next(url_, turn->page.next)) {
    url_ = std::move(*target);
    turn->may = guard();
  } else {
    turn->got = tl::unexpected(target.error());
  }
  return turn;
}

Result<void> Pages::take(Turn& turn, Answer& answer) const {
  turn.answer = std::move(answer);
  auto page = outline_page(turn.answer.body);
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
