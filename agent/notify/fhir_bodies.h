// What is written into the EHR, as FHIR R4 resources of no profile. Each bears two identifiers: one by which it is found again, the same
// for every agent of a site, and one that tells what was written last, so that a status which somebody has changed since is known as
// theirs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/screening/clinical.h"

namespace trialflag::notify {

/// Systems of the identifiers; the first is what both begin with.
inline constexpr std::string_view kOurSystems = "urn:trialflag:", kIdSystem = "urn:trialflag:id", kWrittenSystem = "urn:trialflag:written";

/// A resource as it is to stand in the EHR, without an id.
struct FhirBody {
  std::string type, identifier;  ///< the value of the first identifier
  std::string status;
  std::string written;  ///< the value of the second identifier; the same for the same content
  std::string json;
};

/// What decides, in words.
struct Reasons {
  std::vector<std::string> against, open;
};

/// References: "ResearchStudy/1"; empty where there is none.
struct AboutFlag {
  std::string patient, study, subject;
};

FhirBody study_body(const std::string& trial, const std::string& title, const std::string& site);
FhirBody subject_body(const screening::ClinicalFacts& facts, const AboutFlag& about);
FhirBody task_body(const screening::ClinicalFacts& facts, const AboutFlag& about, const Reasons& reasons,
                   const screening::MessageContext& context);
/// What was told of this event. For events of the engine alone.
FhirBody communication_body(const screening::ClinicalFacts& facts, const AboutFlag& about, const Reasons& reasons,
                            const screening::MessageContext& context);
/// `items`: references, in order. The date is left out of what tells one content from another.
FhirBody list_body(const std::string& trial, const std::string& site, const std::vector<std::string>& items,
                   const screening::MessageContext& context);

/// What a resource that is found in the EHR tells of itself.
struct Standing {
  std::string identifier;               ///< ours; empty: none of ours
  std::string status;                   ///< as it stands
  std::string written, written_status;  ///< as one of ours wrote it last; empty: that is gone
  std::string patient;                  ///< the reference to the patient
  std::string why;                      ///< why somebody has set the status, as given; may be empty
  /// Somebody else has set the status.
  [[nodiscard]] bool moved() const { return status != written_status; }
};
/// nullopt: it cannot be read.
std::optional<Standing> standing_of(std::string_view json);

}  // namespace trialflag::notify
