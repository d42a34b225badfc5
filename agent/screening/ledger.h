// The ledger of flags: what a verdict does to a patient's flag, and who must be told. Pure functions; the store keeps their results.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/time.h"
#include "agent/eligibility/verdict.h"
#include "agent/screening/timing.h"

namespace trialflag::screening {

struct TrialId {
  std::string value;
  friend auto operator<=>(const TrialId&, const TrialId&) = default;
};
/// The logical id of a Patient ("p1"). Patient data: never into a log.
struct PatientId {
  std::string value;
  friend auto operator<=>(const PatientId&, const PatientId&) = default;
};
struct FlagId {
  std::string value;
  friend auto operator<=>(const FlagId&, const FlagId&) = default;
};

/// The engine's view of a flag. `withdrawn`: the patient vanished, was merged away or opted out.
enum class FlagStatus : std::uint8_t { potentially_eligible, needs_review, ineligible, withdrawn };
/// People's view of a flag. The last three end it: nobody is told of a later fall.
enum class FlagState : std::uint8_t { fresh, acknowledged, contacted, screening, enrolled, screen_failed, declined };
enum class NoticeKind : std::uint8_t { opened, changed, retracted, digest, reminder, alarm };
/// The way a notice takes.
enum class Channel : std::uint8_t { email, webhook, fhir };

std::string_view name_of(FlagStatus status);
std::string_view name_of(FlagState state);  ///< fresh is "new"
std::string_view name_of(NoticeKind kind);
std::string_view name_of(Channel channel);
std::optional<FlagStatus> flag_status(std::string_view name);
std::optional<FlagState> flag_state(std::string_view name);
std::optional<NoticeKind> notice_kind(std::string_view name);
std::optional<Channel> channel_named(std::string_view name);
bool ended(FlagState state);
/// A status under which a patient stands on the list of candidates.
bool listed(FlagStatus status);

/// A flag as the engine sees it; what people wrote on it (`state`) is read here and changed by people alone.
struct Flag {
  FlagId id;
  TrialId trial;
  std::string trial_version;
  PatientId patient;
  FlagStatus status = FlagStatus::needs_review;
  std::optional<FlagStatus> announced;  ///< the listed status that people were last told of, or are about to be; none: nothing
  FlagState state = FlagState::fresh;
  Instant opened_at, changed_at;
  std::string reason;  ///< the criterion that decides the status, or why a person's record fell away
  std::string record;  ///< the last verdict as JSON (criteria.md section 4)
  int events = 0;      ///< how many events the flag has; the last one's number
  int passes = 0, opens = 0;
  std::string code;  ///< short, for people; given by the store, unique in it
};

/// One entry of a flag's history; never changed once written.
struct FlagEvent {
  FlagId flag;
  int number = 0;  ///< from 1
  Instant at;
  std::string kind;  ///< opened, changed, fell, reopened, withdrawn, closed, forgotten; people's: acknowledged, agreed, note, set
  std::string who;   ///< "engine", or the person
  std::string why;
  FlagStatus status = FlagStatus::needs_review;
  std::string record;  ///< the verdict as JSON; empty for people's events
  std::string trial_version, tables_version, engine_version;
  // What else the verdict was reached under; of people's events nothing.
  std::string trial_file;  ///< SHA-256 of the trial's file
  std::string zone;
  std::uint32_t blind = 0;  ///< types whose lack counted against every patient, as bits
  bool declined = false;    ///< the flag's state was that
};

/// Who is to be told of what: a person by mail, or a webhook, which has neither name nor address here.
struct Recipient {
  std::string id, name, address, language;
  std::vector<std::string> trials;      ///< empty: all
  bool on_potentially_eligible = true;  ///< be told when a patient becomes that
  bool on_needs_review = true;
  Channel channel = Channel::email;
  bool chat = false;  ///< a webhook that people read: it may carry no more than a mail
  Slots delivery = {};
  Zone zone = Zone::utc();
};

/// Someone who was told, or may have been told, that a flag is open. (recipient, channel) names them: a person and a webhook may share an
/// id.
struct Told {
  std::string recipient, name, address;
  Channel channel = Channel::email;
};

/// One message to one person, as it is put into the outbox.
struct Notice {
  std::string id;  ///< a function of (event, recipient)
  FlagId flag;     ///< empty for a digest
  TrialId trial;
  int event = 0;
  Told to;
  NoticeKind kind = NoticeKind::opened;
  bool urgent = false;  ///< not held by the flood brake: the patient died
  Instant created_at;
};

/// A mail that a flag of the trial has moved with a record that was merged into the patient's, and that has not left yet.
struct Moving {
  std::string notice;
  Told to;
  bool led = false;  ///< a notice of the patient's own flag is to go in its place, and has not left either
};

/// A mail of that kind, and the notice that goes in its place.
struct LedOn {
  std::string notice, by;
};

/// What the ledger knows of (trial, patient) before a verdict.
struct Prior {
  std::optional<Flag> flag;
  std::vector<Told> told;  ///< of the flag's present opening
  bool agreed = false;     ///< the treating physician agrees that the patient is approached
  std::vector<Moving> moving = {};
};

/// What is to be written. A flag without an event: its status is as it was, and nobody is told; only what the last verdict says is renewed.
struct LedgerChange {
  std::optional<Flag> flag;  ///< the flag's new row; its `state` and `code` are those of before
  std::optional<FlagEvent> event;
  bool suppress_waiting = false;  ///< notices of the flag that nobody can have seen must not go out any more
  std::vector<Notice> notices;
  std::vector<LedOn> led_on;        ///< notices of Prior::moving in whose place this flag's own go
  std::vector<std::string> fallen;  ///< those that become retractions, for nothing stands where the flag would have moved to
};

/// Why a flag is withdrawn when its patient lives on under another record.
inline constexpr std::string_view kMoved = "now under another record";
/// Why a flag is taken back when its records are as they were.
inline constexpr std::string_view kTrialClosed = "trial closed", kTrialFull = "trial full", kOptedOut = "opted out";
/// With the other trial's id behind it: nobody is told, for the same human is under that trial's conversation, is enrolled in it, or is one
/// on whom people have decided for it under another record.
inline constexpr std::string_view kOtherTrial = "other_trial:", kEnrolled = "enrolled:", kDecided = "decided:";

/// What the decision depends on beside the verdict.
struct LedgerContext {
  std::string site;
  Instant now;
  bool sends = true;  ///< false: mode shadow, or the trial is not approved
  std::vector<Recipient> recipients;
  std::string closed = {};  ///< why the trial takes nobody: "trial closed", "trial full"; empty: it recruits
  bool opted_out = false;   ///< the patient must not be approached
  bool gated = false;       ///< nobody is told before the treating physician has agreed
  std::string rival = {};   ///< why another conversation stands before this one (arbitration.h); empty: none does
};

/// Up for review for nothing but sources that could not be read: nobody is to be woken for that.
bool blind(const eligibility::PatientVerdict& verdict);

/// Whether `recipient` is of the team of that trial.
bool concerns(const Recipient& recipient, const TrialId& trial);
/// Whether the recipient is to be told of flags of that trial that open with this status.
bool wants(const Recipient& recipient, const TrialId& trial, FlagStatus status);
/// What a verdict means for a flag. Where the entry criterion cannot be told for want of a source nobody becomes a candidate, but whoever
/// stands on the list already is to be reviewed, and falls by what excludes them.
eligibility::Status standing_of(const std::optional<Flag>& flag, const eligibility::PatientVerdict& verdict);

/// Of a verdict that was reached.
FlagStatus status_of(eligibility::Status status);
/// Whether `to` is among them, however they are addressed.
bool is_told(const std::vector<Told>& told, const Told& to);
/// Whether the recipient was told of the flag's present opening.
bool was_told(const Prior& prior, const Recipient& recipient);

/// The id of the flag of (trial, site, patient): the same for ever.
FlagId flag_id(const TrialId& trial, const std::string& site, const PatientId& patient);
/// A function of the event and of whom it is told to.
std::string notice_id(const FlagId& flag, int event, const Told& to);

/// What a verdict does to the flag (interface.md section 5). Whoever was told of a flag that has moved here is told once: of this one, as a
/// change, or that the other one is taken back. `record`: the verdict as JSON. `deceased`: the patient has died.
LedgerChange decide(const LedgerContext& context, const Prior& prior, const eligibility::PatientVerdict& verdict, const PatientId& patient,
                    const std::string& record, bool deceased);

/// Why a flag is withdrawn whatever its verdict.
enum class Leaving : std::uint8_t {
  gone,        ///< the patient is no longer in the source
  merged,      ///< lives on under another record: those who were told get one notice of kind `changed`
  off_roster,  ///< is no longer to be screened
};
LedgerChange withdraw(const LedgerContext& context, const Prior& prior, Leaving leaving);

}  // namespace trialflag::screening
