#include "agent/store/rows.h"

namespace trialflag::store {
namespace {

template <typename T>
T known(const std::optional<T>& value) {
  if (!value) throw Failure{"a flag holds a word that is not known"};
  return *value;
}

}  // namespace

screening::Flag read_flag(const Statement& row, int first) {
  screening::Flag flag;
  flag.id = {row.text(first)};
  flag.code = row.text(first + 1);
  flag.trial = {row.text(first + 2)};
  flag.trial_version = row.text(first + 3);
  flag.patient = {row.text(first + 4)};
  flag.status = known(screening::flag_status(row.text(first + 5)));
  if (!row.is_null(first + 6)) flag.announced = known(screening::flag_status(row.text(first + 6)));
  flag.reason = row.text(first + 7);
  flag.record = row.text(first + 8);
  flag.passes = static_cast<int>(row.integer(first + 9));
  flag.opens = static_cast<int>(row.integer(first + 10));
  flag.opened_at = row.instant(first + 11);
  flag.changed_at = row.instant(first + 12);
  flag.events = static_cast<int>(row.integer(first + 13));
  flag.state = known(screening::flag_state(row.text(first + 14)));
  return flag;
}

screening::TypeState read_type(const Statement& row) {
  screening::TypeState state;
  state.type = fhir::resource_type(row.text(0));
  state.ever_read = true;
  state.reading = static_cast<screening::Reading>(row.integer(1));
  state.watermark = row.maybe_instant(2);
  state.whole_at = row.maybe_instant(3);
  state.error = row.text(4);
  state.how = row.text(5);
  if (!row.is_null(6)) state.rows = row.integer(6);
  return state;
}

}  // namespace trialflag::store
