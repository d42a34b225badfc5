#include "agent/app/reading_aside.h"

#include <utility>

namespace trialflag::app {

ReadingAside::ReadingAside(Handover& handover, screening::TypeReading wanted, With with)
    : handover_(handover),
      with_the_agent_(with.stop, [this] { let_go_.request_stop(); }),
      wanted_(std::move(wanted)),
      whom_(std::move(with.whom)),
      learnt_(std::move(with.learnt)),
      reader_(
          with.client, with.capability,
          [this](fhir::ResourceType type) { return there<std::vector<std::string>>([&] { return whom_(type); }); }, wanted_.type,
          &with.allowance),
      thread_([this, &allowance = with.allowance] {
        allowance.stop_with(let_go_.get_token());
        run();
      }) {}

template <typename Answer>
Result<Answer> ReadingAside::there(const std::function<Result<Answer>()>& ask) {
  Result<Answer> answer = fail(ErrorCode::internal, "stopped");
  Handover::Job job([&] {
    answer = ask();
    if (!answer) failure_ = answer.error();
  });
  handover_.give(job);
  (void)handover_.wait(job);
  return answer;
}

Result<void> ReadingAside::give(std::span<const screening::Touched> page) {
  if (auto settled = settle(); !settled) return settled;
  giving_.emplace([this, page] {
    if (auto taken = wanted_.on_page(page); !taken) failure_ = taken.error();
  });
  handover_.give(*giving_);
  return {};
}

Result<void> ReadingAside::settle() {
  const bool done = !giving_ || handover_.wait(*giving_);
  giving_.reset();
  // Whoever serves has the failure.
  return done ? Result<void>() : fail(ErrorCode::internal, "stopped");
}

void ReadingAside::run() {
  try {
    outcome_ = reader_.read(
        wanted_.since, [this](std::span<const screening::Touched> page) { return give(page); }, learnt_,
        [this](Instant until) { return there<void>([&] { return wanted_.on_part(until); }); }, [this] { return settle(); });
  } catch (...) {
    thrown_ = std::current_exception();
  }
  Handover::Job end([this] { ended_ = true; });
  handover_.give(end);
  (void)handover_.wait(end);
}

Result<screening::TypeOutcome> ReadingAside::take_outcome() {
  thread_.join();
  if (thrown_) std::rethrow_exception(thrown_);
  return std::move(*outcome_);
}

}  // namespace trialflag::app
