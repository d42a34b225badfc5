// A few threads that run what they are given.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace trialflag {

/// Jobs are begun in the order in which they were given, by whichever thread is free. Thread-safe. There is no bound on what waits: whoever
/// gives must wait for what was given. The end waits for all of it.
class Crew {
 public:
  explicit Crew(int threads) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  }
  ~Crew() {
    {
      const std::scoped_lock lock(mutex_);
      over_ = true;
    }
    given_.notify_all();
  }
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// What the job returns, or throws, comes through the future; one that is dropped stops nothing.
  template <typename Job>
  std::future<std::invoke_result_t<Job>> give(Job job) {
    const auto task = std::make_shared<std::packaged_task<std::invoke_result_t<Job>()>>(std::move(job));
    auto result = task->get_future();
    {
      const std::scoped_lock lock(mutex_);
      jobs_.emplace_back([task] { (*task)(); });
    }
    given_.notify_one();
    return result;
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      given_.wait(lock, [this] { return over_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      auto job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      job = nullptr;  // what it holds goes here, not under the lock
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable given_;
  std::deque<std::function<void()>> jobs_;  ///< guarded by mutex_
  bool over_ = false;                       ///< likewise
  std::vector<std::jthread> threads_;       ///< the last: they use what stands above
};

}  // namespace trialflag
