#include "agent/monitor/troubles.h"

#include <utility>

namespace trialflag::monitor {

std::string spoken_duration(std::int64_t ms) {
  const std::int64_t seconds = ms > 0 ? ms / 1000 : 0;
  const std::int64_t minutes = seconds / 60, hours = minutes / 60;
  if (hours > 0) return std::to_string(hours) + " h " + std::to_string(minutes % 60) + " min";
  return minutes > 0 ? std::to_string(minutes) + " min" : std::to_string(seconds) + " s";
}

std::vector<Troubles::Line> Troubles::update(TroublesBySubject now, Instant at) {
  std::vector<Line> lines;
  for (auto was = standing_.begin(); was != standing_.end();) {
    if (now.contains(was->first)) {
      ++was;
      continue;
    }
    lines.push_back({true, was->second.trouble.over + " (after " + spoken_duration(at.ms - was->second.since.ms) + ")"});
    was = standing_.erase(was);
  }
  for (auto& [subject, trouble] : now) {
    const auto was = standing_.find(subject);
    if (was == standing_.end() || was->second.trouble.state != trouble.state) lines.push_back({false, trouble.text});
    const Instant since = was == standing_.end() ? at : was->second.since;
    standing_[subject] = {std::move(trouble), since};
  }
  return lines;
}

}  // namespace trialflag::monitor
