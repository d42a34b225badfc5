#include "agent/eligibility/evaluate.h"

#include <algorithm>

#include "agent/eligibility/describe.h"

namespace trialflag::eligibility {
namespace {

Reason reason_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::conflicting:
      return Reason::conflicting;
    case Outcome::weak_evidence:
      return Reason::weak_evidence;
    case Outcome::incomplete_source:
      return Reason::incomplete_source;
    case Outcome::judgement:
      return Reason::judgement;
    case Outcome::partial:
      return Reason::partial;
    case Outcome::stale:
      return Reason::stale;
    case Outcome::no_data:
      return Reason::no_data;
    case Outcome::needs_person:
      return Reason::needs_person;
    default:
      return Reason::none;
  }
}

Basis basis_of(Reason reason) {
  switch (reason) {
    case Reason::incomplete_source:
    case Reason::no_data:
      return Basis::absence;
    case Reason::needs_person:
      return Basis::person;
    default:
      return Basis::evidence;
  }
}

Decision decided(const Criterion& criterion, Truth holds, Basis basis, const Finding* lead) {
  return {holds, basis, Reason::none, effect_of(criterion.kind, holds), lead};
}

Decision unknown(Reason reason, const Finding* lead) {
  return {Truth::unknown, basis_of(reason), reason, Effect::open, lead};
}

const Finding* first_of(const Findings& findings, Outcome outcome) {
  for (const Finding& finding : findings.all())
    if (finding.outcome == outcome) return &finding;
  return nullptr;
}

const Finding* strongest_unknown(const Findings& findings) {
  const Finding* strongest = nullptr;
  for (const Finding& finding : findings.all()) {
    if (reason_of(finding.outcome) == Reason::none) continue;
    if (strongest == nullptr || reason_of(finding.outcome) < reason_of(strongest->outcome)) strongest = &finding;
  }
  return strongest;
}

Decision nothing_found(const Criterion& criterion) {
  switch (criterion.none) {
    case Outcome::yes:
      return decided(criterion, Truth::yes, Basis::absence, nullptr);
    case Outcome::no:
      return decided(criterion, Truth::no, Basis::absence, nullptr);
    default:
      return unknown(reason_of(criterion.none), nullptr);
  }
}

template <typename Apply>
void each_rule(const Clause& clause, const Findings& findings, Apply apply_rule) {
  for (const SimpleRule& rule : clause.rules) {
    const std::size_t before = findings.size();
    apply_rule(rule);
    if (clause.first_only && findings.size() > before) return;
  }
}

}  // namespace

Decision weigh(const Criterion& criterion, const Findings& findings, bool incomplete) {
  if (const Finding* conflict = first_of(findings, Outcome::conflicting)) return unknown(Reason::conflicting, conflict);
  if (const Finding* yes = first_of(findings, Outcome::yes)) return decided(criterion, Truth::yes, Basis::evidence, yes);
  const Finding* no = first_of(findings, Outcome::no);
  if (no != nullptr && criterion.kind == Kind::inclusion) return decided(criterion, Truth::no, Basis::evidence, no);
  const Finding* doubt = strongest_unknown(findings);
  if (doubt == nullptr && no != nullptr && no->settles) return decided(criterion, Truth::no, Basis::evidence, no);
  if (incomplete && (doubt == nullptr || reason_of(doubt->outcome) > Reason::incomplete_source))
    return unknown(Reason::incomplete_source, nullptr);
  if (doubt != nullptr) return unknown(reason_of(doubt->outcome), doubt);
  if (no != nullptr) return decided(criterion, Truth::no, no->by_absence ? Basis::absence : Basis::evidence, no);
  return nothing_found(criterion);
}

void cite(const Decision& decision, const Findings& findings, std::vector<Cited>& cited) {
  const std::size_t begin = cited.size();
  const auto add = [&](const Finding& finding) {
    for (const Cited& one : findings.cited(finding))
      if (std::find(cited.begin() + static_cast<std::ptrdiff_t>(begin), cited.end(), one) == cited.end()) cited.push_back(one);
  };
  if (decision.lead != nullptr) add(*decision.lead);
  for (const Finding& finding : findings.all())
    if (&finding != decision.lead) add(finding);
}

