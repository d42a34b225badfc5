// The outbox: digests, budgets, and notices that no event calls for.
#include "agent/store/rows.h"
#include "agent/store/state.h"

namespace trialflag::store {

Result<std::string> State::gather(const screening::Notice& digest, std::span<const std::string> notices) {
  return guarded("gathering a digest", [&] {
    Transaction transaction(database_);
    const std::string together = keep_digest(database_, digest, false);
    database_.run("UPDATE notices SET next_at = ?, in_digest = 1 WHERE id = ?", digest.created_at, together);
    for (const std::string& id : notices)
      database_.run("UPDATE notices SET digest = ?, next_at = NULL, error = NULL WHERE id = ?", together, id);
    transaction.commit();
    return together;
  });
}

Result<void> State::put(const screening::Notice& notice, Instant at, bool in_digest, const std::string& about) {
  return guarded("putting a notice into the outbox", [&] {
    Transaction transaction(database_);
    keep_notice(database_, notice, true, false);
    const std::optional<std::string> other = about.empty() ? std::nullopt : std::optional(about);
    database_.run("UPDATE notices SET next_at = ?, in_digest = ?, about = ? WHERE id = ? AND next_at IS NULL AND state = 'waiting'", at,
                  in_digest, other, notice.id);
    transaction.commit();
  });
}

Result<int> State::sent_since(const screening::Told& to, Instant since) {
  return guarded("counting mails", [&] {
    const auto row = database_.prepare(
        "SELECT count(*) FROM notices n WHERE channel = ? AND recipient = ? AND at >= ? AND state = 'sent' AND digest IS NULL AND (kind IN "
        "('opened', 'changed', 'reminder') OR (kind = 'digest' AND EXISTS (SELECT 1 FROM notices c WHERE c.digest = n.id AND c.kind <> "
        "'retracted')))");
    row->bind(screening::name_of(to.channel), to.recipient, since);
    return row->step() ? static_cast<int>(row->integer(0)) : 0;
  });
}

Result<bool> State::stuck_beside(const std::string& notice) {
  return guarded("looking for stuck notices", [&] {
    const auto row = database_.prepare(
        "SELECT 1 FROM notices n, notices o WHERE n.id = ? AND o.id <> n.id AND o.channel = n.channel AND o.recipient = n.recipient AND "
        "o.state = 'stuck' LIMIT 1");
    return row->bind(notice).step();
  });
}

Result<std::vector<screening::Unacknowledged>> State::unacknowledged(Instant before) {
  return guarded("looking for flags that nobody has seen", [&] {
    std::vector<screening::Unacknowledged> flags;
    // Whether somebody acknowledged after a backup was made, the state that came from it does not know.
    const std::string restored_at = meta(database_, "restored_at");
    if (!restored_at.empty() && std::strtoll(restored_at.c_str(), nullptr, 10) > before.ms) return flags;
    // What is stuck does not keep the others from being reminded.
    const auto row = database_.prepare(
        "SELECT " + std::string(kFlagColumns) +
        ", sum(n.kind = 'reminder') FROM flags f JOIN notices n ON n.flag = f.id WHERE f.state = 'new' AND f.announced IS NOT NULL AND "
        "n.channel = 'email' AND n.kind IN ('opened', 'changed', 'reminder') AND n.state <> 'suppressed' AND n.event > coalesce((SELECT "
        "max(number) FROM flag_events e WHERE e.flag = f.id AND " +
        std::string(kFall) +
        "), 0) GROUP BY f.id HAVING max(n.state = 'sent') AND min(n.state IN ('sent', 'stuck') OR coalesce((SELECT d.state FROM notices d "
        "WHERE d.id = n.digest) = 'stuck', 0)) AND max(n.at) <= ? ORDER BY f.opened_at, f.id");
    row->bind(before);
    while (row->step()) {
      screening::Unacknowledged& flag = flags.emplace_back();
      flag.prior.flag = read_flag(*row);
      flag.prior.told = told_of(database_, flag.prior.flag->id.value);
      flag.reminders = static_cast<int>(row->integer(kFlagColumnCount));
    }
    return flags;
  });
}

}  // namespace trialflag::store
