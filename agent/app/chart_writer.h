// Writes flags into the EHR and reads back what people did to them there: where the bodies, the client and the state meet.
//
// The ten lines: (1) a flag is a ResearchSubject, a Task and a Communication an event, a trial a ResearchStudy and a List, as
// notify.fhir.write names them; (2) each has one identifier that is a function of the flag or of trial and site, so that all agents of a
// site mean the same one; (3) who writes looks first, by that identifier; (4) what is not there is created with If-None-Exist, what stands
// there otherwise is replaced with If-Match, what stands there already is left alone, so a repeat or a kill changes nothing; (5) a second
// identifier keeps what was written last, with its status: a status that differs from it was set by a person in the EHR, and one that was
// put back to it was taken back; without that identifier nothing is guessed; (6) such a
// status is never overwritten for an event of the engine, but that a Task which is still open is cancelled when its flag falls; (7) it
// moves the flag's state here, by "EHR", as a person's act would; (8) where it contradicts what a person has set here, both stay and the
// conflict is shown until a person sets the state again; (9) what a person then sets is written over it; (10) a notice of the outbox stands
// for all writes of one event, and is sent once all of them are done.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "agent/app/live_config.h"
#include "agent/notify/fhir_bodies.h"
#include "agent/screening/clinical.h"
#include "agent/store/state.h"
#include "fhir/client/client.h"

namespace trialflag::app {

/// Not thread-safe; client and state outlive it.
class EhrWriter final : public screening::ChartWriter {
 public:
  /// `types`: as notify.fhir.write has them.
  EhrWriter(const std::vector<std::string>& types, std::string language, fhir::Client& client, store::State& state);

  /// The trials that are in force now, for their words.
  void know(const std::vector<LiveTrial>& trials);

  screening::DeliveryOutcome write(const screening::ClinicalFacts& facts, const screening::MessageContext& context) override;
  Result<void> keep_list(const screening::TrialId& trial, const screening::MessageContext& context) override;
  Result<void> read_back(Instant now, std::vector<std::string>& problems) override;

 private:
  /// How what is to stand there stands to what a person has made of it.
  enum class Over { nobody, open_task, anybody };
  struct Leave {
    Over over = Over::nobody;
    int event = 0;  ///< anybody: who did what was read back before this event of the flag
  };
  [[nodiscard]] bool writes(const char* type) const { return types_.contains(type); }
  Result<void> write_all(const screening::ClinicalFacts& facts, const screening::MessageContext& context);
  Result<std::string> study(const std::string& trial);
  Result<std::string> subject(const screening::ClinicalFacts& facts, notify::AboutFlag& about);
  Result<void> task(const screening::ClinicalFacts& facts, notify::AboutFlag about, const notify::Reasons& reasons,
                    const screening::MessageContext& context);
  [[nodiscard]] notify::Reasons reasons_of(const screening::ClinicalFacts& facts) const;

  using MakeBody = std::function<notify::FhirBody(const std::string& patient)>;
  /// What is to stand there under `identifier`; its reference. `patient`: the one that stands there, where ours is not known any more.
  Result<std::string> ensure(const std::string& type, const std::string& identifier, bool may_create, const std::string& flag, Leave leave,
                             const MakeBody& make);
  /// conflict for a day after the EHR has kept no identifier on what was written of the type.
  Result<void> is_found_again(const std::string& type);
  /// unavailable until what we wrote has not been shown for a while: a replica that lags would bring it back.
  Result<void> surely_gone(const std::string& type, const std::string& identifier);
  /// Forgets since when it was not shown.
  Result<void> no_longer_missed(const std::string& type, const std::string& identifier);
  /// The EHR may refuse a list for what it names: subjects that were deleted there are named no more.
  Result<void> forget_deleted(const std::vector<store::OnList>& listed);
  /// At the EHR, as it was written before; empty: it never was.
  Result<std::string> id_of(const std::string& flag, const std::string& type, const std::string& note);
  Result<void> replace(const fhir::Kept& found, const notify::FhirBody& body);
  /// Somebody has given it another status.
  Result<bool> may_replace(const std::string& type, const fhir::Kept& found, const notify::Standing& standing, Leave leave);
  /// Somebody had given it another status, which was read back, and has put it back to what we wrote.
  Result<void> take_undone(const std::string& type, const notify::Standing& standing);
  /// Whether its id gives what a search has shown: a replica that lags shows what stood there before somebody's move.
  Result<bool> confirms(const std::string& type, const std::string& id, const notify::Standing& standing);
  Result<void> read_back(const std::string& type);
  Result<void> take(const std::string& type, std::string_view json);

  const std::set<std::string, std::less<>> types_;
  const std::string language_;
  fhir::Client& client_;
  store::State& state_;
  struct Words {
    std::shared_ptr<const eligibility::Trial> written, wanted;
  };
  std::map<std::string, Words> words_;
  Instant now_;                                 ///< of this cycle
  std::map<std::string, std::string> studies_;  ///< by trial: references, as this process has seen them
  std::map<std::string, std::string> refused_;  ///< by trial: the list that was refused last, of which all that it names was looked for
};

}  // namespace trialflag::app
