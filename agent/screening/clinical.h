// What is written into the EHR itself: the third tier, everything. And what the statuses of a ResearchSubject and a Task say of a flag's
// state, in both directions. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/screening/message.h"
#include "agent/screening/tiers.h"

namespace trialflag::screening {

/// The one outlet of the channel `fhir`, and who sets what was read back from it.
inline constexpr std::string_view kEhr = "ehr", kByEhr = "EHR";

/// Of one flag, for the EHR. No other way takes it.
struct ClinicalFacts {
  explicit ClinicalFacts(const DueNotice& due);

  LinkFacts link;
  std::string flag, trial;
  std::string patient;  ///< logical id; empty when the patient was forgotten
  int event = 0;
  FlagStatus status = FlagStatus::needs_review;
  FlagState state = FlagState::fresh;
  std::string record;  ///< the verdict as JSON (criteria.md section 4)
  Instant opened_at, at;
  bool retracted = false;
  bool by_person = false;  ///< somebody here has set the state
  bool by_ehr = false;     ///< somebody has in the EHR
};

/// Writes it. Adapters: the EHR over FHIR.
class ChartWriter {
 public:
  virtual ~ChartWriter() = default;
  /// Everything about one flag. A repeat changes nothing.
  virtual DeliveryOutcome write(const ClinicalFacts& facts, const MessageContext& context) = 0;
  /// The screening list of a trial as the flags that were written make it. storage: stop.
  virtual Result<void> keep_list(const TrialId& trial, const MessageContext& context) = 0;
  /// What people have done to it in the EHR since. Trouble is for an operator; storage alone fails, and being stopped.
  virtual Result<void> read_back(Instant now, std::vector<std::string>& problems) = 0;
};

// R4's value sets research-subject-status and task-status.

std::string_view subject_status(const ClinicalFacts& facts);
std::string_view task_status(const ClinicalFacts& facts);
/// What a status means that somebody has set in the EHR; nullopt: nothing for a flag. fresh: nobody has gone on.
std::optional<FlagState> state_of_subject(std::string_view status);
std::optional<FlagState> state_of_task(std::string_view status);
/// Nothing more is to be done for it.
bool over(std::string_view task_status);

enum class Move : std::uint8_t { none, take, conflict };
/// What is to be done where the EHR says `wanted`. `by_ehr`: the flag's state is what the EHR said before. `of_task`: a Task says less than
/// a state that goes beyond it.
Move judge_move(FlagState local, bool by_ehr, FlagState wanted, bool of_task);

}  // namespace trialflag::screening
