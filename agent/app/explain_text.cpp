#include "agent/app/explain_text.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/app/columns.h"
#include "agent/app/note_text.h"
#include "agent/base/sentence.h"

namespace trialflag::app {
namespace {

using eligibility::Effect;
using eligibility::PatientVerdict;
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

std::string counted_in(const NoteTexts& texts, NoteText one, NoteText many, std::size_t count) {
  return filled(texts.of(count == 1 ? one : many), {{"{count}", std::to_string(count)}});
}

std::string headline(const PatientVerdict& patient, std::size_t deciders, const NoteTexts& texts) {
  switch (patient.status) {
    case Status::not_a_candidate:
      return std::string(texts.of(deciders == 0 ? NoteText::gone : NoteText::entry_fails));
    case Status::not_screened:
      return std::string(texts.of(NoteText::not_screened));
    case Status::ineligible:
      return counted_in(texts, NoteText::ineligible_one, NoteText::ineligible_many, deciders);
    case Status::needs_review:
      return counted_in(texts, NoteText::review_one, NoteText::review_many, deciders);
    case Status::potentially_eligible:
      return counted_in(texts, NoteText::possible_one, NoteText::possible_many, count_open(patient));
  }
  return {};
}

std::string state_of(const Verdict& verdict, const NoteTexts& texts) {
  if (verdict.effect == Effect::open) return filled(texts.of(NoteText::is_open), {{"{reason}", texts.word(name_of(verdict.reason))}});
  const std::string_view effect = texts.word(name_of(verdict.effect));
  if (verdict.basis != eligibility::Basis::absence) return std::string(effect);
  return filled(texts.of(NoteText::by_absence), {{"{effect}", effect}});
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

// Tells the criteria of one patient.
class Teller {
 public:
  Teller(const eligibility::Trial& trial, const Zone& zone, Note& note)
      : trial_(trial), zone_(zone), texts_(note_texts(trial.language)), note_(note) {}

  [[nodiscard]] const NoteTexts& texts() const { return texts_; }

  void criterion(const Verdict& verdict) {
    note_.paragraph("",
                    filled(texts_.of(NoteText::criterion),
                           {{"{id}", verdict.id}, {"{state}", state_of(verdict, texts_)}, {"{summary}", verdict.summary}}),
                    2);
    for (const eligibility::Evidence& evidence : verdict.evidence) note_.paragraph("- ", words_of(evidence), 4);
    if (verdict.revisit_at) note_.paragraph("", at(NoteText::may_change, *verdict.revisit_at), 4);
  }

  // What decides is told with the protocol's words.
  void decider(const Verdict& verdict) {
    criterion(verdict);
    const eligibility::Criterion* criterion = criterion_of(trial_, verdict.id);
    if (criterion == nullptr || criterion->cite.empty()) return;
    note_.paragraph("", filled(texts_.of(NoteText::protocol), {{"{cite}", criterion->cite}}), 4);
  }

  [[nodiscard]] std::string at(NoteText text, Instant when) const { return filled(texts_.of(text), {{"{when}", zone_.format(when)}}); }

 private:
  [[nodiscard]] std::string words_of(const eligibility::Evidence& evidence) const {
    const std::string comma(texts_.of(NoteText::comma));
    std::string words = evidence.resource;
    if (!evidence.version.empty()) words += filled(texts_.of(NoteText::version), {{"{version}", evidence.version}});
    if (!evidence.time.empty()) words += comma + evidence.time;
    if (!evidence.code.empty()) words += comma + evidence.code;
    if (!evidence.display.empty()) words += filled(texts_.of(NoteText::display), {{"{words}", evidence.display}});
    if (!evidence.value.empty()) words += " = " + evidence.value;
    if (!evidence.concept_.empty()) words += filled(texts_.of(NoteText::maps_to), {{"{concept}", label_of(evidence.concept_)}});
    return words;
  }

  [[nodiscard]] std::string_view label_of(const std::string& concept_name) const {
    const auto found = std::find(trial_.concept_names.begin(), trial_.concept_names.end(), concept_name);
    if (found == trial_.concept_names.end()) return concept_name;
    return trial_.concept_labels[static_cast<std::size_t>(found - trial_.concept_names.begin())];
  }

  const eligibility::Trial& trial_;
  const Zone& zone_;
  const NoteTexts& texts_;
  Note& note_;
};

}  // namespace

std::string deciding_words(const PatientVerdict& patient, const eligibility::Trial& trial) {
  const std::vector<const Verdict*> deciders = deciding(patient, trial.entry);
  const NoteTexts& texts = note_texts(trial.language);
  if (!deciders.empty()) {
    const std::string more = deciders.size() > 1 ? " (+" + std::to_string(deciders.size() - 1) + ")" : "";
    return filled(texts.of(NoteText::decider), {{"{id}", deciders.front()->id + more}, {"{summary}", deciders.front()->summary}});
  }
  if (patient.status == Status::not_a_candidate) return std::string(texts.of(NoteText::gone_short));
  return counted_in(texts, NoteText::open_one, NoteText::open_many, count_open(patient));
}

std::string explain_text(const PatientVerdict& patient, const eligibility::Trial& trial, const Zone& zone) {
  const std::vector<const Verdict*> deciders = deciding(patient, trial.entry);
  const auto is_decider = [&](const Verdict& verdict) { return std::find(deciders.begin(), deciders.end(), &verdict) != deciders.end(); };
  Note note;
  Teller teller(trial, zone, note);
  const NoteTexts& texts = teller.texts();
  note.line(filled(texts.of(NoteText::heading),
                   {{"{patient}", patient.patient}, {"{trial}", patient.trial}, {"{when}", zone.format(patient.as_of)}}));
  note.blank();
  note.line(headline(patient, deciders.size(), texts));
  if (!deciders.empty()) {
    note.blank();
    note.line(texts.of(NoteText::what_decides));
    for (const Verdict* verdict : deciders) teller.decider(*verdict);
  }
  if (!patient.questions.empty()) {
    note.blank();
    note.line(texts.of(NoteText::what_to_ask));
    for (const std::string& question : patient.questions) note.paragraph("- ", question, 2);
  }
  struct Part {
    NoteText title;
    Effect effect;
  };
  for (const Part& part :
       {Part{NoteText::against, Effect::fail}, Part{NoteText::still_open, Effect::open}, Part{NoteText::in_favour, Effect::pass}}) {
    bool first = true;
    for (const Verdict& verdict : patient.criteria) {
      if (verdict.effect != part.effect || is_decider(verdict)) continue;
      if (std::exchange(first, false)) {
        note.blank();
        note.line(texts.of(part.title));
      }
      teller.criterion(verdict);
    }
  }
  note.blank();
  if (patient.revisit_at) note.line(teller.at(NoteText::revisit, *patient.revisit_at));
  note.line(filled(texts.of(NoteText::versions),
                   {{"{trial}", patient.trial_version}, {"{engine}", patient.engine_version}, {"{tables}", patient.tables_version}}));
  return note.take();
}

}  // namespace trialflag::app
