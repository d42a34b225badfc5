// One reads, on a thread of its own, while the other, who called, keeps what was read before.
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <future>
#include <mutex>
#include <type_traits>
#include <utility>

namespace trialflag {

/// For one reader and one caller at a time. What an errand writes, the reader may read after settle().
class Errands {
 public:
  Errands() = default;
  Errands(const Errands&) = delete;
  Errands& operator=(const Errands&) = delete;

  /// By the reader: has `errand` run on the caller's thread, and waits only until the one before has been. False: that one threw; then
  /// nothing is taken any more.
  bool give(std::function<void()> errand) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !errand_; });
    if (thrown_) return false;
    errand_ = std::move(errand);
    changed_.notify_all();
    return true;
  }

  /// By the reader: waits until what it gave has been run. False as above.
  bool settle() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !errand_; });
    return !thrown_;
  }

  /// By the caller: runs `reader` on a thread of its own, and its errands on this one, until it is done. What it returns; throws what an
  /// errand threw, or else what it threw.
  template <typename Reader>
  std::invoke_result_t<Reader> run(Reader reader) {
    over_ = false;
    auto read = std::async(std::launch::async, [this, &reader] {
      const End end(*this);
      return reader();
    });
    serve();
    read.wait();
    if (auto thrown = std::exchange(thrown_, nullptr)) std::rethrow_exception(thrown);
    return read.get();
  }

 private:
  /// Also when the reader throws.
  class End {
   public:
    explicit End(Errands& errands) : errands_(errands) {}
    ~End() {
      const std::scoped_lock lock(errands_.mutex_);
      errands_.over_ = true;
      errands_.changed_.notify_all();
    }
    End(const End&) = delete;
    End& operator=(const End&) = delete;

   private:
    Errands& errands_;
  };

  void serve() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return over_ || errand_; });
      if (!errand_) return;
      lock.unlock();
      std::exception_ptr thrown;
      try {
        errand_();
      } catch (...) {
        thrown = std::current_exception();
      }
      lock.lock();
      if (thrown) thrown_ = thrown;
      errand_ = nullptr;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> errand_;  ///< guarded by mutex_, but while it runs, when nobody else touches it
  bool over_ = true;              ///< guarded by mutex_
  std::exception_ptr thrown_;     ///< likewise
};

}  // namespace trialflag
