#include "agent/eligibility/table.h"

#include <algorithm>

namespace trialflag::eligibility {
namespace {

Truth truth(bool value) {
  return value ? Truth::yes : Truth::no;
}

bool only_classes(std::string_view classes, const std::vector<std::string>& allowed) {
  bool all = !classes.empty();
  each_class(classes, [&](std::string_view each) { all = all && std::find(allowed.begin(), allowed.end(), each) != allowed.end(); });
  return all;
}

bool some_class(std::string_view classes, const std::vector<std::string>& wanted) {
  bool some = false;
  each_class(classes, [&](std::string_view each) { some = some || std::find(wanted.begin(), wanted.end(), each) != wanted.end(); });
  return some;
}

bool indicated(const IndicationTest& test, const Exposure& exposure) {
  for (const Indication& indication : exposure.indications) {
    if (!contains(test.concepts, indication.concept_) || indication.role != test.role) continue;
    if (test.own_reason && !indication.own_reason) continue;
    if (!test.kind.empty() && indication.kind != test.kind) continue;
    if (!test.by_words || *test.by_words == indication.by_words) return true;
  }
  return false;
}

Truth ended_within(const Exposure& exposure, int days, Moment& moment) {
  return moment.within_days(exposure.end, days);
}

Truth drug_conditions(const Case& line, const Exposure& exposure, Moment& moment) {
  Truth result = Truth::yes;
  if (!line.routes.empty())
    result = both(result, truth(std::find(line.routes.begin(), line.routes.end(), exposure.route) != line.routes.end()));
  if (!line.indications.empty()) {
    const bool any =
        std::any_of(line.indications.begin(), line.indications.end(), [&](const auto& test) { return indicated(test, exposure); });
    result = both(result, truth(any));
  }
  if (line.recent_days) {
    Truth recent = either(on(exposure, moment), moment.within_days(exposure.start, *line.recent_days));
    result = both(result, either(recent, ended_within(exposure, *line.recent_days, moment)));
  }
  if (line.on_or_ended_days) result = both(result, either(on(exposure, moment), ended_within(exposure, *line.on_or_ended_days, moment)));
  if (line.open_ended_days) {
    const bool open_ended = !exposure.end.known() && !exposure.active;
    result = both(result, open_ended ? moment.within_days(exposure.start, *line.open_ended_days) : Truth::no);
  }
  return result;
}

bool needs_exposure(const Case& line) {
  return !line.routes.empty() || !line.indications.empty() || line.recent_days || line.on_or_ended_days || line.open_ended_days;
}

Truth applies(const Case& line, const Fact& fact, const Exposure* exposure, Moment& moment) {
  if (!line.concepts.empty() && !contains(line.concepts, fact.concept_)) return Truth::no;
  if (line.role && *line.role != fact.role) return Truth::no;
  if (!line.kind.empty() && line.kind != fact.kind) return Truth::no;
  if (!line.only_classes.empty() && !only_classes(fact.classes, line.only_classes)) return Truth::no;
  if (!line.with_classes.empty() && !some_class(fact.classes, line.with_classes)) return Truth::no;
  if (line.undated && (fact.date.known() || fact.dated.known())) return Truth::no;
  if (needs_exposure(line) && exposure == nullptr) return Truth::no;
  Truth result = Truth::yes;
  if (line.present) {
    const Truth present = moment.present(fact);
    result = both(result, *line.present ? present : negate(present));
  }
  if (line.within_days) result = both(result, moment.within_days(fact.date, *line.within_days));
  if (line.within_years) result = both(result, fact.dated.known() ? moment.within_years(fact.dated, *line.within_years) : Truth::no);
  if (exposure != nullptr) result = both(result, drug_conditions(line, *exposure, moment));
  return result;
}

}  // namespace

Truth on(const Exposure& exposure, Moment& moment) {
  if (exposure.not_taken) return Truth::no;
  if (exposure.active) return Truth::yes;
  if (exposure.form != Exposure::Form::dispense || !exposure.supply_end.known()) return Truth::no;
  return moment.within_days(exposure.supply_end, 0);
}

Readings read_cases(const std::vector<Case>& cases, const Fact& fact, const Exposure* exposure, const Criterion& criterion,
                    Moment& moment) {
  Readings readings;
  if ((fact.uncertain || fact.long_text) && !criterion.uncertain_counts) {
    readings.add(Outcome::nothing);
    return readings;
  }
  if (fact.long_text) {
    readings.add(Outcome::judgement);
    return readings;
  }
  for (const Case& line : cases) {
    const Truth applied = applies(line, fact, exposure, moment);
    if (applied == Truth::no) continue;
    readings.add(weakened(fact, criterion.kind, line.then));
    if (applied == Truth::yes) return readings;
  }
  readings.add(Outcome::nothing);
  return readings;
}

}  // namespace trialflag::eligibility
