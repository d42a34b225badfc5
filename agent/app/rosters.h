// Whom to screen, where ehr.roster does not say all: the members of a Group of the EHR, or the lines of a file.
#pragma once

#include <memory>

#include "agent/base/clock.h"
#include "agent/screening/ports.h"
#include "agent/settings/ehr_config.h"
#include "fhir/client/client.h"

namespace trialflag::app {

/// Members of a Group resource that are active now. malformed_data when it is no list of people, or was given in part.
struct GroupMembers {
  std::vector<screening::PatientId> patients;
  std::size_t others = 0;  ///< members that are no Patients of this server
};
Result<GroupMembers> members_of(std::string_view group, Instant now);

/// Null when everybody is screened. Client and clock outlive it.
std::unique_ptr<screening::Roster> make_roster(const settings::RosterConfig& config, fhir::Client& client, const Clock& clock);

}  // namespace trialflag::app
