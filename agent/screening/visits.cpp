#include "agent/screening/visits.h"

#include <algorithm>
#include <array>

#include "agent/base/civil.h"
#include "agent/base/sentence.h"
#include "agent/eligibility/text.h"
#include "fhir/appointment.h"

namespace trialflag::screening {
namespace {

struct VisitTexts {
  std::string_view next;    ///< {words}
  std::string_view timed;   ///< {day} {time}
  std::string_view placed;  ///< {when} {where}
  std::array<std::string_view, 7> days;
};

constexpr VisitTexts kEnglish = {"next visit: {words}",
                                 "{day} {time}",
                                 "{when}, {where}",
                                 {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}};
constexpr VisitTexts kGerman = {"nächster Termin: {words}",
                                "{day} {time}",
                                "{when}, {where}",
                                {"Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"}};
constexpr VisitTexts kChinese = {
    "下次就诊：{words}", "{day} {time}", "{when}，{where}", {"星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"}};

const VisitTexts& texts_in(std::string_view language) {
  const std::string_view spoken = eligibility::spoken_language(language);
  return spoken == "zh" ? kChinese : spoken == "de" ? kGerman : kEnglish;
}

/// One that is told by its day alone is to come until that day is over, wherever that is.
bool lies_ahead(const Visit& visit, Instant now) {
  return visit.timed ? visit.at >= now : visit.at.ms + kDay > now.ms;
}

bool sooner(const Visit& a, const Visit& b) {
  return a.at != b.at ? a.at < b.at : a.where > b.where;  // of two at one time the one that says where
}

}  // namespace

std::optional<Visit> visit_at(const RecordedTime& start, std::string_view where) {
  if (start.precision == RecordedTime::Precision::instant) return Visit{start.instant, true, std::string(where)};
  if (start.precision == RecordedTime::Precision::day) return Visit{{start.first.number * kDay}, false, std::string(where)};
  return std::nullopt;
}

std::optional<Visit> next_visit(std::span<const Visit> visits, Instant now) {
  std::optional<Visit> next;
  for (const Visit& visit : visits)
    if (lies_ahead(visit, now) && (!next || sooner(visit, *next))) next = visit;
  return next;
}

std::vector<Visit> planned_encounters(const Chart& chart, Instant now) {
  std::vector<Visit> visits;
  for (const fhir::Record& record : chart.records) {
    if (record.type != fhir::ResourceType::encounter || record.status != "planned") continue;
    std::string_view where = fhir::words_of(record.code);
    for (const fhir::CodeableConcept& type : record.categories)
      if (where.empty()) where = fhir::words_of(type);
    if (auto visit = visit_at(record.start, where)) visits.push_back(std::move(*visit));
  }
  return to_come(std::move(visits), now);
}

std::vector<Visit> to_come(std::vector<Visit> visits, Instant now) {
  std::erase_if(visits, [&](const Visit& visit) { return !lies_ahead(visit, now); });
  std::sort(visits.begin(), visits.end(), sooner);
  visits.erase(std::unique(visits.begin(), visits.end()), visits.end());
  if (visits.size() > kMostVisits) visits.resize(kMostVisits);
  return visits;
}

std::string visit_words(const Visit& visit, const Zone& zone, std::string_view language, Instant now) {
  constexpr int kWeek = 7;
  const VisitTexts& texts = texts_in(language);
  const Day day = visit.timed ? zone.day_of(visit.at) : Day{static_cast<std::int32_t>(visit.at.ms / kDay)};
  std::string when(texts.days.at(static_cast<std::size_t>(weekday_of(day))));
  if (day - zone.day_of(now) >= kWeek) when += " " + to_string(day);
  if (visit.timed) when = filled(texts.timed, {{"{day}", when}, {"{time}", zone.format(visit.at).substr(11, 5)}});
  return visit.where.empty() ? when : filled(texts.placed, {{"{when}", when}, {"{where}", visit.where}});
}

std::string visit_text(const Visit& visit, const Zone& zone, std::string_view language, Instant now) {
  return filled(texts_in(language).next, {{"{words}", visit_words(visit, zone, language, now)}});
}

}  // namespace trialflag::screening
