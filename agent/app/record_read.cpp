#include "agent/app/record_read.h"

#include <algorithm>
#include <array>

#include "agent/json/scan.h"
#include "agent/json/value.h"

namespace trialflag::app {
namespace {

using eligibility::Evidence;
using eligibility::PatientVerdict;
using eligibility::Verdict;

/// The enumerator of that name; the first one when there is none of it.
template <typename Enum, std::size_t count>
Enum named(std::string_view name) {
  for (std::size_t i = 0; i < count; ++i)
    if (eligibility::name_of(static_cast<Enum>(i)) == name) return static_cast<Enum>(i);
  return static_cast<Enum>(0);
}

std::string text(const json::Value& object, std::string_view name) {
  return std::string(object[name].string());
}

std::optional<Instant> time(const json::Value& object, std::string_view name) {
  const auto instant = parse_instant(object[name].string(), Zone::utc());
  if (!instant) return std::nullopt;
  return *instant;
}

Verdict read_verdict(const json::Value& json) {
  Verdict verdict;
  verdict.id = text(json, "id");
  verdict.kind = named<eligibility::Kind, 2>(json["kind"].string());
  verdict.holds = named<eligibility::Truth, 3>(json["holds"].string());
  verdict.basis = named<eligibility::Basis, 3>(json["basis"].string());
  verdict.reason = named<eligibility::Reason, 9>(json["reason"].string());
  verdict.effect = named<eligibility::Effect, 3>(json["effect"].string());
  verdict.summary = text(json, "summary");
  for (const json::Value& item : json["evidence"].array()) {
    verdict.evidence.push_back(Evidence{text(item, "resource"), text(item, "version"), text(item, "code"), text(item, "display"),
                                        text(item, "concept"), text(item, "time"), text(item, "value")});
  }
  for (const json::Value& item : json["ask"].array()) verdict.ask.emplace_back(item.string());
  verdict.revisit_at = time(json, "revisit_at");
  return verdict;
}

void read_said(const json::Value& json, eligibility::Said& said) {
  said.text = eligibility::Text::count_;
  for (std::size_t i = 0; i < eligibility::kTexts; ++i)
    if (name_of(static_cast<eligibility::Text>(i)) == json["text"].string()) said.text = static_cast<eligibility::Text>(i);
  said.value = json["value"].number();
  said.low = json["low"].number();
  said.high = json["high"].number();
  said.items = static_cast<std::uint32_t>(json["items"].number());
}

}  // namespace

std::optional<PatientVerdict> read_record(std::string_view json) {
  json::Document document;
  if (!document.parse(json) || !document.root()["criteria"].exists()) return std::nullopt;
  const json::Value& root = document.root();
  PatientVerdict verdict;
  verdict.trial = text(root, "trial");
  verdict.trial_version = text(root, "trial_version");
  verdict.engine_version = text(root, "engine");
  verdict.tables_version = text(root, "tables");
  verdict.as_of = time(root, "as_of").value_or(Instant{});
  verdict.patient = text(root, "patient");
  verdict.status = named<eligibility::Status, 5>(root["status"].string());
  verdict.revisit_at = time(root, "revisit_at");
  for (const json::Value& item : root["criteria"].array()) verdict.criteria.push_back(read_verdict(item));
  const auto& said = root["said"].array();
  for (std::size_t i = 0; i < std::min<std::size_t>(said.size(), verdict.criteria.size()); ++i)
    read_said(said[i], verdict.criteria[i].said);
  for (const json::Value& item : root["questions"].array()) verdict.questions.emplace_back(item.string());
  return verdict;
}

std::string criteria_of(std::string_view record) {
  json::Members members(record);
  while (const auto member = members.next())
    if (member->name == "criteria" && member->value.whole) return std::string(member->value.text);
  return "[]";
}

}  // namespace trialflag::app
