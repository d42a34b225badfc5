#include "agent/store/chain.h"

#include <algorithm>
#include <charconv>

#include "agent/base/ids.h"

namespace trialflag::store {
namespace {

constexpr std::size_t kLinkBytes = 32;
constexpr std::size_t kToldDigits = 32;

std::string place(const Statement& row) {
  return "event " + std::to_string(row.integer(0)) + " (flag " + row.text(1) + ", its event " + std::to_string(row.integer(2)) + ")";
}

/// The event that stands at columns 2… of verify_chain()'s rows.
EventRow read_event(const Statement& row) {
  EventRow event;
  event.number = static_cast<int>(row.integer(2));
  event.flag = row.text(3);
  event.at = row.instant(4);
  event.kind = row.text(5);
  event.status = row.text(6);
  event.trial_version = row.text(7);
  event.tables_version = row.text(8);
  event.engine_version = row.text(9);
  event.trial_file = row.text(10);
  event.zone = row.text(11);
  event.blind = row.integer(12);
  event.declined = row.flag(13);
  return event;
}

/// Columns from 16 on: whether the payload is there, its parts, and whether the flag was forgotten later.
std::string flaw_of_payload(const Statement& row, std::int64_t& erased) {
  if (row.is_null(16)) {
    ++erased;
    return row.flag(21) ? std::string() : "what it says is gone, though nobody was forgotten";
  }
  const EventPayload payload{row.text(17), row.text(18), row.text(19),
                             row.is_null(20) ? std::nullopt : std::optional<std::string>(row.text(20))};
  return payload_digest(row.view(16), payload) == row.view(14) ? std::string() : "what it says was changed";
}

/// What lies around the events: all that the walk along them does not meet. Empty: nothing is amiss.
std::string flaw_around(Database& database) {
  struct Look {
    const char* sql;
    const char* flaw;
  };
  constexpr Look kLooks[] = {
      {"SELECT f.code, p.number FROM event_payloads p LEFT JOIN flags f ON f.id = p.flag WHERE NOT EXISTS (SELECT 1 FROM flag_events e "
       "WHERE "
       "e.flag = p.flag AND e.number = p.number)",
       "says something, but there is no such event"},
      {"SELECT code, events FROM flags f WHERE events <> (SELECT count(*) FROM flag_events WHERE flag = f.id)",
       "is its last by the flag's own count, but the events are not so many"},
      {"SELECT f.code, e.number FROM flags f JOIN flag_events e ON e.flag = f.id AND e.number = f.events WHERE e.status <> f.status",
       "is its last, but the flag stands at another status"}};
  for (const Look& look : kLooks) {
    const auto row = database.prepare(look.sql);
    if (row->step()) return "flag " + row->text(0) + ", its event " + std::to_string(row->integer(1)) + ": " + look.flaw;
  }
  const auto chart = database.prepare(
      "SELECT f.code, p.number, p.snapshot, s.chart FROM event_payloads p JOIN flags f ON f.id = p.flag LEFT JOIN snapshots s ON s.id = "
      "p.snapshot WHERE p.snapshot IS NOT NULL");
  while (chart->step())
    if (chart->is_null(3) || digest({"chart", chart->view(3)}) != chart->view(2))
      return "flag " + chart->text(0) + ", its event " + std::to_string(chart->integer(1)) + ": the chart it was decided on is " +
             (chart->is_null(3) ? "gone" : "another");
  return {};
}

/// Of the event that comes after the report's head.
std::string flaw_of_event(const Statement& row, ChainReport& report) {
  const std::int64_t sequence = row.integer(0), wanted = report.head.count + 1;
  if (sequence != wanted) return "event " + std::to_string(wanted) + " of all, which came before it, is missing";
  if (chain_link(report.head.link, sequence, read_event(row), row.view(14)) != row.view(15)) return "it is not as it was written";
  return flaw_of_payload(row, report.erased);
}

/// Of the end: `found` is what the events come to, `held` whether they came by what was written down.
std::string flaw_of_head(Database& database, const ChainHead& found, const std::optional<ToldHead>& known, bool held) {
  const auto kept = database.prepare("SELECT count, link FROM chain_head");
  if (!kept->step()) return "the head, which says how many events there are, is missing";
  if (kept->integer(0) != found.count || kept->view(1) != found.link) {
    return "after event " + std::to_string(found.count) + ": the head tells of " + std::to_string(kept->integer(0)) +
           " events, or of another last one";
  }
  if (known && known->count > found.count) {
    return "the head that was written down tells of " + std::to_string(known->count) + " events, but there are only " +
           std::to_string(found.count);
  }
  if (!held) return "the events up to number " + std::to_string(known->count) + " are others than when the head was written down";
  return {};
}

constexpr const char* kEvents =
    "SELECT e.sequence, coalesce(f.code, '?'), e.number, e.flag, e.at, e.kind, e.status, e.trial_version, e.tables_version, "
    "e.engine_version, e.trial_file, e.zone, e.blind, e.declined, e.digest, e.chain, p.salt, p.who, p.why, p.record, p.snapshot, "
    "EXISTS (SELECT 1 FROM flag_events l WHERE l.flag = e.flag AND l.number > e.number AND l.kind = 'forgotten') FROM flag_events e "
    "LEFT JOIN flags f ON f.id = e.flag LEFT JOIN event_payloads p ON p.flag = e.flag AND p.number = e.number ORDER BY e.sequence";

}  // namespace

std::string told(const ChainHead& head) {
  return std::to_string(head.count) + "-" + hex_of(head.link).substr(0, kToldDigits);
}

std::optional<ToldHead> read_head(std::string_view text) {
  ToldHead head;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, head.count);
  if (error != std::errc() || at == end || *at != '-' || head.count < 0) return std::nullopt;
  head.digits = std::string(at + 1, end);
  const bool hex = head.digits.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (head.digits.size() != kToldDigits || !hex) return std::nullopt;
  return head;
}

