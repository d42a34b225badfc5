// Whoever is pending, one after the other: first those who were merged, then stored charts many at a time, then whoever must be read.
#include <algorithm>
#include <utility>

#include "agent/screening/cycle_parts.h"

namespace trialflag::screening {
namespace {

/// So many patients that cannot be read, one after the other, and the source is taken to be ill. A few may be ill, or refused, by
/// themselves.
constexpr int kMostInARow = 5;

using Todos = std::vector<ScreeningStore::Todo>;

/// Tells the source of whoever is to be read next, while one is judged and written.
class ReadingAhead {
 public:
  ReadingAhead(CycleWork& work, const Todos& todos) : work_(work), todos_(todos) {}
  ~ReadingAhead() { work_.source.forget_ahead(); }
  ReadingAhead(const ReadingAhead&) = delete;
  ReadingAhead& operator=(const ReadingAhead&) = delete;

  /// Up to the one after `todo`, who is about to be read.
  Result<void> beyond(std::size_t todo) {
    for (int more = next_ > todo ? 1 : 2; more > 0 && next_ < todos_.size() && !work_.source_down; ++next_) {
      const PatientId& patient = todos_[next_].patient;
      if (todos_[next_].pending != Pending::read || !work_.screens(patient)) continue;
      const auto aliases = work_.store.aliases(patient);
      if (!aliases) return tl::unexpected(aliases.error());
      work_.source.read_ahead(patient, *aliases);
      --more;
    }
    return {};
  }

 private:
  CycleWork& work_;
  const Todos& todos_;
  std::size_t next_ = 0;  ///< who was not told of yet
};

Result<void> work_off(CycleWork& work, const Todos& todos, Pending pending) {
  ReadingAhead ahead(work, todos);
  for (std::size_t i = 0; i < todos.size(); ++i) {
    if (todos[i].pending != pending || work.failed.contains(todos[i].patient.value)) continue;
    if (work.stop.stop_requested()) return {};
    if (pending == Pending::read && work.failed_in_a_row >= kMostInARow) {
      ++work.report.unread;
      continue;
    }
    if (auto begun = pending == Pending::read ? ahead.beyond(i) : Result<void>(); !begun) return begun;
    const auto done = work_off(work, todos[i]);
    if (!done) return tl::unexpected(done.error());
    if (!*done) ++work.report.unread;
    // Whoever must be read after all is done when that is.
    const bool put_off = work.together && !work.unstored.empty() && work.unstored.back() == todos[i].patient;
    if (!put_off) ++work.progress.done;
    if (pending == Pending::read) work.tell_progress();
  }
  return {};
}

/// Stored charts, screened again: many become durable at the price of one.
Result<void> screen_together(CycleWork& work, const Todos& todos) {
  work.together = true;
  const auto done = work.store.together([&] { return work_off(work, todos, Pending::screen); });
  work.together = false;
  return done;
}

}  // namespace

Result<void> work_off(CycleWork& work) {
  // First: whoever survives a merge must not be judged without the records of the other.
  for (const PatientId& merged : work.merged) {
    if (work.stop.stop_requested()) return {};
    if (const auto done = work_off(work, ScreeningStore::Todo{merged, Pending::read}); !done) return tl::unexpected(done.error());
  }
  const auto waiting = work.store.pending_count();
  if (!waiting) return tl::unexpected(waiting.error());
  work.progress = {work.progress.first_load, true, {}, 0, *waiting};
  ScreeningStore::Todo after;
  while (!work.stop.stop_requested()) {
    auto todo = work.store.pending(after, 100);
    if (!todo) return tl::unexpected(todo.error());
    if (todo->empty()) return {};
    after = todo->back();
    const bool any_stored = std::any_of(todo->begin(), todo->end(), [](const auto& one) { return one.pending == Pending::screen; });
    if (auto done = any_stored ? screen_together(work, *todo) : Result<void>(); !done) return done;
    for (PatientId& patient : std::exchange(work.unstored, {})) todo->push_back({std::move(patient), Pending::read});
    if (auto done = work_off(work, *todo, Pending::read); !done) return done;
  }
  return {};
}

}  // namespace trialflag::screening
