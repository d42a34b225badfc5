// The parts of a cycle, in the order in which it runs them: polling, patients, settlement, delivery. For cycle.cpp and its siblings alone.
#pragma once

#include <deque>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "agent/screening/arrivals.h"
#include "agent/screening/circumstances.h"
#include "agent/screening/cycle.h"
#include "agent/screening/facts_blob.h"

namespace trialflag::screening {

/// What every part works on.
struct CycleWork {
  const CycleSettings& settings;
  PatientSource& source;
  ScreeningStore& store;
  Outbox& outbox;
  Sender* sender;
  HookSender* hooks;
  const Clock& clock;
  std::stop_token stop;
  Instant started;
  CycleReport report = CycleReport();
  TypeSet blind = {};                                   ///< types whose lack counts against every patient in this cycle
  bool source_rests = false;                            ///< nothing heavy is asked of it now
  bool source_down = false;                             ///< asking on is of no use in this cycle
  int failed_in_a_row = 0;                              ///< patients that could not be read, one after the other
  std::unordered_set<std::string> failed = {};          ///< patients that could not be read in this cycle
  std::unordered_map<std::string, int> looked_at = {};  ///< patients, and how often, because the links of others changed
  std::vector<PatientId> merged = {};                   ///< the polls showed them as merged into somebody
  std::deque<Sitting> sittings = {};                    ///< one a screener
  StoredFacts stored = {};                              ///< of the patient at hand
  bool together = false;                                ///< within one transaction of the store: the source, which is slow, is not asked
  std::set<std::string> opt_outs = {};                  ///< whom nobody may approach
  bool opt_outs_unsure = false;                         ///< others may be among them
  std::map<TrialId, std::string> closed = {};           ///< trials that take nobody, and why
  std::vector<PatientId> unstored = {};                 ///< who turned out to need the source meanwhile
  CycleProgress progress = {};
  std::unordered_set<std::string> shown_observations = {};  ///< ids that the poll of Observations has just shown
  TypeSet held = {};  ///< types of which the source shows so little that nothing is taken back for what it does not show
  std::set<std::pair<fhir::ResourceType, std::string>> told_gone = {};  ///< what the source itself says that it was deleted
  TypeSet swept = {};                                                   ///< types of which all there is was shown, and believed
  TypeSet tells_deletions = {};                                         ///< types of which the source told all that was deleted
  std::set<std::pair<fhir::ResourceType, std::string>> vanished = {};   ///< what is known of types of `swept` and was not shown
  std::unordered_set<std::string> shown_patients = {};  ///< candidates, present or former, whose Patient the poll has just shown anew
  Misdated misdated = {};
  Roster* roster = nullptr;                      ///< null: everybody is screened
  std::unordered_set<std::string> members = {};  ///< who is on the roster, and whose records count for them

  /// The source shows so much less of the type than before that what it does not show is not taken to be gone, unless it says so.
  [[nodiscard]] bool is_held(const ResourceKey& key) const { return held.has(key.type) && !told_gone.contains({key.type, key.id}); }
  [[nodiscard]] bool screens(const PatientId& patient) const { return roster == nullptr || members.contains(patient.value); }
  void tell_progress() const {
    if (settings.on_progress) settings.on_progress(progress);
  }
  /// The source's time, as far as it tells it.
  [[nodiscard]] Instant source_time() const { return source.now().value_or(started); }
};

/// The mass-vanish brake: a server that suddenly shows so little is more likely ill than empty. `missing_when_held`: of what it holds
/// already; as long as as many are missing, something new that has come changes nothing.
bool is_implausible(std::size_t vanished, std::size_t known, std::optional<std::int64_t> missing_when_held);

struct Telling;
/// As it is in this cycle, where `sends` says whether anything of the trial is sent at all (cycle.cpp).
Telling telling_of(const CycleWork& work, const TrialId& trial, bool sends);

/// Who is to be screened now (roster.cpp).
Result<void> follow_roster(CycleWork& work);

/// The configured recipient behind it; null: there is none any more.
inline const Recipient* recipient_of(const CycleSettings& settings, const Told& to) {
  for (const Recipient& recipient : settings.recipients)
    if (recipient.id == to.recipient && recipient.channel == to.channel) return &recipient;
  return nullptr;
}

/// Polls every type and commits its pages (polling.cpp).
Result<void> poll_types(CycleWork& work, bool sweep);

/// Reads and screens whoever is pending (pending.cpp).
Result<void> work_off(CycleWork& work);
/// One patient; whether it could be done (patients.cpp).
Result<bool> work_off(CycleWork& work, const ScreeningStore::Todo& todo);

/// Lets new notices go, or holds them behind a summary when they are too many (flood_brake.cpp).
Result<void> settle(CycleWork& work);
/// Reminds of what nobody has acknowledged (reminders.cpp).
Result<void> remind(CycleWork& work);
/// Sends what is due (delivery.cpp).
Result<void> deliver(CycleWork& work);

}  // namespace trialflag::screening
