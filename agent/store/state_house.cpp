// What the state holds beside patients (house.h): each function one short transaction.
#include "agent/store/house.h"
#include "agent/store/rows.h"
#include "agent/store/state.h"

namespace trialflag::store {

std::vector<KeptFile> read_kept_files(Database& database) {
  std::vector<KeptFile> files;
  const auto row = database.prepare("SELECT place, name, content FROM kept_files ORDER BY place, name");
  while (row->step()) files.push_back({row->text(0), row->text(1), row->text(2)});
  return files;
}

Result<Gauges> State::gauges() {
  return guarded("counting for the metrics", [&] {
    Gauges gauges;
    const auto flags = database_.prepare("SELECT trial, status, count(*) FROM flags GROUP BY trial, status");
    while (flags->step()) gauges.flags.push_back({flags->text(0), flags->text(1), flags->integer(2)});
    const auto unread = database_.prepare("SELECT type, count(*) FROM unread GROUP BY type");
    while (unread->step()) gauges.unread[fhir::asked_type(unread->text(0))] = unread->integer(1);
    const auto pending = database_.prepare("SELECT count(*) FROM patients WHERE pending > 0");
    if (pending->step()) gauges.pending_patients = pending->integer(0);
    const auto waiting = database_.prepare(
        "SELECT count(*), count(*) FILTER (WHERE held), count(*) FILTER (WHERE attempts > 0) FROM notices WHERE state = 'waiting'");
    if (waiting->step()) {
      gauges.waiting = waiting->integer(0);
      gauges.held = waiting->integer(1);
      gauges.retrying = waiting->integer(2);
    }
    const auto stuck = database_.prepare("SELECT count(*) FROM notices WHERE state = 'stuck'");
    if (stuck->step()) gauges.stuck = stuck->integer(0);
    return gauges;
  });
}

Result<void> State::keep_troubles(const std::vector<TroubleView>& troubles) {
  return guarded("keeping the troubles", [&] {
    Transaction transaction(database_);
    database_.run("DELETE FROM troubles");
    for (const TroubleView& trouble : troubles)
      database_.run("INSERT INTO troubles (subject, since, state, error) VALUES (?, ?, ?, ?)", trouble.subject, trouble.since,
                    trouble.state, trouble.error);
    transaction.commit();
  });
}

Result<void> State::keep_files(const std::vector<KeptFile>& files) {
  return guarded("keeping the tables", [&] {
    if (read_kept_files(database_) == files) return;
    Transaction transaction(database_);
    database_.run("DELETE FROM kept_files");
    for (const KeptFile& file : files)
      database_.run("INSERT INTO kept_files (place, name, content) VALUES (?, ?, ?)", file.place, file.name, Statement::Blob{file.content});
    transaction.commit();
  });
}

Result<std::string> State::hint_secret(const std::string& fresh) {
  return guarded("keeping the hints' secret", [&] {
    database_.run("INSERT INTO meta (key, value) VALUES ('hint_secret', ?) ON CONFLICT DO NOTHING", fresh);
    const auto row = database_.prepare("SELECT value FROM meta WHERE key = 'hint_secret'");
    return row->step() ? row->text(0) : fresh;
  });
}

}  // namespace trialflag::store
