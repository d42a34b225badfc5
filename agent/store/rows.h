// How rows of the flags table become values; shared by what the engine and what people read.
#pragma once

#include <limits>

#include "agent/screening/ports.h"
#include "agent/store/sqlite.h"

namespace trialflag::store {

/// The columns that read_flag() reads, in its order, of a table or alias named f.
constexpr std::string_view kFlagColumns =
    "f.id, f.code, f.trial, f.trial_version, f.patient, f.status, f.announced, f.reason, f.record, f.passes, f.opens, f.opened_at, "
    "f.changed_at, "
    "f.events, f.state, f.state_criterion";
constexpr int kFlagColumnCount = 16;

/// The flag that stands at columns `first`…; throws Failure when a name in it is none of ours.
screening::Flag read_flag(const Statement& row, int first = 0);

/// A word of the table meta; empty when it is not there.
std::string meta(Database& database, std::string_view key);
void set_meta(Database& database, std::string_view key, const std::string& value);

/// When the patient is expected, as it was last read; also what has passed since.
std::vector<screening::Visit> visits_of(Database& database, const std::string& patient);

/// Of an event e: what was told of its flag holds no longer.
constexpr std::string_view kFall = "e.kind IN ('fell', 'withdrawn', 'closed', 'forgotten')";

/// Who was told of the flag's present opening, or of one before of whose end they were not told. `before`: by that event's time.
std::vector<screening::Told> told_of(Database& database, const std::string& flag, int before = std::numeric_limits<int>::max());
/// Puts a notice into the outbox, once.
void keep_notice(Database& database, const screening::Notice& notice, bool settled, bool held);
/// Puts a digest into the outbox under its id, or under another one where that is in use: what had it may have been told or dropped.
/// Answers the id.
std::string keep_digest(Database& database, screening::Notice digest, bool held);

/// Of a flag on which a person has decided nothing goes out any more that nobody can have seen: no reminder, and when that ends the matter
/// no opening or change either. The EHR is told all the same.
void still_notices(Database& database, const std::string& flag, screening::FlagState state, Instant now);

/// What was given up on, and of whose flag the same reader has heard something newer since, is told no more.
void drop_overtaken(Database& database, Instant now);

/// What a flag has moved to this one tells by itself again when the notice of this one that was to go in its place never left.
void revive_led(Database& database, const std::string& flag, Instant now);

/// What is set on a flag decides who else is told of the same human: all that are one with its patient are screened again.
void wake_rivals(Database& database, const std::string& flag);

/// How each type was read last, by name.
std::vector<screening::TypeState> read_types(Database& database);

/// Writes the file anew where something was erased beside a running agent, for it may still lie in pages that are free now.
void purge(Database& database);

}  // namespace trialflag::store
