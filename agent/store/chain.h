// The chain over all events of all flags: each event carries a digest of itself and of the link before it, so that none can be changed,
// taken out, put in or moved without every later link failing to fit.
//
// What it proves: that the events are those which were written, in their order, up to the head. What it cannot: whoever may write the file
// can cut off or rewrite its end and link it anew. So the head is told (`log verify`): written down elsewhere, it shows later that
// everything up to it is as it was. What an event says (events.h) is covered through its salted digest alone, so that it can be erased with
// the person.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/store/events.h"
#include "agent/store/sqlite.h"

namespace trialflag::store {

/// How many events there are, and the last link.
struct ChainHead {
  std::int64_t count = 0;
  std::string link;  ///< 32 bytes
};

/// "27-0f3a…": the count and the first 32 hex digits of the link.
std::string told(const ChainHead& head);
/// What told() says; nullopt when the text is nothing of the kind.
struct ToldHead {
  std::int64_t count = 0;
  std::string digits;
};
std::optional<ToldHead> read_head(std::string_view text);

struct ChainReport {
  ChainHead head;
  std::int64_t erased = 0;  ///< events whose payload was erased with the person
  std::string broken;       ///< empty: whole; else what does not fit, by the flag's code and the event's number
};

/// The link of the event that comes after `before`, as number `sequence` of all.
std::string chain_link(std::string_view before, std::int64_t sequence, const EventRow& event, std::string_view digest);

/// The head as the state keeps it beside the events. Throws Failure.
ChainHead chain_head(Database& database);
void set_chain_head(Database& database, const ChainHead& head);

/// Walks all events. `known`: a head that was written down; the chain must hold it. Throws Failure.
ChainReport verify_chain(Database& database, const std::optional<ToldHead>& known);

/// Gives SQL the function chain_link(before, sequence, flag, number, at, kind, status, trial_version, tables_version, engine_version,
/// trial_file, zone, blind, declined, digest), which a migration needs.
void offer_chain_link(Database& database);

}  // namespace trialflag::store
