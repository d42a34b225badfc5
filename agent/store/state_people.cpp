// What people have said that the cycle must heed: who must not be approached, who is enrolled.
#include <algorithm>
#include <iterator>

#include "agent/store/forget.h"
#include "agent/store/state.h"

namespace trialflag::store {

Result<std::set<std::string>> State::opt_outs(const std::optional<std::set<std::string>>& listed) {
  return guarded("keeping who must not be approached", [&] {
    Transaction transaction(database_);
    std::set<std::string> kept;
    {
      const auto row = database_.prepare("SELECT patient FROM opt_outs");
      while (row->step()) kept.insert(row->text(0));
    }
    if (!listed) return kept;
    std::set<std::string> heeded;
    for (const std::string& patient : *listed)
      if (!is_forgotten(database_, patient)) heeded.insert(patient);  // of whom no id is kept, and nobody is screened
    if (heeded == kept) return kept;
    std::vector<std::string> moved;
    std::set_symmetric_difference(kept.begin(), kept.end(), heeded.begin(), heeded.end(), std::back_inserter(moved));
    for (const std::string& patient : moved) {
      if (heeded.contains(patient)) {
        database_.run("INSERT INTO opt_outs (patient) VALUES (?)", patient);
      } else {
        database_.run("DELETE FROM opt_outs WHERE patient = ?", patient);
      }
      // Of somebody without a chart nothing was ever told.
      database_.run("UPDATE patients SET pending = max(pending, 1) WHERE id IN (?, ?) AND id IN (SELECT patient FROM charts)", patient,
                    survivor_of(patient));
    }
    transaction.commit();
    return heeded;
  });
}

Result<int> State::enrolled(const screening::TrialId& trial) {
  return guarded("counting who is enrolled", [&] {
    const auto row = database_.prepare("SELECT count(*) FROM flags WHERE trial = ? AND state = 'enrolled'");
    return row->bind(trial.value).step() ? static_cast<int>(row->integer(0)) : 0;
  });
}

}  // namespace trialflag::store
