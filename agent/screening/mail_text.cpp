#include "agent/screening/mail_text.h"

#include "agent/eligibility/text.h"

namespace trialflag::screening {

const MailTexts& mail_texts(std::string_view language) {
  static const MailTexts english = english_mails(), chinese = chinese_mails(), german = german_mails();
  const std::string_view spoken = eligibility::spoken_language(language);
  return spoken == "zh" ? chinese : spoken == "de" ? german : english;
}

}  // namespace trialflag::screening
