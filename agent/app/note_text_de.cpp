// The words around a verdict in German.
#include "agent/app/note_text.h"

namespace trialflag::app {
namespace {

constexpr std::pair<std::string_view, std::string_view> kGermanNames[] = {
    {"potentially_eligible", "möglicherweise geeignet"},
    {"needs_review", "zu prüfen"},
    {"ineligible", "nicht geeignet"},
    {"not_a_candidate", "kein Kandidat"},
    {"not_screened", "nicht geprüft"},
    {"withdrawn", "zurückgezogen"},
    {"pass", "erfüllt"},
    {"fail", "schließt aus"},
    {"open", "offen"},
    {"conflicting", "widersprüchlich"},
    {"weak_evidence", "schwacher Hinweis"},
    {"incomplete_source", "Quelle unvollständig"},
    {"judgement", "vom Prüfarzt zu beurteilen"},
    {"partial", "unvollständige Angaben"},
    {"stale", "veraltet"},
    {"no_data", "keine Angaben"},
    {"needs_person", "im Gespräch zu klären"},
    {"new", "neu"},
    {"acknowledged", "gesehen"},
    {"contacted", "angesprochen"},
    {"screening", "in Voruntersuchung"},
    {"enrolled", "eingeschlossen"},
    {"screen_failed", "Voruntersuchung nicht bestanden"},
    {"declined", "abgelehnt"},
    {"opened", "neu markiert"},
    {"changed", "geändert"},
    {"fell", "entfallen"},
    {"reopened", "erneut markiert"},
    {"retracted", "zurückgenommen"},
    {"digest", "Zusammenfassung"},
    {"note", "Notiz"},
    {"set", "Bearbeitung geändert"},
    {"waiting", "wartet"},
    {"sent", "gesendet"},
    {"stuck", "hängt fest"},
    {"suppressed", "entfällt"},
    {"engine", "Programm"},
    {"email", "E-Mail"},
    {"fhir", "FHIR"},
    {"no criterion fails", "kein Kriterium schließt aus"},
    {"deceased", "verstorben"},
    {"record inactive", "Akte nicht aktiv"},
    {"record gone", "Akte nicht mehr vorhanden"},
    {"now under another record", "jetzt unter einer anderen Akte"},
};

}  // namespace

NoteTexts german_notes() {
  NoteTexts texts;
  texts.names = kGermanNames;
  const auto say = [&](NoteText key, std::string_view sentence) { texts.sentences[static_cast<std::size_t>(key)] = sentence; };
  say(NoteText::heading, "{patient}, Studie {trial}, Stand {when}");
  say(NoteText::gone, "Kein Kandidat: verstorben, oder die Akte ist nicht aktiv.");
  say(NoteText::entry_fails, "Kein Kandidat: das wichtigste Einschlusskriterium trifft nicht zu.");
  say(NoteText::not_screened,
      "Nicht geprüft: erst muss die Quelle repariert werden; was entscheiden könnte, wurde nicht vollständig gelesen.");
  say(NoteText::ineligible_one, "Nicht geeignet: {count} Kriterium schließt diesen Patienten aus.");
  say(NoteText::ineligible_many, "Nicht geeignet: {count} Kriterien schließen diesen Patienten aus.");
  say(NoteText::review_one, "Zu prüfen: {count} Kriterium ist zweifelhaft und muss zuerst angesehen werden.");
  say(NoteText::review_many, "Zu prüfen: {count} Kriterien sind zweifelhaft und müssen zuerst angesehen werden.");
  say(NoteText::possible_one, "Möglicherweise geeignet: nichts in der Akte schließt aus; {count} Kriterium ist noch offen.");
  say(NoteText::possible_many, "Möglicherweise geeignet: nichts in der Akte schließt aus; {count} Kriterien sind noch offen.");
  say(NoteText::what_decides, "Was entscheidet");
  say(NoteText::what_to_ask, "Was zu fragen ist");
  say(NoteText::against, "Dagegen");
  say(NoteText::still_open, "Noch offen");
  say(NoteText::in_favour, "Dafür");
  say(NoteText::by_absence, "{effect}");
  say(NoteText::is_open, "offen, {reason}");
  say(NoteText::criterion, "{id} ({state}): {summary}");
  say(NoteText::decider, "{id}: {summary}");
  say(NoteText::version, " (Version {version})");
  say(NoteText::comma, ", ");
  say(NoteText::display, " „{words}“");
  say(NoteText::maps_to, " → {concept}");
  say(NoteText::may_change, "kann sich am {when} ändern");
  say(NoteText::protocol, "Protokoll (übersetzt): „{cite}“");
  say(NoteText::revisit, "Wieder anzusehen am {when}, oder wenn sich ein Eintrag ändert.");
  say(NoteText::versions, "Versionen: Studie {trial}, Programm {engine}, Tabellen {tables}.");
  say(NoteText::gone_short, "verstorben oder nicht aktiv");
  say(NoteText::open_one, "{count} Kriterium offen");
  say(NoteText::open_many, "{count} Kriterien offen");
  say(NoteText::to_settle, "Mit dem Sponsor zu klären");
  say(NoteText::patient, "PATIENT");
  say(NoteText::status, "STATUS");
  say(NoteText::decided_by, "ENTSCHEIDEND");
  say(NoteText::flag_heading, "Markierung {code}  {trial}  {patient}");
  say(NoteText::conflict,
      "Widerspruch: {resource} in der Krankenakte ist \"{status}\" ({state}). Setzen Sie, was gilt: trialflag flags set {code} STATE");
  say(NoteText::flag_status, "Status: {status} ({reason}); Bearbeitung: {state}");
  say(NoteText::suppressed, "Niemand wird benachrichtigt: {why}");
  say(NoteText::in_other_trial, "mit derselben Person wird für die Studie {trial} gesprochen");
  say(NoteText::enrolled_elsewhere, "dieselbe Person ist in die Studie {trial} eingeschlossen");
  say(NoteText::decided_elsewhere, "über dieselbe Person wurde für die Studie {trial} unter einer anderen Akte entschieden");
  say(NoteText::do_not_contact, "die Person steht auf der Liste derer, die nicht angesprochen werden sollen");
  say(NoteText::trial_closed, "die Studie ist vorerst geschlossen");
  say(NoteText::trial_full, "die Studie ist voll");
  say(NoteText::treating_physician, "der behandelnde Arzt hat noch nicht zugestimmt");
  say(NoteText::research_refused, "die Person lehnt Forschung ab");
  say(NoteText::history, "Verlauf");
  say(NoteText::event, "{when}  {kind}, durch {who}");
  say(NoteText::event_why, "{event}: {why}");
  say(NoteText::notices, "Nachrichten");
  say(NoteText::notice, "{when}  {kind}, an {who} per {channel}: {state}");
  say(NoteText::none, "keine");
  return texts;
}

}  // namespace trialflag::app
