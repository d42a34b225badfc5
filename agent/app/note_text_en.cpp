// The words around a verdict in English. Statuses and states stay the names that the commands take.
#include "agent/app/note_text.h"

namespace trialflag::app {
namespace {

constexpr std::pair<std::string_view, std::string_view> kEnglishNames[] = {
    {"weak_evidence", "weak evidence"},
    {"incomplete_source", "incomplete source"},
    {"no_data", "no data"},
    {"needs_person", "needs person"},
};

}  // namespace

NoteTexts english_notes() {
  NoteTexts texts;
  texts.names = kEnglishNames;
  const auto say = [&](NoteText key, std::string_view sentence) { texts.sentences[static_cast<std::size_t>(key)] = sentence; };
  say(NoteText::heading, "{patient}, trial {trial}, as of {when}");
  say(NoteText::gone, "Not a candidate: deceased, or the record is not active.");
  say(NoteText::entry_fails, "Not a candidate: the entry criterion does not hold.");
  say(NoteText::not_screened, "Not screened: the source must be mended first; what could decide was not wholly read.");
  say(NoteText::ineligible_one, "Ineligible: {count} criterion excludes this patient.");
  say(NoteText::ineligible_many, "Ineligible: {count} criteria exclude this patient.");
  say(NoteText::review_one, "Needs review: {count} criterion is in doubt and must be looked at first.");
  say(NoteText::review_many, "Needs review: {count} criteria are in doubt and must be looked at first.");
  say(NoteText::possible_one, "Potentially eligible: nothing on file excludes; {count} criterion is still open.");
  say(NoteText::possible_many, "Potentially eligible: nothing on file excludes; {count} criteria are still open.");
  say(NoteText::what_decides, "What decides it");
  say(NoteText::what_to_ask, "What to ask");
  say(NoteText::against, "Against");
  say(NoteText::still_open, "Still open");
  say(NoteText::in_favour, "In favour");
  say(NoteText::by_absence, "{effect}, nothing on file");
  say(NoteText::is_open, "open, {reason}");
  say(NoteText::criterion, "{id} ({state}): {summary}");
  say(NoteText::decider, "{id}: {summary}");
  say(NoteText::version, " (version {version})");
  say(NoteText::comma, ", ");
  say(NoteText::display, " \"{words}\"");
  say(NoteText::maps_to, " → {concept}");
  say(NoteText::may_change, "may change on {when}");
  say(NoteText::protocol, "protocol: \"{cite}\"");
  say(NoteText::revisit, "To be looked at again on {when}, or when a record changes.");
  say(NoteText::versions, "Trial version {trial}, engine {engine}, tables {tables}.");
  say(NoteText::gone_short, "deceased or not active");
  say(NoteText::open_one, "{count} criterion open");
  say(NoteText::open_many, "{count} criteria open");
  say(NoteText::to_settle, "To be settled with the sponsor");
  say(NoteText::patient, "PATIENT");
  say(NoteText::status, "STATUS");
  say(NoteText::decided_by, "DECIDED BY");
  say(NoteText::flag_heading, "Flag {code}  {trial}  {patient}");
  say(NoteText::conflict,
      "Conflict: its {resource} in the EHR is \"{status}\" ({state}). Set the state that holds: trialflag flags set {code} STATE");
  say(NoteText::flag_status, "Status {status} ({reason}), state {state}");
  say(NoteText::suppressed, "Suppressed: {why}");
  say(NoteText::in_other_trial, "same patient is under trial {trial}'s conversation");
  say(NoteText::enrolled_elsewhere, "same patient is enrolled in trial {trial}");
  say(NoteText::decided_elsewhere, "people have decided on the same patient for trial {trial} under another record");
  say(NoteText::do_not_contact, "the patient is on the do-not-contact list");
  say(NoteText::trial_closed, "the trial is closed for now");
  say(NoteText::trial_full, "the trial is full");
  say(NoteText::treating_physician, "the treating physician has not agreed yet");
  say(NoteText::research_refused, "the patient refuses research");
  say(NoteText::history, "History");
  say(NoteText::event, "{when}  {kind} by {who}");
  say(NoteText::event_why, "{event}: {why}");
  say(NoteText::notices, "Notices");
  say(NoteText::notice, "{when}  {kind} to {who} by {channel}: {state}");
  say(NoteText::none, "none");
  return texts;
}

}  // namespace trialflag::app
