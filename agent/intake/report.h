// What the reading of files has to say to the person who runs it: each message names file, place, element and problem.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace trialflag::intake {

/// Where in the input something stands: a file (empty: nowhere in particular), in it a line (from 1; 0: none) and in that a Bundle entry
/// (from 0; -1: none).
struct Place {
  std::string_view file;
  std::uint32_t line = 0;
  std::int64_t entry = -1;
};

/// "dir/a.ndjson:12: entry[3]"
std::string to_string(const Place& place);

/// Collects messages in the order in which they arise, which is a function of the input alone. They may name resources by reference
/// ("Condition/c1") and so belong on the terminal of an offline command, never into a log. Not thread-safe.
class Report {
 public:
  /// Said, without effect on the exit status. `subject` is what the problem is about ("Condition/c1 Condition.code"), may be empty.
  void note(const Place& place, std::string_view subject, std::string_view problem);
  /// Said, and something of the input was not read: the run ends in part.
  void quarantine(const Place& place, std::string_view subject, std::string_view problem);

  [[nodiscard]] bool quarantined() const { return quarantined_; }
  /// The messages since the last call. Of one problem in one file the first twenty are told, the others counted.
  std::vector<std::string> take();
  /// How many were left out: one message for each problem and file. To be called once, at the end.
  std::vector<std::string> take_left_out();

 private:
  void say(const Place& place, std::string_view subject, std::string_view problem);

  std::vector<std::string> messages_;
  std::map<std::string, std::size_t> told_;  // "file: problem" → times
  bool quarantined_ = false;
};

}  // namespace trialflag::intake
