// The sentences of what is written into the EHR, beside those of the mails, by language.
#pragma once

#include <string_view>

namespace trialflag::notify {

struct FhirTexts {
  std::string_view list_title;  ///< {trial}
  std::string_view list_code;
  std::string_view task_code;      ///< {trial}
  std::string_view performer;      ///< who is to do the task
  std::string_view how_to_answer;  ///< what its statuses will be taken for
  std::string_view open, against;  ///< heads of the criteria that are open, and that fail
};

/// Of a language tag; English where there are none.
const FhirTexts& fhir_texts(std::string_view language);

}  // namespace trialflag::notify
