#include "agent/app/explain_text.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/app/columns.h"

namespace trialflag::app {
namespace {

using eligibility::Effect;
using eligibility::PatientVerdict;
using eligibility::Reason;
using eligibility::Status;
using eligibility::Verdict;

bool is_open_and_demotes(const Verdict& verdict) {
  return verdict.effect == Effect::open && eligibility::demotes(verdict.reason);
}

// What made the status what it is, in the order of the criteria.
std::vector<const Verdict*> deciding(const PatientVerdict& patient, const std::string& entry) {
  const auto decides = [&](const Verdict& verdict) {
    switch (patient.status) {
      case Status::not_a_candidate:
        return verdict.id == entry && verdict.effect == Effect::fail;
      case Status::not_screened:
        return verdict.id == entry;
      case Status::ineligible:
        return verdict.effect == Effect::fail;
      case Status::needs_review:
        return is_open_and_demotes(verdict);
      case Status::potentially_eligible:
        return false;
    }
    return false;
  };
  std::vector<const Verdict*> found;
  for (const Verdict& verdict : patient.criteria)
    if (decides(verdict)) found.push_back(&verdict);
  return found;
}

std::size_t count_open(const PatientVerdict& patient) {
  return static_cast<std::size_t>(std::count_if(patient.criteria.begin(), patient.criteria.end(),
                                                [](const Verdict& verdict) { return verdict.effect == Effect::open; }));
}

std::string spoken(std::string_view name) {
  std::string words(name);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

std::string plural(std::size_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string headline(const PatientVerdict& patient, std::size_t deciders) {
  switch (patient.status) {
    case Status::not_a_candidate:
      return deciders == 0 ? "Not a candidate: deceased, or the record is not active."
                           : "Not a candidate: the entry criterion does not hold.";
    case Status::not_screened:
      return "Not screened: the source must be mended first; what could decide was not wholly read.";
    case Status::ineligible:
      return "Ineligible: " + plural(deciders, "criterion excludes", "criteria exclude") + " this patient.";
    case Status::needs_review:
      return "Needs review: " + plural(deciders, "criterion is", "criteria are") + " in doubt and must be looked at first.";
    case Status::potentially_eligible:
      return "Potentially eligible: nothing on file excludes; " + plural(count_open(patient), "criterion is", "criteria are") +
             " still open.";
  }
  return {};
}

std::string state_of(const Verdict& verdict) {
  if (verdict.effect != Effect::open)
    return std::string(name_of(verdict.effect)) + (verdict.basis == eligibility::Basis::absence ? ", nothing on file" : "");
  return "open, " + spoken(name_of(verdict.reason));
}

// Writes paragraphs with an indent and a mark before the first line.
class Note {
 public:
  void blank() { text_ += '\n'; }
  void line(std::string_view words) { paragraph("", words, 0); }
  void paragraph(std::string_view mark, std::string_view words, std::size_t indent) {
    const std::size_t inner = indent + width_of(mark);
    std::string lead = std::string(indent, ' ').append(mark);
    for (const std::string& line : wrapped(words, kColumns - inner)) {
      text_.append(lead).append(line).append("\n");
      lead.assign(inner, ' ');
    }
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

const eligibility::Criterion* criterion_of(const eligibility::Trial& trial, const std::string& id) {
  const auto found =
      std::find_if(trial.criteria.begin(), trial.criteria.end(), [&id](const auto& criterion) { return criterion.id == id; });
  return found == trial.criteria.end() ? nullptr : &*found;
}

void tell_evidence(const eligibility::Evidence& evidence, Note& note) {
  std::string words = evidence.resource;
  if (!evidence.version.empty()) words += " (version " + evidence.version + ")";
  if (!evidence.time.empty()) words += ", " + evidence.time;
  if (!evidence.code.empty()) words += ", " + evidence.code;
  if (!evidence.value.empty()) words += " = " + evidence.value;
  if (!evidence.concept_.empty()) words += " → " + spoken(evidence.concept_);
  note.paragraph("- ", words, 4);
}

void tell_criterion(const Verdict& verdict, const Zone& zone, Note& note) {
  note.paragraph("", verdict.id + " (" + state_of(verdict) + "): " + verdict.summary, 2);
  for (const eligibility::Evidence& evidence : verdict.evidence) tell_evidence(evidence, note);
  if (verdict.revisit_at) note.paragraph("", "may change on " + zone.format(*verdict.revisit_at), 4);
}

// What decides is told with the protocol's words.
void tell_decider(const Verdict& verdict, const eligibility::Trial& trial, const Zone& zone, Note& note) {
  tell_criterion(verdict, zone, note);
  const eligibility::Criterion* criterion = criterion_of(trial, verdict.id);
  if (criterion != nullptr && !criterion->cite.empty()) note.paragraph("", "protocol: \"" + criterion->cite + "\"", 4);
}

}  // namespace

std::string deciding_words(const PatientVerdict& patient, const eligibility::Trial& trial) {
  const std::vector<const Verdict*> deciders = deciding(patient, trial.entry);
  if (!deciders.empty()) {
    const std::string more = deciders.size() > 1 ? " (+" + std::to_string(deciders.size() - 1) + ")" : "";
    return deciders.front()->id + more + ": " + deciders.front()->summary;
  }
  if (patient.status == Status::not_a_candidate) return "deceased or not active";
  return plural(count_open(patient), "criterion", "criteria") + " open";
}

std::string explain_text(const PatientVerdict& patient, const eligibility::Trial& trial, const Zone& zone) {
  const std::vector<const Verdict*> deciders = deciding(patient, trial.entry);
  const auto is_decider = [&](const Verdict& verdict) { return std::find(deciders.begin(), deciders.end(), &verdict) != deciders.end(); };
  Note note;
  note.line(patient.patient + ", trial " + patient.trial + ", as of " + zone.format(patient.as_of));
  note.blank();
  note.line(headline(patient, deciders.size()));
  if (!deciders.empty()) {
    note.blank();
    note.line("What decides it");
    for (const Verdict* verdict : deciders) tell_decider(*verdict, trial, zone, note);
  }
  if (!patient.questions.empty()) {
    note.blank();
    note.line("What to ask");
    for (const std::string& question : patient.questions) note.paragraph("- ", question, 2);
  }
  struct Part {
    const char* title;
    Effect effect;
  };
  for (const Part& part : {Part{"Against", Effect::fail}, Part{"Still open", Effect::open}, Part{"In favour", Effect::pass}}) {
    bool first = true;
    for (const Verdict& verdict : patient.criteria) {
      if (verdict.effect != part.effect || is_decider(verdict)) continue;
      if (std::exchange(first, false)) {
        note.blank();
        note.line(part.title);
      }
      tell_criterion(verdict, zone, note);
    }
  }
  note.blank();
  if (patient.revisit_at) note.line("To be looked at again on " + zone.format(*patient.revisit_at) + ", or when a record changes.");
  note.line("Trial version " + patient.trial_version + ", engine " + patient.engine_version + ", tables " + patient.tables_version + ".");
  return note.take();
}

}  // namespace trialflag::app
