// How threads that fetch something hand it over to the one thread that takes it in.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>

namespace trialflag {

/// Whoever fetches gives jobs; one thread serves. Thread-safe. Outlives all of them.
class Handover {
 public:
  /// Stays where it is until wait() has returned.
  class Job {
   public:
    explicit Job(std::function<void()> work) : work_(std::move(work)) {}
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;

   private:
    friend class Handover;
    const std::function<void()> work_;
    bool done_ = false, ran_ = false;  ///< guarded by the handover
  };

  void give(Job& job) {
    const std::scoped_lock lock(mutex_);
    if (closed_) job.done_ = true;
    if (!closed_) queue_.push_back(&job);
    moved_.notify_all();
  }

  /// Until the job is done with. False: it was not run, or not to its end.
  bool wait(Job& job) {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [&] { return job.done_; });
    return job.ran_;
  }

  /// Waits for a job, and runs it. Throws what that throws.
  void serve() {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [&] { return !queue_.empty(); });
    Job& next = *queue_.front();
    queue_.pop_front();
    lock.unlock();
    bool ran = false;
    const auto tell = [&] {
      lock.lock();
      next.ran_ = ran;
      next.done_ = true;
      moved_.notify_all();
    };
    try {
      next.work_();
    } catch (...) {
      tell();
      throw;
    }
    ran = true;
    tell();
  }

  /// By the serving thread: no job is run any more.
  void close() {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
    for (Job* job : queue_) job->done_ = true;
    queue_.clear();
    moved_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable moved_;
  std::deque<Job*> queue_;  ///< guarded by mutex_, as what follows
  bool closed_ = false;
};

}  // namespace trialflag
