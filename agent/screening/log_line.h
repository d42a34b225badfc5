// What the screening log keeps of one screening (ICH-GCP 8.3.20): nothing that names the patient, and enough to count by reason.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/time.h"
#include "agent/eligibility/verdict.h"

namespace trialflag::eligibility {
struct Person;
}  // namespace trialflag::eligibility

namespace trialflag::screening {

struct LogLine {
  bool entered = false;  ///< the entry criterion holds or is in doubt: the patient has a line from now on, whatever comes
  Day day;               ///< of the screening, in the site's zone
  std::string trial_version;
  std::string age_band;  ///< "30-39", "0-17", "18-29", "90+"; of both ends when the birth date leaves two open; empty: not known
  std::string sex;       ///< as FHIR names it
  std::string status;    ///< criteria.md 1.4
  std::string failed;    ///< ids of the criteria that fail, separated by blanks
  std::string open;      ///< "ID:REASON" of the open ones, separated by blanks
};

/// `entry`: the id of the trial's entry criterion.
LogLine log_line(const eligibility::PatientVerdict& verdict, const eligibility::Person& person, std::string_view entry, Day today);

/// The band of someone born between these days.
std::string age_band(Day first_birth, Day last_birth, Day today);

}  // namespace trialflag::screening
