// The screening log as people read it, and the sample of those who are not listed.
#include <algorithm>
#include <queue>

#include "agent/base/ids.h"
#include "agent/store/desk.h"
#include "agent/store/study_code.h"

namespace trialflag::store {
namespace {

/// Would be listed, and is told to nobody.
constexpr std::string_view kSuppressed = "(v.suppressed IS NOT NULL AND v.status IN ('potentially_eligible', 'needs_review'))";

std::optional<screening::FlagState> state_at(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return screening::flag_state(row.text(column));
}

LogView read_line(const Statement& row) {
  LogView view;
  view.code = row.text(0);
  view.trial = row.text(1);
  view.line.entered = true;
  view.line.day = {static_cast<std::int32_t>(row.integer(2))};
  view.line.trial_version = row.text(3);
  view.line.age_band = row.text(4);
  view.line.sex = row.text(5);
  view.line.status = row.text(6);
  view.line.failed = row.text(7);
  view.line.open = row.text(8);
  view.state = state_at(row, 9);
  view.suppressed = row.flag(10);
  view.here = row.flag(11);
  return view;
}

DrawnView read_drawn(const Statement& row) {
  DrawnView view;
  view.code = row.text(0);
  view.patient = row.text(1);
  if (is_forgotten_in_log(view.patient)) view.patient.clear();
  view.trial = row.text(2);
  view.outcome = row.text(3);
  view.failed = row.text(4);
  view.drawn_at = row.instant(5);
  view.drawn_by = row.text(6);
  view.seed = row.text(7);
  view.result = row.text(8);
  view.result_at = row.maybe_instant(9);
  view.result_by = row.text(10);
  return view;
}

constexpr const char* kDrawnColumns =
    "SELECT study_code(?1, trial, patient), patient, trial, outcome, failed, drawn_at, drawn_by, seed, coalesce(result, ''), result_at, "
    "coalesce(result_by, '') FROM samples ";

/// Someone who may be drawn, with the place that the seed gives them.
struct Lot {
  std::string place, patient, outcome, failed;
  friend bool operator<(const Lot& a, const Lot& b) { return a.place < b.place; }
};

}  // namespace

std::string Desk::log_key() {
  offer_study_code(database_);
  return store::log_key(database_);
}

Result<ChainHead> Desk::head() {
  return guarded("reading the head of the events", [&] { return chain_head(database_); });
}

Result<ChainReport> Desk::verify(const std::optional<ToldHead>& known) {
  return guarded("checking the events", [&] {
    // One reading, so that nothing is appended between the events and the head; nobody who writes waits for it.
    struct Reading {
      explicit Reading(Database& of) : database(of) { database.execute("BEGIN"); }
      ~Reading() {
        if (database.in_transaction()) database.execute("ROLLBACK");
      }
      Database& database;
    } reading(database_);
    return verify_chain(database_, known);
  });
}

Result<void> Desk::each_logged(const std::string& trial, const std::function<void(const LogView&)>& use) {
  return guarded("reading the screening log", [&] {
    const std::string key = log_key();
    // In the order of the codes within a day, for the order of the ids would tell something of the ids.
    const auto row = database_.prepare(
        "SELECT study_code(?2, s.trial, s.patient) AS code, s.trial, s.day, s.trial_version, s.age_band, s.sex, s.status, s.failed, "
        "s.open, "
        "f.state, coalesce(" +
        std::string(kSuppressed) +
        ", 0), p.id IS NOT NULL FROM screenings s LEFT JOIN patients p ON p.id = s.patient LEFT JOIN flags f ON f.trial = s.trial AND "
        "f.patient = s.patient LEFT JOIN verdicts v ON v.trial = s.trial AND v.patient = s.patient WHERE ?1 = '' OR s.trial = ?1 ORDER BY "
        "s.trial, s.day, code");
    row->bind(trial, key);
    while (row->step()) use(read_line(*row));
  });
}

Result<Unlogged> Desk::unlogged(const std::string& trial) {
  return guarded("counting patients", [&] {
    Unlogged counts;
    const auto row = database_.prepare(
        "SELECT count(*) FILTER (WHERE pending = 0), count(*) FILTER (WHERE pending > 0) FROM patients p WHERE NOT EXISTS (SELECT 1 FROM "
        "screenings s WHERE s.patient = p.id AND s.trial = ?)");
    if (row->bind(trial).step()) counts = {row->integer(0), row->integer(1)};
    return counts;
  });
}

Result<void> Desk::each_decided(const std::string& trial, const std::function<void(const DecidedView&)>& use) {
  return guarded("reading what people decided", [&] {
    const auto row = database_.prepare(
        "SELECT f.trial, f.state, coalesce(f.state_criterion, ''), coalesce((SELECT e.record FROM event_payloads e WHERE e.flag = f.id AND "
        "e.record <> '' AND e.number < (SELECT max(number) FROM flag_events WHERE flag = f.id AND kind = 'set') ORDER BY e.number DESC "
        "LIMIT 1), '') FROM flags f WHERE f.state IN ('screening', 'enrolled', 'screen_failed') AND (?1 = '' OR f.trial = ?1)");
    row->bind(trial);
    while (row->step()) {
      const auto state = state_at(*row, 1);
      if (state) use({row->text(0), *state, row->text(2), row->text(3)});
    }
  });
}

Result<std::vector<DrawnView>> Desk::draw(const std::string& trial, std::size_t count, const std::string& seed, const std::string& who,
                                          Instant now) {
  return guarded("drawing a sample", [&] {
    const std::string codes = log_key();
    Transaction transaction(database_);
    // Whoever has the least places is drawn: what the seed gives hangs on the patient alone, not on the order of reading.
    std::priority_queue<Lot> lots;
    {
      const auto row = database_.prepare(
          "SELECT p.id, coalesce(s.status, 'not_a_candidate'), coalesce(s.failed, '') FROM patients p LEFT JOIN screenings s ON s.patient "
          "= "
          "p.id AND s.trial = ?1 WHERE (s.status IN ('not_a_candidate', 'ineligible') OR (s.status IS NULL AND p.pending = 0)) AND NOT "
          "EXISTS (SELECT 1 FROM samples d WHERE d.trial = ?1 AND d.patient = p.id)");
      row->bind(trial);
      while (count > 0 && row->step()) {
        std::string place = salted_digest(seed, {row->view(0)});
        if (lots.size() == count && !(place < lots.top().place)) continue;
        lots.push({std::move(place), row->text(0), row->text(1), row->text(2)});
        if (lots.size() > count) lots.pop();
      }
    }
    std::vector<DrawnView> drawn;
    for (; !lots.empty(); lots.pop()) {
      const Lot& lot = lots.top();
      database_.run("INSERT INTO samples (trial, patient, outcome, failed, drawn_at, drawn_by, seed) VALUES (?, ?, ?, ?, ?, ?, ?)", trial,
                    lot.patient, lot.outcome, lot.failed, now, who, seed);
      const auto row = database_.prepare(std::string(kDrawnColumns) + "WHERE trial = ?2 AND patient = ?3");
      if (row->bind(codes, trial, lot.patient).step()) drawn.push_back(read_drawn(*row));
    }
    transaction.commit();
    std::reverse(drawn.begin(), drawn.end());
    return drawn;
  });
}

Result<std::vector<DrawnView>> Desk::drawn(const std::string& trial) {
  return guarded("reading the sample", [&] {
    const std::string codes = log_key();
    std::vector<DrawnView> drawn;
    const auto row = database_.prepare(std::string(kDrawnColumns) + "WHERE ?2 = '' OR trial = ?2 ORDER BY drawn_at, rowid");
    row->bind(codes, trial);
    while (row->step()) drawn.push_back(read_drawn(*row));
    return drawn;
  });
}

Result<void> Desk::note_result(const std::string& code, const std::string& result, const std::string& who, Instant now) {
  const auto noted = guarded("keeping a result", [&] {
    database_.run(
        "UPDATE samples SET result = ?, result_at = ?, result_by = ? WHERE CAST(study_code(?, trial, patient) AS TEXT) = upper(?)", result,
        now, who, log_key(), code);
    return database_.changes() > 0;
  });
  if (!noted) return tl::unexpected(noted.error());
  if (!*noted) return fail(ErrorCode::not_found, "no drawn patient has the code \"" + code + "\"; `trialflag log sample` shows them all");
  return {};
}

}  // namespace trialflag::store
