// The sentences of mails in German.
#include "agent/screening/mail_text.h"

namespace trialflag::screening {

MailTexts german_mails() {
  MailTexts texts;
  const auto say = [&](MailText key, std::string_view sentence) { texts.sentences[static_cast<std::size_t>(key)] = sentence; };
  say(MailText::at_site, " ({name})");
  say(MailText::subject, "[{trial}] {code}: {what}");
  say(MailText::subject_retracted, "kein Kandidat mehr");
  say(MailText::subject_moved, "jetzt unter einer anderen Akte");
  say(MailText::subject_now_eligible, "jetzt möglicherweise geeignet");
  say(MailText::subject_now_review, "jetzt zu prüfen");
  say(MailText::subject_new_eligible, "neuer Kandidat");
  say(MailText::subject_new_review, "neue Akte zu prüfen");
  say(MailText::subject_summary, "[{trial}] Zusammenfassung, Markierungen: {count}");
  say(MailText::retracted, "Die Markierung {code} der Studie {trial}{site} ist zurückgenommen: der Patient ist kein Kandidat mehr.");
  say(MailText::retracted_advice, "Bitte sprechen Sie diesen Patienten ihretwegen nicht auf die Studie an. Der Grund steht hier:");
  say(MailText::moved, "Die Akte zur Markierung {code} der Studie {trial}{site} wurde mit einer anderen zusammengeführt.");
  say(MailText::moved_advice, "Der Verlauf der Markierung steht hier:");
  say(MailText::moved_retracted,
      "Markierung {code} der Studie {trial}{site} wird zurückgenommen: Die Akte wurde mit einer anderen zusammengeführt.");
  say(MailText::moved_eligible,
      "Eine Person{site}, die Ihnen für Studie {trial} gemeldet wurde, steht jetzt unter einer anderen Akte, mit Markierung {code}: Die "
      "Akte "
      "könnte passen.");
  say(MailText::moved_review,
      "Eine Person{site}, die Ihnen für Studie {trial} gemeldet wurde, steht jetzt unter einer anderen Akte, mit Markierung {code}: Die "
      "Akte "
      "muss geprüft werden, bevor von einer Kandidatin oder einem Kandidaten die Rede sein kann.");
  say(MailText::changed_eligible,
      "Die Markierung {code} der Studie {trial}{site} hat sich geändert: der Patient ist möglicherweise geeignet.");
  say(MailText::changed_review,
      "Die Markierung {code} der Studie {trial}{site} hat sich geändert: die Akte muss geprüft werden, bevor der Patient als Kandidat "
      "gelten kann.");
  say(MailText::changed_advice, "Die Gründe stehen hier:");
  say(MailText::opened_eligible, "Ein Patient{site} wurde für die Studie {trial} markiert: er ist möglicherweise geeignet.");
  say(MailText::opened_review,
      "Ein Patient{site} wurde für die Studie {trial} markiert: die Akte muss geprüft werden, bevor er als Kandidat gelten kann.");
  say(MailText::opened_advice, "Was jeweils entscheidet und was zu fragen ist, steht hier:");
  say(MailText::counts, "Kriterien: {passes} erfüllt, {opens} offen.");
  say(MailText::summary, "Studie {trial}{site}: Markierungen, die sich zugleich geändert haben: {count}. Sie werden zusammen gemeldet:");
  say(MailText::kind_opened, "neu");
  say(MailText::kind_changed, "geändert");
  say(MailText::kind_retracted, "zurückgenommen");
  say(MailText::kind_digest, "Zusammenfassung");
  say(MailText::subject_digest, "[{trial}] Sammelmeldung: {count} Meldungen");
  say(MailText::subject_reminder, "wartet noch auf Durchsicht");
  say(MailText::subject_alarm, "[{trial}] Meldungen kommen nicht an");
  say(MailText::subject_closed, "Studie geschlossen");
  say(MailText::subject_full, "Studie voll");
  say(MailText::closed, "Die Studie {trial}{site} ist vorerst geschlossen; die Meldung {code} wird daher zurückgenommen.");
  say(MailText::full, "In der Studie {trial}{site} sind alle Plätze vergeben; die Meldung {code} wird daher zurückgenommen.");
  say(MailText::opted_out,
      "Die Meldung {code} der Studie {trial}{site} wird zurückgenommen: Diese Person soll für Forschung nicht angesprochen werden.");
  say(MailText::other_trial,
      "Die Meldung {code} der Studie {trial}{site} wird zurückgenommen: Mit dieser Person wird über eine andere Studie gesprochen.");
  say(MailText::closed_advice, "Die Akte ist unverändert, und es ist nichts zu tun. Die Meldung ist hier zu lesen:");
  say(MailText::reminder, "Die Meldung {code} der Studie {trial}{site} wartet noch: Niemand hat sie bestätigt.");
  say(MailText::alarm,
      "Was {who} von der Studie {trial}{site} gemeldet wird, kommt nicht an: Es wurde endgültig oder seit Tagen abgewiesen.");
  say(MailText::alarm_advice, "Bitte sagen Sie dort oder der Betreuung von trialflag Bescheid. Die Meldungen und ihre Fehler zeigt:");
  say(MailText::digest, "Neues aus der Studie {trial}{site}:");
  say(MailText::digest_many, "Neues aus mehreren Studien{site}:");
  say(MailText::alarm_many,
      "Was {who} aus mehreren Studien{site} gemeldet wird, kommt nicht an: Es wurde endgültig oder seit Tagen abgewiesen.");
  say(MailText::and_more, "und {count} weitere");
  say(MailText::kind_reminder, "Erinnerung");
  return texts;
}

}  // namespace trialflag::screening