Status status_of(const Facts& facts, Moment& moment, const Decision& entry, std::span<const Decision> decisions) {
  const Person& person = facts.person;
  const bool dead = person.deceased && (!person.deceased_on.known() || moment.reached(person.deceased_on) != Truth::no);
  if (dead || person.inactive || entry.holds == Truth::no) return Status::not_a_candidate;
  if (entry.holds == Truth::unknown && entry.reason == Reason::incomplete_source) return Status::not_screened;
  bool review = false;
  for (const Decision& decision : decisions) {
    if (decision.effect == Effect::fail) return Status::ineligible;
    review = review || (decision.effect == Effect::open && demotes(decision.reason));
  }
  return review ? Status::needs_review : Status::potentially_eligible;
}

Decision Evaluator::decide(const Criterion& criterion, const Facts& facts, Moment& moment, Findings& findings) {
  findings.clear();
  Question ask{facts, criterion, moment, findings};
  for (const Clause& clause : criterion.clauses)
    each_rule(clause, findings, [&](const SimpleRule& rule) { std::visit([&](const auto& each) { apply(each, ask); }, rule); });
  const std::uint32_t needed = criterion.reads | (findings.do_drugs_matter() ? criterion.reads_if_high : 0);
  return weigh(criterion, findings, (needed & facts.incomplete) != 0);
}

void Evaluator::judge(const Facts& facts, Instant as_of, Judgement& judgement) {
  Moment moment(as_of, zone_, nullptr);
  judgement.decisions.clear();
  judgement.cited.clear();
  judgement.ends.clear();
  for (const Criterion& criterion : trial_.criteria) {
    Decision decision = decide(criterion, facts, moment, findings_);
    cite(decision, findings_, judgement.cited);
    judgement.ends.push_back(static_cast<std::uint32_t>(judgement.cited.size()));
    decision.lead = nullptr;
    judgement.decisions.push_back(decision);
  }
  judgement.status = status_of(facts, moment, judgement.decisions[trial_.entry_index], judgement.decisions);
}

std::optional<Day> Evaluator::revisit(const Criterion& criterion, const Facts& facts, const Decision& now) {
  constexpr std::size_t kMostDays = 1000;  // far above what records give; a bound on work, not on meaning
  std::sort(horizon_.begin(), horizon_.end());
  horizon_.erase(std::unique(horizon_.begin(), horizon_.end()), horizon_.end());
  for (std::size_t i = 0; i < horizon_.size() && i < kMostDays; ++i) {
    const Day day = horizon_[i];
    std::vector<Day> further;
    Moment moment(zone_.midnight(day), zone_, &further);
    const Decision then = decide(criterion, facts, moment, later_findings_);
    if (then.holds != now.holds || then.reason != now.reason) return day;
    for (const Day each : further) {
      const auto at = std::lower_bound(horizon_.begin(), horizon_.end(), each);
      if (at == horizon_.end() || *at != each) horizon_.insert(at, each);
    }
  }
  return std::nullopt;
}

EntryLook Evaluator::look_at_entry(const Facts& facts, Instant as_of) {
  const Criterion& criterion = trial_.criteria[trial_.entry_index];
  horizon_.clear();
  Moment moment(as_of, zone_, &horizon_);
  EntryLook look;
  const Decision decision = decide(criterion, facts, moment, findings_);
  if (const auto day = revisit(criterion, facts, decision)) look.revisit_at = zone_.midnight(*day);
  Moment now(as_of, zone_, nullptr);
  look.in_doubt = status_of(facts, now, decision, {}) != Status::not_a_candidate;
  return look;
}

PatientVerdict Evaluator::evaluate(const Facts& facts, Instant as_of) {
  PatientVerdict verdict;
  verdict.trial = trial_.id;
  verdict.trial_version = trial_.version;
  verdict.as_of = as_of;
  std::vector<Decision> decisions;
  for (const Criterion& criterion : trial_.criteria) {
    horizon_.clear();
    Moment moment(as_of, zone_, &horizon_);
    Decision decision = decide(criterion, facts, moment, findings_);
    verdict.criteria.push_back(describe(trial_, criterion, facts, decision, findings_));
    if (const auto day = revisit(criterion, facts, decision)) verdict.criteria.back().revisit_at = zone_.midnight(*day);
    decision.lead = nullptr;
    decisions.push_back(decision);
  }
  Moment moment(as_of, zone_, nullptr);
  verdict.status = status_of(facts, moment, decisions[trial_.entry_index], decisions);
  for (const Verdict& each : verdict.criteria)
    if (each.revisit_at && (!verdict.revisit_at || *each.revisit_at < *verdict.revisit_at)) verdict.revisit_at = each.revisit_at;
  verdict.questions = questions(verdict.criteria);
  return verdict;
}

}  // namespace trialflag::eligibility
