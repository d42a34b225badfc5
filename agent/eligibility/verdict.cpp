#include "agent/eligibility/verdict.h"

namespace trialflag::eligibility {

std::string_view name_of(Truth truth) {
  switch (truth) {
    case Truth::no:
      return "no";
    case Truth::unknown:
      return "unknown";
    case Truth::yes:
      return "yes";
  }
  return {};
}

std::string_view name_of(Basis basis) {
  switch (basis) {
    case Basis::evidence:
      return "evidence";
    case Basis::absence:
      return "absence";
    case Basis::person:
      return "person";
  }
  return {};
}

std::string_view name_of(Reason reason) {
  switch (reason) {
    case Reason::none:
      return {};
    case Reason::conflicting:
      return "conflicting";
    case Reason::weak_evidence:
      return "weak_evidence";
    case Reason::incomplete_source:
      return "incomplete_source";
    case Reason::judgement:
      return "judgement";
    case Reason::partial:
      return "partial";
    case Reason::stale:
      return "stale";
    case Reason::no_data:
      return "no_data";
    case Reason::needs_person:
      return "needs_person";
  }
  return {};
}

std::string_view name_of(Kind kind) {
  return kind == Kind::inclusion ? "inclusion" : "exclusion";
}

std::string_view name_of(Effect effect) {
  switch (effect) {
    case Effect::pass:
      return "pass";
    case Effect::fail:
      return "fail";
    case Effect::open:
      return "open";
  }
  return {};
}

std::string_view name_of(Status status) {
  switch (status) {
    case Status::not_a_candidate:
      return "not_a_candidate";
    case Status::not_screened:
      return "not_screened";
    case Status::ineligible:
      return "ineligible";
    case Status::needs_review:
      return "needs_review";
    case Status::potentially_eligible:
      return "potentially_eligible";
  }
  return {};
}

bool demotes(Reason reason) {
  return reason == Reason::conflicting || reason == Reason::weak_evidence || reason == Reason::incomplete_source;
}

Effect effect_of(Kind kind, Truth holds) {
  if (holds == Truth::unknown) return Effect::open;
  return (holds == Truth::yes) == (kind == Kind::inclusion) ? Effect::pass : Effect::fail;
}

}  // namespace trialflag::eligibility
