// The sentences of mails in English.
#include "agent/screening/mail_text.h"

namespace trialflag::screening {

MailTexts english_mails() {
  MailTexts texts;
  const auto say = [&](MailText key, std::string_view sentence) { texts.sentences[static_cast<std::size_t>(key)] = sentence; };
  say(MailText::at_site, " at {name}");
  say(MailText::subject, "[{trial}] {code}: {what}");
  say(MailText::subject_retracted, "no longer a candidate");
  say(MailText::subject_moved, "now under another record");
  say(MailText::subject_now_eligible, "now potentially eligible");
  say(MailText::subject_now_review, "now needs review");
  say(MailText::subject_new_eligible, "new candidate");
  say(MailText::subject_new_review, "new record to review");
  say(MailText::subject_summary, "[{trial}] summary: {count} flags");
  say(MailText::retracted, "Flag {code} of trial {trial}{site} is taken back: the patient is a candidate no longer.");
  say(MailText::retracted_advice, "Please do not approach this patient for the trial on its account. The reason can be read here:");
  say(MailText::moved, "The record behind flag {code} of trial {trial}{site} was merged into another one.");
  say(MailText::moved_advice, "The history of the flag can be read here:");
  say(MailText::moved_retracted, "Flag {code} of trial {trial}{site} is taken back: its record was merged into another one.");
  say(MailText::moved_eligible,
      "A patient{site} of whom you were told for trial {trial} is now under another record, with flag {code}: the record may be eligible.");
  say(MailText::moved_review,
      "A patient{site} of whom you were told for trial {trial} is now under another record, with flag {code}: the record needs a review "
      "before it can be called a candidate.");
  say(MailText::changed_eligible, "Flag {code} of trial {trial}{site} has changed: the record may be eligible.");
  say(MailText::changed_review,
      "Flag {code} of trial {trial}{site} has changed: the record needs a review before it can be called a candidate.");
  say(MailText::changed_advice, "The reasons can be read here:");
  say(MailText::opened_eligible, "A patient{site} was flagged for trial {trial}: the record may be eligible.");
  say(MailText::opened_review,
      "A patient{site} was flagged for trial {trial}: the record needs a review before it can be called a candidate.");
  say(MailText::opened_advice, "What decides each of them, and what to ask, can be read here:");
  say(MailText::counts, "Criteria: {passes} pass, {opens} open.");
  say(MailText::summary, "Trial {trial}{site}: flags that have changed at once: {count}. They are told together:");
  say(MailText::kind_opened, "opened");
  say(MailText::kind_changed, "changed");
  say(MailText::kind_retracted, "retracted");
  say(MailText::kind_digest, "digest");
  say(MailText::subject_digest, "[{trial}] digest: {count} notices");
  say(MailText::subject_reminder, "still waits for a look");
  say(MailText::subject_alarm, "[{trial}] notices do not arrive");
  say(MailText::subject_closed, "trial closed");
  say(MailText::subject_full, "trial full");
  say(MailText::closed, "Trial {trial}{site} is closed for now, so flag {code} is taken back.");
  say(MailText::full, "Trial {trial}{site} has all its places taken, so flag {code} is taken back.");
  say(MailText::opted_out, "Flag {code} of trial {trial}{site} is taken back: this person is not to be approached for research.");
  say(MailText::other_trial, "Flag {code} of trial {trial}{site} is taken back: this person is in conversation for another trial.");
  say(MailText::closed_advice, "The records are as they were, and nothing needs to be done. The flag can be read here:");
  say(MailText::reminder, "Flag {code} of trial {trial}{site} still waits: nobody has acknowledged it.");
  say(MailText::alarm, "What is told to {who} of trial {trial}{site} does not arrive: it was refused for good, or for days.");
  say(MailText::alarm_advice, "Please tell them, or whoever looks after trialflag. The notices and their errors can be listed so:");
  say(MailText::digest, "What is new of trial {trial}{site}:");
  say(MailText::digest_many, "What is new of several trials{site}:");
  say(MailText::alarm_many, "What is told to {who} of several trials{site} does not arrive: it was refused for good, or for days.");
  say(MailText::and_more, "and {count} more");
  say(MailText::kind_reminder, "reminder");
  return texts;
}

}  // namespace trialflag::screening
