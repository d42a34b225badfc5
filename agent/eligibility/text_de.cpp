// The catalogue in German.
#include "agent/eligibility/text.h"

namespace trialflag::eligibility {

Texts german_texts() {
  Texts texts;
  const auto say = [&](Text key, const char* sentence) { texts.sentences[static_cast<std::size_t>(key)] = sentence; };
  say(Text::present, "{what}: liegt vor (seit: {when})");
  say(Text::past, "{what}: in der Vorgeschichte ({when})");
  say(Text::on_record, "{what}: dokumentiert ({when})");
  say(Text::weak, "{what}: ein Eintrag spricht dafür, ist aber nicht sicher ({when})");
  say(Text::conflicting, "{what}: bestätigt, danach widerlegt ({when})");
  say(Text::judgement, "{what}: Einträge, die der Prüfarzt beurteilen muss ({when})");
  say(Text::incomplete, "{what}: nicht zu beurteilen, die Akte wurde nicht vollständig gelesen");
  say(Text::rejected, "{what}: ein dokumentierter Wert ist nicht verwertbar");
  say(Text::unreadable_drug, "{what}: ein dokumentiertes Arzneimittel ist nicht zu erkennen");
  say(Text::nothing_found, "{what}: nichts dokumentiert");
  say(Text::no_data, "{what}: nichts dokumentiert, was entscheiden könnte");
  say(Text::needs_person, "{what}: aus der Akte nicht zu beurteilen");
  say(Text::stale, "{what}: nur ein alter Eintrag ({when})");
  say(Text::partial, "{what}: das dokumentierte Datum oder der Wert lässt es offen ({when})");
  say(Text::value, "{what}: {value} ({when})");
  say(Text::named_value, "{what}: {measured} {value} ({when})");
  say(Text::stale_value, "{what}: letzter Wert {value} ist zu alt ({when})");
  say(Text::mean, "{what}: Mittelwert {mean}, Tage mit Angabe: {low}");
  say(Text::mean_so_far, "{what}: Mittelwert bisher {mean}, Tage mit Angabe: {low}");
  say(Text::age, "{count} Jahre alt");
  say(Text::age_missing, "Geburtsdatum fehlt");
  say(Text::age_unsure, "das Geburtsdatum lässt die Altersgrenze offen");
  say(Text::language, "bevorzugt eine Sprache, in der die Studie nicht geführt wird");
  say(Text::refused, "lehnt Forschung ab");
  say(Text::consent_unclear, "eine Forschungseinwilligung, die gelesen werden muss ({when})");
  say(Text::score_total, "{what}: Gesamtwert {value} ({when})");
  say(Text::score_items, "{what} aus den Einzelpunkten: {low} bis {high}");
  say(Text::score_partial, "{what} aus den Einzelpunkten: {low} bis {high}; es fehlen: {items}");
  say(Text::scores_contradict, "{what}: diagnostiziert, aber die dokumentierten ACR-Werte erfüllen die Kriterien nicht ({when})");
  say(Text::drug, "{what}: Verordnung oder Einnahme dokumentiert ({when})");
  say(Text::drug_weak, "{what}: ein Arzneimitteleintrag spricht dafür, ist aber nicht sicher ({when})");
  say(Text::drug_not_taken, "{what}: verordnet, später aber als nicht eingenommen dokumentiert ({when})");
  say(Text::pressure_classes, "{what}: nimmt Antihypertensiva aus {count} Klassen");
  say(Text::pressure_crisis, "{what}: letzter Blutdruck {value} ({when})");
  say(Text::pressure_stale, "{what}: letzter Blutdruck {value} ({when}), seither nicht gemessen");
  say(Text::male, "{what}: männlich");
  say(Text::over_age, "{what}: über 55 und nichts dokumentiert");
  say(Text::too_old, "{what}: über 55");
  say(Text::state_positive, "{what}: dokumentiert ({when})");
  say(Text::state_negative, "{what}: als nicht zutreffend dokumentiert ({when})");
  say(Text::state_conflict, "{what}: die Einträge widersprechen sich ({when})");
  say(Text::delivered, "{what}: Entbindung innerhalb eines Jahres ({when}), seither kein Eintrag");
  say(Text::allergy_other, "{what}: Allergien dokumentiert, keine gegen ein Studienmedikament");
  say(Text::allergy_none_known, "{what}: als ohne bekannte Allergie dokumentiert");
  say(Text::allergy_unnamed, "{what}: eine Arzneimittelallergie ohne Namen des Mittels ({when})");
  say(Text::relief_none, "{what}: unzureichend, der Schmerz nach der Behandlung ist weiter stark");
  say(Text::relief_some, "{what}: der Schmerz nach der Behandlung ist gering");
  say(Text::relief_unmeasured, "{what}: Behandlung dokumentiert, danach kein Schmerzwert ({when})");
  say(Text::result, "{what}: Drogentest positiv ({when})");
  say(Text::score_names, "Schnarchen|Tagesmüdigkeit|beobachtete Atempausen|Blutdruck|BMI|Alter|Halsumfang|Geschlecht");
  say(Text::between_items, ", ");
  say(Text::date_unknown, "Datum unbekannt");
  say(Text::number_unknown, "ohne Zahl");
  return texts;
}

}  // namespace trialflag::eligibility
