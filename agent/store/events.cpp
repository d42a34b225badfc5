#include "agent/store/events.h"

#include "agent/base/ids.h"
#include "agent/store/chain.h"

namespace trialflag::store {
namespace {

constexpr std::size_t kSaltSize = 16;

}  // namespace

std::string payload_digest(std::string_view salt, const EventPayload& payload) {
  return salted_digest(salt, {payload.who, payload.why, payload.record, payload.snapshot.value_or("")});
}

void append_event(Database& database, const EventRow& event, const EventPayload& payload) {
  const std::string salt = random_bytes(kSaltSize);
  const std::string digest = payload_digest(salt, payload);
  // After what the head tells, not after what is there: a chain whose end was cut off must not close over the gap.
  ChainHead head = chain_head(database);
  head = {head.count + 1, chain_link(head.link, head.count + 1, event, digest)};
  database.run(
      "INSERT INTO flag_events (sequence, flag, number, at, kind, status, trial_version, tables_version, engine_version, trial_file, zone, "
      "blind, declined, digest, chain) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      head.count, event.flag, event.number, event.at, event.kind, event.status, event.trial_version, event.tables_version,
      event.engine_version, event.trial_file, event.zone, event.blind, event.declined, Statement::Blob{digest}, Statement::Blob{head.link});
  set_chain_head(database, head);
  database.run("INSERT INTO event_payloads (flag, number, salt, who, why, record, snapshot) VALUES (?, ?, ?, ?, ?, ?, ?)", event.flag,
               event.number, Statement::Blob{salt}, payload.who, payload.why, payload.record, payload.snapshot);
}

void offer_payload_digest(Database& database) {
  database.offer("payload_digest", 5, [](const std::vector<std::string>& of) {
    return payload_digest(of[0], {of[1], of[2], of[3], of[4].empty() ? std::nullopt : std::optional(of[4])});
  });
}

}  // namespace trialflag::store
