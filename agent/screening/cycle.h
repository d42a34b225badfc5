// One cycle: poll what changed, read and screen whom it touches, keep flags, send what is due. The whole way once; ports.h says how.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/screening/clinical.h"
#include "agent/screening/hook_message.h"
#include "agent/screening/message.h"
#include "agent/screening/ports.h"
#include "agent/screening/screener.h"

namespace trialflag::screening {

/// What an operator says of a trial's recruitment.
struct TrialRules {
  bool recruiting = true;
  std::optional<int> slots;  ///< so many enrolled, and it is full
  bool gated = false;        ///< nobody is told before the treating physician has agreed
  int priority = 0;          ///< of several trials that want the same human the greatest has the conversation
};

/// Who must not be approached.
struct OptOuts {
  std::set<std::string> patients;
  bool whole = true;  ///< false: of a line, or of all, nobody knows whom it names: who was on the list stays on it, and nobody new is told
};
/// nullopt: there is no list, and who was on the last one stays so. Problems are added for an operator.
using ReadOptOuts = std::function<std::optional<OptOuts>(Instant now, std::vector<std::string>& problems)>;

/// How far a cycle has come: records that were shown of the types under way, or patients who were read whole.
struct CycleProgress {
  bool first_load = false;  ///< nothing was ever read whole before
  bool patients = false;
  std::vector<fhir::ResourceType> types = {};  ///< unless patients
  std::size_t done = 0;
  std::optional<std::size_t> total = std::nullopt;  ///< where it is known
};

/// What stays the same from cycle to cycle. Immutable.
struct CycleSettings {
  std::vector<std::shared_ptr<const Screener>> screeners;  ///< one a trial
  std::string site;                                        ///< of which flag ids are made
  std::vector<Recipient> recipients;
  bool sends = true;       ///< false: mode shadow
  std::set<TrialId> mute;  ///< trials that must not send
  std::chrono::milliseconds overlap{300000};
  std::chrono::milliseconds stale_after{86400000};
  int flood = 25;
  std::function<bool(Instant)> source_rests;       ///< whether heavy work waits now; may be empty
  std::optional<QuietHours> quiet_hours;           ///< of mails, in each recipient's zone
  int per_recipient_per_week = 20;                 ///< mails, retractions aside
  std::chrono::milliseconds remind_after{0};       ///< 0: never
  std::chrono::milliseconds delivery_time{60000};  ///< after so long no further notice is begun in a cycle, for polling must go on
  std::map<TrialId, TrialRules> rules;             ///< one that is not here recruits
  ReadOptOuts opt_outs;                            ///< may be empty
  std::string site_name, link_base;
  std::string language = "en";                            ///< of the site, for mails to people who have none of their own
  std::function<void(const CycleProgress&)> on_progress;  ///< now and then while something long runs, outside of transactions; may be empty
  ChartWriter* chart_writer = nullptr;                    ///< null: nothing is written into the EHR; outlives the cycle
  std::function<std::string(const eligibility::PatientVerdict&)> write_record;  ///< criteria.md section 4, as JSON
};

/// How a problem ends that says of records, in quarantine now, that they concern nobody; nothing is missing for that.
inline constexpr std::string_view kNamesNobody = " no patient; the type is whole all the same, see `trialflag status --quarantine`";

/// How one ends that says of records that their dates do not tell the order of their versions.
inline constexpr std::string_view kMisdated =
    " changed without a later meta.lastUpdated than before; what the server shows now counts. If that goes on, have the server's clock "
    "looked at";

/// What a cycle did and could not do. Texts are for an operator: no patient's identifier.
struct CycleReport {
  bool unreachable = false;  ///< nobody answered, or the source refused us altogether
  std::map<fhir::ResourceType, TypeOutcome> types;
  std::size_t touched = 0;  ///< resources that were new to us
  std::map<fhir::ResourceType, std::size_t> touched_by_type;
  std::size_t unread_records = 0;  ///< of these, flawed ones that were set aside
  std::size_t read = 0, screened = 0, unread = 0;
  std::size_t opened = 0, changed = 0, fell = 0;
  std::size_t sent = 0, unsent = 0, held = 0;
  bool roster_unread = false;    ///< who is to be screened could not be read, or the brake holds it
  bool opt_outs_unread = false;  ///< who must not be approached could not be read, or not whole
  std::vector<std::string> problems;
  bool swept = false;    ///< every type was read from its beginning
  bool put_off = false;  ///< that was wanted, and waits until the source rests no more
  /// Every type was read whole and every new record, everybody could be read, every notice due was accepted.
  [[nodiscard]] bool whole() const;
};

/// Runs cycles. Not thread-safe. The ports outlive it.
class Cycle {
 public:
  /// `sender` may be null: then mails wait. Without `hooks` nothing goes to webhooks. `roster` null: everybody is screened.
  Cycle(CycleSettings settings, PatientSource& source, ScreeningStore& store, Outbox& outbox, Sender* sender, const Clock& clock,
        HookSender* hooks = nullptr, Roster* roster = nullptr);

  /// One cycle. `sweep`: read every type from its beginning and look for what has vanished, and read everybody with a chart anew, if the
  /// source is ready for it. Ends early, with what was committed so far, when `stop` is requested. Fails with storage alone: then stop
  /// writing.
  Result<CycleReport> run(bool sweep, std::stop_token stop);

 private:
  CycleSettings settings_;
  PatientSource& source_;
  ScreeningStore& store_;
  Outbox& outbox_;
  Sender* sender_;
  HookSender* hooks_;
  const Clock& clock_;
  Roster* roster_;
};

}  // namespace trialflag::screening
