#include "agent/notify/fhir_text.h"

#include "agent/eligibility/text.h"

namespace trialflag::notify {
namespace {

constexpr FhirTexts kEnglish = {
    "Screening list of trial {trial}",
    "Candidates to be screened",
    "Review a candidate for trial {trial}",
    "Study nurse",
    "Accept this task when you look at it. Complete it when the patient has been contacted. Reject it, with the reason, when the patient "
    "is "
    "not to be approached or does not want to take part.",
    "Open:",
    "Against:",
};

constexpr FhirTexts kChinese = {
    "试验 {trial} 的筛选清单",
    "待筛选的候选者",
    "审核试验 {trial} 的候选者",
    "研究护士",
    "开始查看时请接受此任务。已联系患者后请完成此任务。如不应联系患者或患者不愿参加，请拒绝此任务并写明原因。",
    "待定：",
    "不符合：",
};

constexpr FhirTexts kGerman = {
    "Screeningliste der Studie {trial}",
    "Kandidaten für das Screening",
    "Kandidaten für die Studie {trial} prüfen",
    "Study Nurse",
    "Nehmen Sie die Aufgabe an, wenn Sie sie ansehen. Schließen Sie sie ab, wenn mit dem Patienten gesprochen wurde. Lehnen Sie sie mit "
    "Begründung ab, wenn er nicht angesprochen werden soll oder nicht teilnehmen will.",
    "Offen:",
    "Dagegen:",
};

}  // namespace

const FhirTexts& fhir_texts(std::string_view language) {
  const std::string_view spoken = eligibility::spoken_language(language);
  return spoken == "zh" ? kChinese : spoken == "de" ? kGerman : kEnglish;
}

}  // namespace trialflag::notify
