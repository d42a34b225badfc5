#include "agent/app/quality.h"

#include <algorithm>
#include <cstdio>

#include "agent/app/record_read.h"

namespace trialflag::app {
namespace {

/// The cells of a line whose counts may be withheld together, for each can be worked out from the others.
struct Line {
  std::string kind, criterion, said;
  std::int64_t flags = 0, failed = 0;
};

std::string share(std::int64_t part, std::int64_t whole) {
  char text[16];
  std::snprintf(text, sizeof text, "%.3f", static_cast<double>(part) / static_cast<double>(whole));
  return text;
}

Row row_of(const std::string& trial, const Line& line, std::int64_t least) {
  const auto small = [least](std::int64_t count) { return count > 0 && count < least; };
  const std::int64_t right = line.flags - line.failed;
  const bool withheld = small(line.flags) || small(line.failed) || small(right);
  const std::string sign = "<" + std::to_string(least);
  Row row;
  row.text("trial", trial);
  row.text("kind", line.kind);
  row.text_or_null("criterion", line.criterion);
  row.text_or_null("engine", line.said);
  row.count("settled", line.flags, withheld, sign);
  row.count("disagreed", line.failed, withheld, sign);
  row.count("agreed", right, withheld, sign);
  row.fraction("precision", withheld || line.flags == 0 ? std::string() : share(right, line.flags));
  return row;
}

}  // namespace

Quality::Criterion& Quality::criterion(const std::string& id) {
  for (Criterion& known : criteria_)
    if (known.id == id) return known;
  criteria_.push_back({id, {}, {}});
  return criteria_.back();
}

void Quality::take(const store::DecidedView& decided) {
  if (decided.trial != trial_) return;
  const bool failed = decided.state == screening::FlagState::screen_failed;
  ++flags_.flags;
  flags_.failed += failed ? 1 : 0;
  const auto verdict = read_record(decided.record);
  if (!verdict) return;  // forgotten with the person
  const auto is_meant = [&](const eligibility::Verdict& said) { return said.id == decided.criterion; };
  if (failed && std::none_of(verdict->criteria.begin(), verdict->criteria.end(), is_meant)) {
    ++unnamed_;  // it may have been any of them
    return;
  }
  for (const eligibility::Verdict& said : verdict->criteria) {
    if (said.effect == eligibility::Effect::fail) continue;
    Criterion& counts = criterion(said.id);
    Found& found = said.effect == eligibility::Effect::pass ? counts.pass : counts.open;
    ++found.flags;
    found.failed += failed && is_meant(said) ? 1 : 0;
  }
}

void Quality::take(const store::DrawnView& drawn) {
  if (drawn.trial != trial_) return;
  if (drawn.result.empty()) return;
  ++sample_.flags;
  sample_.failed += drawn.result == "miss" ? 1 : 0;
}

std::vector<Row> Quality::rows(std::int64_t least) const {
  std::vector<Row> rows = {row_of(trial_, {"flags", "", "", flags_.flags, flags_.failed}, least),
                           row_of(trial_, {"not_listed", "", "", sample_.flags, sample_.failed}, least)};
  if (unnamed_ > 0) rows.push_back(row_of(trial_, {"unnamed", "", "", unnamed_, unnamed_}, least));
  std::vector<Criterion> order = criteria_;
  std::stable_sort(order.begin(), order.end(),
                   [](const Criterion& a, const Criterion& b) { return a.pass.failed + a.open.failed > b.pass.failed + b.open.failed; });
  for (const Criterion& one : order) {
    if (one.pass.flags > 0) rows.push_back(row_of(trial_, {"criterion", one.id, "pass", one.pass.flags, one.pass.failed}, least));
    if (one.open.flags > 0) rows.push_back(row_of(trial_, {"criterion", one.id, "open", one.open.flags, one.open.failed}, least));
  }
  return rows;
}

}  // namespace trialflag::app
