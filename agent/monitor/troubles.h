// What is amiss, by what it is about, so that each thing is said once when it begins and once when it is over, however long it lasts.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "agent/base/time.h"

namespace trialflag::monitor {

/// No text names a patient.
struct Trouble {
  std::string state;  ///< a word; when it changes, the trouble is told again
  std::string text;   ///< what is said when it begins; a text that changes while the state lasts is not said
  std::string over;   ///< what is said when it ends
};

using TroublesBySubject = std::map<std::string, Trouble>;

/// Not thread-safe.
class Troubles {
 public:
  struct Line {
    bool good = false;  ///< the trouble is over
    std::string text;
  };
  struct Standing {
    Trouble trouble;  ///< with the text as it is now
    Instant since;
  };

  /// `now`: all that is amiss. What must be said of the change.
  std::vector<Line> update(TroublesBySubject now, Instant at);

  /// It was said before this began.
  void take_as_said(const std::string& subject, Trouble trouble, Instant at) { standing_[subject] = {std::move(trouble), at}; }

  [[nodiscard]] const std::map<std::string, Standing>& standing() const { return standing_; }

 private:
  std::map<std::string, Standing> standing_;
};

/// "8 h 2 min", "3 min", "40 s".
std::string spoken_duration(std::int64_t ms);

}  // namespace trialflag::monitor
