// One type's reading on a thread of its own: asking, waiting, unpacking and decoding; what it finds is taken in by the cycle's thread.
//
// (1) HospitalSource::read_types begins one for each type that the cycle lets it begin, two at most. (2) The thread touches the client,
// which takes calls of many, and what is its own: the reader, a copy of what is learnt, its allowance. (3) Pages, ends of parts and
// questions to the state go through the Handover, whose other side is the cycle's thread: it alone touches the state. (4) While one
// page is taken in the next ones, of both types, are fetched and decoded. (5) When something cannot be taken
// in, or throws, the cycle's thread closes the handover and lets all readings go: a request that is under way, or a wait before the next,
// is given up.
#pragma once

#include <exception>
#include <functional>
#include <optional>
#include <stop_token>
#include <thread>

#include "agent/app/type_reader.h"
#include "agent/base/handover.h"

namespace trialflag::app {

/// For the thread that serves the handover. The end waits for the thread: close the handover and let go before, unless ended().
class ReadingAside {
 public:
  struct With {
    fhir::Client& client;
    const fhir::Capability* capability;
    TypeReader::Whom whom;  ///< called by the serving thread
    fhir::Allowance& allowance;
    Learnt learnt;
    std::stop_token stop;  ///< of the agent
  };

  /// Begins. Throws std::system_error where no thread is to be had.
  ReadingAside(Handover& handover, screening::TypeReading wanted, With with);
  ReadingAside(const ReadingAside&) = delete;
  ReadingAside& operator=(const ReadingAside&) = delete;

  /// Of who takes in what is found: the reading is to be let go.
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }
  [[nodiscard]] bool ended() const { return ended_; }
  /// It asks for nothing any more, and waits for no answer. The handover must be closed.
  void let_go() { let_go_.request_stop(); }
  /// Once it has ended. What the reading returned, or throws what it threw.
  Result<screening::TypeOutcome> take_outcome();
  [[nodiscard]] const screening::TypeReading& wanted() const { return wanted_; }
  [[nodiscard]] const TypeReader& reader() const { return reader_; }
  [[nodiscard]] const Learnt& learnt() const { return learnt_; }

 private:
  void run();
  /// What `ask` returns there.
  template <typename Answer>
  Result<Answer> there(const std::function<Result<Answer>()>& ask);
  /// Begins; settle() ends it.
  Result<void> give(std::span<const screening::Touched> page);
  Result<void> settle();

  Handover& handover_;
  std::stop_source let_go_;
  std::stop_callback<std::function<void()>> with_the_agent_;
  const screening::TypeReading wanted_;
  const TypeReader::Whom whom_;
  Learnt learnt_;
  TypeReader reader_;
  std::optional<Handover::Job> giving_;  ///< the last page
  std::optional<Result<screening::TypeOutcome>> outcome_;
  std::exception_ptr thrown_;
  bool ended_ = false;  ///< of the serving thread, as what follows
  std::optional<Error> failure_;
  std::jthread thread_;  ///< the last: it uses what stands above
};

}  // namespace trialflag::app
