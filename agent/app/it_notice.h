// Mails to the hospital's IT when the tables or trial files in place can no longer be used, and when they can again.
#pragma once

#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/result.h"
#include "agent/screening/ports.h"
#include "agent/store/state.h"

namespace trialflag::app {

struct ItAddresses {
  std::vector<std::string> to;
  std::string site;  ///< for people; may be empty
};

/// After each cycle: tells each address of the flaw (empty: none), or that it is over, once for each. What was told is kept in the state as
/// soon as a letter was accepted, may have arrived, or was refused for good: the trouble stands in the log and in status all the same. What
/// was refused for now is tried again after the next cycle, under the same Message-ID. The first problem in words; fails with storage
/// alone.
Result<std::string> tell_it(const ItAddresses& addresses, const std::string& flaw, screening::Sender* sender, store::State& state,
                            const Clock& clock);

}  // namespace trialflag::app