std::string chain_link(std::string_view before, std::int64_t sequence, const EventRow& event, std::string_view digest) {
  return salted_digest(before, {std::to_string(sequence), event.flag, std::to_string(event.number), std::to_string(event.at.ms), event.kind,
                                event.status, event.trial_version, event.tables_version, event.engine_version, event.trial_file, event.zone,
                                std::to_string(event.blind), event.declined ? "1" : "0", digest});
}

ChainHead chain_head(Database& database) {
  const auto row = database.prepare("SELECT count, link FROM chain_head");
  if (!row->step()) throw Failure{"the head of the events' chain is missing"};
  return {row->integer(0), row->text(1)};
}

void set_chain_head(Database& database, const ChainHead& head) {
  database.run("UPDATE chain_head SET count = ?, link = ?", head.count, Statement::Blob{head.link});
}

ChainReport verify_chain(Database& database, const std::optional<ToldHead>& known) {
  ChainReport report;
  report.head.link.assign(kLinkBytes, '\0');
  const auto as_known = [&] { return !known || known->count != report.head.count || told(report.head).ends_with("-" + known->digits); };
  bool held = as_known();
  const auto row = database.prepare(kEvents);
  while (row->step()) {
    const std::string flaw = flaw_of_event(*row, report);
    if (!flaw.empty()) {
      report.broken = place(*row) + ": " + flaw;
      return report;
    }
    report.head = {row->integer(0), row->text(15)};
    held = held && as_known();
  }
  report.broken = flaw_of_head(database, report.head, known, held);
  if (report.broken.empty()) report.broken = flaw_around(database);
  return report;
}

void offer_chain_link(Database& database) {
  database.offer("chain_link", 15, [](const std::vector<std::string>& of) {
    const auto number = [](const std::string& text) {
      std::int64_t value = 0;
      std::from_chars(text.data(), text.data() + text.size(), value);
      return value;
    };
    EventRow event{of[2], static_cast<int>(number(of[3])), {number(of[4])}, of[5], of[6], of[7], of[8], of[9]};
    event.trial_file = of[10];
    event.zone = of[11];
    event.blind = number(of[12]);
    event.declined = number(of[13]) != 0;
    return chain_link(of[0], number(of[1]), event, of[14]);
  });
}

}  // namespace trialflag::store
