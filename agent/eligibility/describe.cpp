#include "agent/eligibility/describe.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace trialflag::eligibility {
namespace {

std::string number(double value) {
  std::array<char, 400> text{};  // a double has at most 309 digits before its point
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, 1).ptr;
  std::string_view digits(text.data(), static_cast<std::size_t>(end - text.data()));
  if (digits.size() > 2 && digits.ends_with(".0")) digits.remove_suffix(2);
  return std::string(digits);
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
  const Wording& wording = facts.wordings[fact.wording];
  evidence.code = wording.system.empty() ? std::string(wording.code) : std::string(wording.system) + "|" + std::string(wording.code);
  evidence.display = wording.display;
  if (fact.concept_ != kNoConcept) evidence.concept_ = trial.concept_names[fact.concept_];
  evidence.value = wording.value;
  return evidence;
}

void list_evidence(Verdict& verdict, const Trial& trial, const Facts& facts, const Decision& decision, const Findings& findings) {
  std::vector<Cited> cited;
  cite(decision, findings, cited);
  for (const Cited& one : cited) {
    Evidence evidence = evidence_of(trial, facts, one);
    if (std::find(verdict.evidence.begin(), verdict.evidence.end(), evidence) == verdict.evidence.end())
      verdict.evidence.push_back(std::move(evidence));
  }
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

std::string label_of(const Trial& trial, const std::string& concept_name) {
  const auto found = std::find(trial.concept_names.begin(), trial.concept_names.end(), concept_name);
  if (found == trial.concept_names.end()) return concept_name;
  return trial.concept_labels[static_cast<std::size_t>(found - trial.concept_names.begin())];
}

/// What stands for a placeholder. Once only: a record's text that looks like a placeholder stays as it is.
std::string filled(std::string_view placeholder, const Trial& trial, const Criterion& criterion, const Verdict& verdict) {
  const Said& said = verdict.said;
  if (placeholder == "what") return criterion.label;
  if (placeholder == "when") {
    const bool known = !verdict.evidence.empty() && !verdict.evidence.front().time.empty();
    return known ? verdict.evidence.front().time.substr(0, 10) : trial.texts.of(Text::date_unknown);
  }
  if (placeholder == "value") {
    const std::string_view value = verdict.evidence.empty() ? std::string_view() : without_annotation(verdict.evidence.front().value);
    return value.empty() ? trial.texts.of(Text::number_unknown) : std::string(value);
  }
  if (placeholder == "measured" && !verdict.evidence.empty()) return label_of(trial, verdict.evidence.front().concept_);
  if (placeholder == "mean" || placeholder == "count") return number(said.value);
  if (placeholder == "low") return number(said.low);
  if (placeholder == "high") return number(said.high);
  return item_names(trial, said.items);
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
  std::string sentence;
  std::string_view rest = trial.texts.of(verdict.said.text);
  for (std::size_t open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
    const std::size_t close = rest.find('}', open);
    if (close == std::string_view::npos) break;
    sentence += rest.substr(0, open);
    sentence += filled(rest.substr(open + 1, close - open - 1), trial, criterion, verdict);
    rest.remove_prefix(close + 1);
  }
  return sentence.append(rest);
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
