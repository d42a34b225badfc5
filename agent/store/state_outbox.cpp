// The outbox: which notices are due, and what became of them.
#include <algorithm>

#include "agent/store/rows.h"
#include "agent/store/state.h"

namespace trialflag::store {
namespace {

constexpr std::string_view kDueNotices =
    "SELECT n.id, n.flag, n.trial, n.event, n.recipient, n.recipient_name, n.address, n.kind, n.urgent, n.created_at, n.attempts, "
    "c.read_at, n.maybe_told, n.channel, n.first_tried, n.in_digest, (SELECT a.recipient FROM notices a WHERE a.id = n.about), "
    "n.said_status, n.said_passes, n.said_opens, n.said_replaces "
    "FROM notices n LEFT JOIN flags f ON f.id = n.flag LEFT JOIN charts c ON c.patient = f.patient "
    "WHERE n.state = 'waiting' AND n.settled AND NOT n.held AND n.digest IS NULL ";

/// In the place of kDueNotices's own condition. What a digest told keeps its order, for what each said stays as it was when it was begun.
constexpr std::string_view kBehind =
    "WHERE n.state = 'waiting' AND n.digest = ? ORDER BY iif(n.kind = 'retracted', -1, coalesce(n.said_opens, f.opens)), n.rowid";

/// kDueNotices without its condition.
constexpr std::string_view kAll = kDueNotices.substr(0, kDueNotices.find("WHERE n.state"));

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

screening::Channel known_channel(const std::string& name) {
  const auto channel = screening::channel_named(name);
  if (!channel) throw Failure{"a notice holds a channel that is not known"};
  return *channel;
}

screening::FlagStatus known_status(const std::string& name) {
  const auto status = screening::flag_status(name);
  if (!status) throw Failure{"an event holds a status that is not known"};
  return *status;
}

}  // namespace

/// The event that the notice tells, and what its flag takes the place of.
void State::read_event(screening::DueNotice& due) {
  const auto event = database_.prepare(
      "SELECT e.kind, p.why, p.record, e.status, e.at, p.who, (SELECT b.status FROM flag_events b WHERE b.flag = e.flag AND b.number < "
      "e.number "
      "ORDER BY b.number DESC LIMIT 1) FROM flag_events e LEFT JOIN event_payloads p ON p.flag = e.flag AND p.number = e.number "
      "WHERE e.flag = ? AND e.number = ?");
  if (event->bind(due.notice.flag.value, due.notice.event).step()) {
    auto& told = due.event.emplace();
    told.kind = event->text(0);
    told.why = event->text(1);
    told.record = event->text(2);
    told.status = known_status(event->text(3));
    told.at = event->instant(4);
    told.who = event->text(5);
    if (!event->is_null(6)) told.previous = known_status(event->text(6));
  }
}

/// The flag of the same trial under a record that was merged into this one's; empty: there is none.
screening::FlagId State::former_of(const screening::DueNotice& due) {
  if (due.notice.kind != screening::NoticeKind::opened || !due.flag) return {};
  const auto former = database_.prepare(
      "WITH RECURSIVE filed (id) AS (SELECT alias FROM aliases WHERE patient = ?1 UNION SELECT alias FROM aliases JOIN filed ON patient = "
      "id) SELECT f.id FROM filed JOIN flags f ON f.patient = filed.id WHERE f.trial = ?2 AND f.status = 'withdrawn' ORDER BY f.changed_at "
      "DESC LIMIT 1");
  if (former->bind(due.flag->patient.value, due.notice.trial.value).step()) return {former->text(0)};
  return {};
}

/// A change is told to who was told of the flag, or of one that has moved there.
bool State::leads_on(const screening::Notice& notice) {
  if (notice.kind != screening::NoticeKind::changed) return false;
  if (database_.prepare("SELECT 1 FROM notices WHERE led_by = ?")->bind(notice.id).step()) return true;
  return !screening::is_told(told_of(database_, notice.flag.value, notice.event), notice.to);
}

screening::DueNotice State::read_due(Statement& row) {
  screening::DueNotice due;
  due.notice.id = row.text(0);
  due.notice.flag = {row.text(1)};
  due.notice.trial = {row.text(2)};
  due.notice.event = static_cast<int>(row.integer(3));
  due.notice.to = {row.text(4), row.text(5), row.text(6), known_channel(row.text(13))};
  const auto kind = screening::notice_kind(row.text(7));
  if (!kind) throw Failure{"a notice holds a kind that is not known"};
  due.notice.kind = *kind;
  due.notice.urgent = row.flag(8);
  due.notice.created_at = row.instant(9);
  due.attempts = static_cast<int>(row.integer(10));
  due.chart_read_at = row.maybe_instant(11);
  due.maybe_told = row.flag(12);
  due.first_tried = row.maybe_instant(14);
  due.in_digest = row.flag(15);
  due.about = row.text(16);
  const auto flag = database_.prepare("SELECT " + std::string(kFlagColumns) + " FROM flags f WHERE f.id = ?");
  if (!due.notice.flag.value.empty() && flag->bind(due.notice.flag.value).step()) due.flag = read_flag(*flag);
  // A letter that may have arrived is repeated as it was: one id has one content.
  if (const auto said = screening::flag_status(row.text(17)); said && due.flag) {
    due.flag->status = *said;
    due.flag->passes = static_cast<int>(row.integer(18));
    due.flag->opens = static_cast<int>(row.integer(19));
  }
  if (due.flag) read_event(due);
  due.leads_on = due.flag && leads_on(due.notice);
  due.replaces = row.is_null(20) ? former_of(due) : screening::FlagId{row.text(20)};
  if (due.flag) due.visits = visits_of(database_, due.flag->patient.value);
  const auto child = database_.prepare(
      "SELECT f.code, n.kind, n.trial FROM notices n JOIN flags f ON f.id = n.flag WHERE n.digest = ? AND n.state = 'waiting' "
      "ORDER BY iif(n.kind = 'retracted', -1, coalesce(n.said_opens, f.opens)), n.rowid");
  child->bind(due.notice.id);
  while (child->step())
    due.children.push_back(
        {child->text(0), screening::notice_kind(child->text(1)).value_or(screening::NoticeKind::opened), child->text(2)});
  return due;
}

Result<std::vector<screening::DueNotice>> State::due(Instant now, std::span<const screening::TrialId> except, std::size_t limit) {
  return guarded("listing due notices", [&] {
    std::vector<screening::DueNotice> notices;
    // What is refused again and again stands behind what was not yet tried; but nothing about a flag overtakes what was said of it before.
    const auto row = database_.prepare(
        std::string(kDueNotices) +
        "AND n.next_at <= ? AND (n.in_digest OR NOT EXISTS (SELECT 1 FROM notices o WHERE o.flag = n.flag AND "
        "o.recipient = n.recipient AND "
        "o.channel = n.channel AND o.event < n.event AND o.state = 'waiting' AND (NOT o.held OR o.channel = 'fhir' OR o.kind = "
        "'retracted') AND o.digest IS NULL)) "
        "AND NOT EXISTS (SELECT 1 FROM notices o JOIN notices d ON d.id = o.digest WHERE o.flag = n.flag AND o.recipient = "
        "n.recipient AND o.channel = n.channel AND o.event < n.event AND o.state = 'waiting' AND d.state = 'waiting' AND iif(d.held, "
        "o.kind "
        "= 'retracted', o.maybe_told)) "
        "ORDER BY n.attempts, n.created_at, n.rowid");
    row->bind(now);
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
    const auto row = database_.prepare(std::string(kDueNotices) + "AND n.id = ?");
    if (row->bind(notice).step()) due = read_due(*row);
    return due;
  });
}

Result<void> State::begin(const std::string& notice) {
  return guarded("opening an attempt", [&] {
    Transaction transaction(database_);
    database_.run("UPDATE notices SET maybe_told = 1, attempts = attempts + (id = ?1) WHERE (id = ?1 OR digest = ?1) AND state = 'waiting'",
                  notice);
    // What it tells stays as it is now until it is known whether it arrived; of a digest, what each in it tells.
    std::vector<screening::DueNotice> told;
    {
      const auto row = database_.prepare(std::string(kAll) + "WHERE n.state = 'waiting' AND (n.id = ?1 OR n.digest = ?1)");
      row->bind(notice);
      while (row->step()) told.push_back(read_due(*row));
    }
    for (const screening::DueNotice& each : told) {
      database_.run(
          "UPDATE notices SET (said_status, said_passes, said_opens) = (SELECT status, passes, opens FROM flags f WHERE f.id = "
          "notices.flag), said_replaces = ? WHERE id = ? AND said_status IS NULL",
          each.replaces.value, each.notice.id);
    }
    transaction.commit();
  });
}

Result<std::optional<std::string>> State::closed(const screening::Told& to) {
  return guarded("looking up an outlet", [&] {
    std::optional<std::string> why;
    const auto row = database_.prepare("SELECT why FROM closed_outlets WHERE channel = ? AND recipient = ?");
    if (row->bind(screening::name_of(to.channel), to.recipient).step()) why = row->text(0);
    return why;
  });
}

Result<void> State::finish(const std::string& notice, const screening::Attempt& attempt) {
  return guarded("closing an attempt", [&] {
    const std::optional<std::string> error = attempt.error.empty() ? std::nullopt : std::optional(attempt.error);
    // A summary's notices share its fate once it is sent, or will not be; until then they only wait behind it.
    const bool over = attempt.state == screening::Attempt::State::sent || attempt.state == screening::Attempt::State::suppressed;
    Transaction transaction(database_);
    database_.run(
        "UPDATE notices SET state = ?1, maybe_told = ?2, at = ?3, next_at = ?4, error = ?5, first_tried = iif(attempts > 0, "
        "coalesce(first_tried, ?3), NULL), in_digest = iif(?1 = 'waiting', ?6, in_digest), digest = iif(?8, NULL, digest) WHERE id = ?7 "
        "AND (?1 = 'sent' OR state <> 'suppressed')",  // a person may have decided meanwhile that it does not go
        state_name(attempt.state), attempt.maybe_told, attempt.at, attempt.next_at, error, attempt.to_digest, notice, attempt.alone);
    if (attempt.others_wait) {
      database_.run(
          "UPDATE notices SET next_at = max(next_at, ?1) WHERE state = 'waiting' AND settled AND digest IS NULL AND NOT urgent AND "
          "(channel, recipient) = (SELECT channel, recipient FROM notices WHERE id = ?2)",
          attempt.next_at, notice);
    }
    if (attempt.closes) {
      database_.run(
          "INSERT INTO closed_outlets (channel, recipient, at, why) SELECT channel, recipient, ?1, ?2 FROM notices WHERE id = ?3 ON "
          "CONFLICT "
          "DO NOTHING",
          attempt.at, attempt.error, notice);
    }
    if (!attempt.maybe_told)
      database_.run(
          "UPDATE notices SET said_status = NULL, said_passes = NULL, said_opens = NULL, said_replaces = NULL WHERE id = ?1 OR digest = ?1",
          notice);
    database_.run("UPDATE notices SET state = iif(?, ?, state), maybe_told = ?, at = ? WHERE digest = ? AND state = 'waiting'", over,
                  state_name(attempt.state), attempt.maybe_told, attempt.at, notice);
    transaction.commit();
  });
}

Result<std::vector<screening::DueNotice>> State::behind(const std::string& digest) {
  return guarded("reading a digest", [&] {
    std::vector<screening::DueNotice> notices;
    const auto row = database_.prepare(std::string(kAll) + std::string(kBehind));
    row->bind(digest);
    while (row->step()) notices.push_back(read_due(*row));
    return notices;
  });
}

}  // namespace trialflag::store
