// The outbox: which notices are due, and what became of them.
#include <algorithm>

#include "agent/store/rows.h"
#include "agent/store/state.h"

namespace trialflag::store {
namespace {

constexpr std::string_view kDue =
    "SELECT n.id, n.flag, n.trial, n.event, n.recipient, n.recipient_name, n.address, n.kind, n.urgent, n.created_at, n.attempts, "
    "c.read_at, n.maybe_told, n.said_status, n.said_passes, n.said_opens "
    "FROM notices n LEFT JOIN flags f ON f.id = n.flag LEFT JOIN charts c ON c.patient = f.patient "
    "WHERE n.state = 'waiting' AND n.settled AND NOT n.held AND n.digest IS NULL ";

std::string_view state_name(screening::Attempt::State state) {
  switch (state) {
    case screening::Attempt::State::sent:
      return "sent";
    case screening::Attempt::State::waiting:
      return "waiting";
    case screening::Attempt::State::stuck:
      return "stuck";
    case screening::Attempt::State::suppressed:
      return "suppressed";
  }
  return {};
}

}  // namespace

screening::DueNotice State::read_due(Statement& row) {
  screening::DueNotice due;
  due.notice.id = row.text(0);
  due.notice.flag = {row.text(1)};
  due.notice.trial = {row.text(2)};
  due.notice.event = static_cast<int>(row.integer(3));
  due.notice.to = {row.text(4), row.text(5), row.text(6)};
  const auto kind = screening::notice_kind(row.text(7));
  if (!kind) throw Failure{"a notice holds a kind that is not known"};
  due.notice.kind = *kind;
  due.notice.urgent = row.flag(8);
  due.notice.created_at = row.instant(9);
  due.attempts = static_cast<int>(row.integer(10));
  due.chart_read_at = row.maybe_instant(11);
  due.maybe_told = row.flag(12);
  const auto flag = database_.prepare("SELECT " + std::string(kFlagColumns) + " FROM flags f WHERE f.id = ?");
  if (!due.notice.flag.value.empty() && flag->bind(due.notice.flag.value).step()) due.flag = read_flag(*flag);
  // A letter that may have arrived is repeated as it was: one id has one content.
  if (const auto said = screening::flag_status(row.text(13)); said && due.flag) {
    due.flag->status = *said;
    due.flag->passes = static_cast<int>(row.integer(14));
    due.flag->opens = static_cast<int>(row.integer(15));
  }
  const auto child = database_.prepare(
      "SELECT f.code, n.kind FROM notices n JOIN flags f ON f.id = n.flag WHERE n.digest = ? AND n.state = 'waiting' ORDER BY n.rowid");
  child->bind(due.notice.id);
  while (child->step())
    due.children.push_back({child->text(0), screening::notice_kind(child->text(1)).value_or(screening::NoticeKind::opened)});
  return due;
}

Result<std::vector<screening::DueNotice>> State::due(Instant now, std::span<const screening::TrialId> except, std::size_t limit) {
  return guarded("listing due notices", [&] {
    std::vector<screening::DueNotice> notices;
    // Whose last moment lies ahead was written under a clock that has been put back since: its wait may be a day too long.
    constexpr std::int64_t kStep = 60000;
    const auto row = database_.prepare(std::string(kDue) + "AND (n.next_at <= ?1 OR n.at > ?1 + ?2) ORDER BY n.created_at, n.rowid");
    row->bind(now, kStep);
    while (notices.size() < limit && row->step()) {
      screening::DueNotice due = read_due(*row);
      if (std::find(except.begin(), except.end(), due.notice.trial) == except.end()) notices.push_back(std::move(due));
    }
    return notices;
  });
}

Result<std::optional<screening::DueNotice>> State::waiting(const std::string& notice) {
  return guarded("looking up a notice", [&] {
    std::optional<screening::DueNotice> due;
    const auto row = database_.prepare(std::string(kDue) + "AND n.id = ?");
    if (row->bind(notice).step()) due = read_due(*row);
    return due;
  });
}

Result<void> State::begin(const std::string& notice) {
  return guarded("opening an attempt", [&] {
    Transaction transaction(database_);
    database_.run("UPDATE notices SET maybe_told = 1, attempts = attempts + (id = ?1) WHERE (id = ?1 OR digest = ?1) AND state = 'waiting'",
                  notice);
    database_.run(
        "UPDATE notices SET (said_status, said_passes, said_opens) = (SELECT status, passes, opens FROM flags f WHERE f.id = notices.flag) "
        "WHERE id = ? AND said_status IS NULL",
        notice);
    transaction.commit();
  });
}

Result<void> State::finish(const std::string& notice, const screening::Attempt& attempt) {
  return guarded("closing an attempt", [&] {
    const std::optional<std::string> error = attempt.error.empty() ? std::nullopt : std::optional(attempt.error);
    // A summary's notices share its fate once it is sent; until then they only wait behind it.
    const bool sent = attempt.state == screening::Attempt::State::sent;
    Transaction transaction(database_);
    database_.run("UPDATE notices SET state = ?, maybe_told = ?, at = ?, next_at = ?, error = ? WHERE id = ?", state_name(attempt.state),
                  attempt.maybe_told, attempt.at, attempt.next_at, error, notice);
    if (!attempt.maybe_told)
      database_.run("UPDATE notices SET said_status = NULL, said_passes = NULL, said_opens = NULL WHERE id = ?", notice);
    database_.run("UPDATE notices SET state = iif(?, 'sent', state), maybe_told = ?, at = ? WHERE digest = ? AND state = 'waiting'", sent,
                  attempt.maybe_told, attempt.at, notice);
    transaction.commit();
  });
}

}  // namespace trialflag::store
