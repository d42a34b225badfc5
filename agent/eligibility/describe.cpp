#include "agent/eligibility/describe.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace trialflag::eligibility {
namespace {

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  std::string out = text;
  if (out.size() > 2 && out.ends_with(".0")) out.resize(out.size() - 2);
  return out;
}

void replace(std::string& sentence, std::string_view placeholder, std::string_view with) {
  for (std::size_t at = sentence.find(placeholder); at != std::string::npos; at = sentence.find(placeholder, at + with.size()))
    sentence.replace(at, placeholder.size(), with);
}

std::string item_names(const Trial& trial, std::uint32_t bits) {
  std::string_view names = trial.texts.of(Text::score_names);
  std::string out;
  for (; !names.empty(); bits >>= 1U) {
    const std::size_t bar = names.find('|');
    if ((bits & 1U) != 0) {
      if (!out.empty()) out += trial.texts.of(Text::between_items);
      out += names.substr(0, bar);
    }
    names = bar == std::string_view::npos ? std::string_view() : names.substr(bar + 1);
  }
  return out;
}

std::string resource_of(const Origin& origin) {
  return std::string(origin.type) + "/" + std::string(origin.id);
}

Evidence evidence_of(const Trial& trial, const Facts& facts, const Cited& cited) {
  Evidence evidence;
  const Origin& origin = facts.origins[cited.record];
  evidence.resource = resource_of(origin);
  evidence.version = origin.version;
  evidence.time = to_string(facts.times[cited.record]);
  if (cited.fact == nullptr) return evidence;
  const Fact& fact = *cited.fact;
  evidence.code = fact.system.empty() ? std::string(fact.code) : std::string(fact.system) + "|" + std::string(fact.code);
  if (fact.concept_ != kNoConcept) evidence.concept_ = trial.concept_names[fact.concept_];
  evidence.value = fact.value_text;
  return evidence;
}

void add_evidence(Verdict& verdict, Evidence evidence) {
  if (std::find(verdict.evidence.begin(), verdict.evidence.end(), evidence) == verdict.evidence.end())
    verdict.evidence.push_back(std::move(evidence));
}

void list_evidence(Verdict& verdict, const Trial& trial, const Facts& facts, const Decision& decision, const Findings& findings) {
  if (decision.lead != nullptr)
    for (const Cited& cited : findings.cited(*decision.lead)) add_evidence(verdict, evidence_of(trial, facts, cited));
  for (const Finding& finding : findings.all())
    for (const Cited& cited : findings.cited(finding)) add_evidence(verdict, evidence_of(trial, facts, cited));
}

Text text_of(const Decision& decision) {
  if (decision.lead != nullptr) return decision.lead->text;
  switch (decision.reason) {
    case Reason::incomplete_source:
      return Text::incomplete;
    case Reason::no_data:
      return Text::no_data;
    case Reason::needs_person:
      return Text::needs_person;
    default:
      return Text::nothing_found;
  }
}

Said said_by(const Decision& decision) {
  if (decision.lead == nullptr) return {text_of(decision)};
  return {decision.lead->text, decision.lead->value, decision.lead->low, decision.lead->high, decision.lead->items};
}

// "5 {score}" is 5 to a person: what stands in braces is no unit.
std::string_view without_annotation(std::string_view value) {
  return value.ends_with('}') ? value.substr(0, value.find(" {")) : value;
}

bool confirmed(const Findings& findings) {
  return std::any_of(findings.all().begin(), findings.all().end(), [](const Finding& finding) { return finding.confirms; });
}

std::vector<std::string> asks_of(const Criterion& criterion, const Decision& decision, const Findings& findings) {
  if (decision.effect == Effect::open) return criterion.ask;
  std::vector<std::string> asks;
  if (decision.effect == Effect::pass && decision.basis == Basis::absence && !criterion.ask_if_absent.empty())
    asks.push_back(criterion.ask_if_absent);
  if (decision.holds == Truth::yes && !criterion.ask_if_yes.empty() && !confirmed(findings)) asks.push_back(criterion.ask_if_yes);
  return asks;
}

}  // namespace

Verdict describe(const Trial& trial, const Criterion& criterion, const Facts& facts, const Decision& decision, const Findings& findings) {
  Verdict verdict;
  verdict.id = criterion.id;
  verdict.kind = criterion.kind;
  verdict.holds = decision.holds;
  verdict.basis = decision.basis;
  verdict.reason = decision.reason;
  verdict.effect = decision.effect;
  list_evidence(verdict, trial, facts, decision, findings);
  verdict.said = said_by(decision);
  verdict.summary = summary_of(trial, criterion, verdict);
  verdict.ask = asks_of(criterion, decision, findings);
  return verdict;
}

std::string summary_of(const Trial& trial, const Criterion& criterion, const Verdict& verdict) {
  const Said& said = verdict.said;
  std::string sentence = trial.texts.of(said.text);
  const Evidence first = verdict.evidence.empty() ? Evidence{} : verdict.evidence.front();
  const std::string_view value = without_annotation(first.value);
  replace(sentence, "{what}", criterion.label);
  replace(sentence, "{when}", first.time.empty() ? trial.texts.of(Text::date_unknown) : first.time.substr(0, 10));
  replace(sentence, "{value}", value.empty() ? trial.texts.of(Text::number_unknown) : value);
  replace(sentence, "{mean}", number(said.value));
  replace(sentence, "{count}", number(said.value));
  replace(sentence, "{low}", number(said.low));
  replace(sentence, "{high}", number(said.high));
  replace(sentence, "{items}", item_names(trial, said.items));
  return sentence;
}

std::vector<std::string> questions(const std::vector<Verdict>& verdicts) {
  std::vector<std::string> all;
  for (const Kind kind : {Kind::exclusion, Kind::inclusion})
    for (const Verdict& verdict : verdicts) {
      if (verdict.kind != kind) continue;
      for (const std::string& ask : verdict.ask)
        if (std::find(all.begin(), all.end(), ask) == all.end()) all.push_back(ask);
    }
  return all;
}

}  // namespace trialflag::eligibility
