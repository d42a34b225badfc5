// When a patient with an open flag is next expected, and where: for those who want to meet them. Patient data: for the console, the command
// line and the EHR itself (the third tier of tiers.h), never for mail, chat or a log.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/screening/chart.h"

namespace trialflag::screening {

struct Visit {
  Instant at;         ///< of one that is told by its day alone: the day's beginning in UTC
  bool timed = true;  ///< false: only the day is told
  std::string where;  ///< as recorded; may be empty
  friend bool operator==(const Visit&, const Visit&) = default;
};

/// Of one patient no more are kept.
inline constexpr std::size_t kMostVisits = 20;

/// The time of a record as a visit; nullopt when its day is not known.
std::optional<Visit> visit_at(const RecordedTime& start, std::string_view where);

/// The soonest that is still to come at `now`; nullopt: none.
std::optional<Visit> next_visit(std::span<const Visit> visits, Instant now);

/// The planned Encounters of a chart that are to come, soonest first.
std::vector<Visit> planned_encounters(const Chart& chart, Instant now);

/// What of `visits` is to come, soonest first, without repeats, kMostVisits at most.
std::vector<Visit> to_come(std::vector<Visit> visits, Instant now);

/// "Tuesday 09:30, Rheumatology"; with its date when it is a week away or more.
std::string visit_words(const Visit& visit, const Zone& zone, std::string_view language, Instant now);
/// "next visit: Tuesday 09:30, Rheumatology", in the reader's zone and language (English where there are no words in it).
std::string visit_text(const Visit& visit, const Zone& zone, std::string_view language, Instant now);

}  // namespace trialflag::screening
