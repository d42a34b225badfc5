// The sentences of mails, by language.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace trialflag::screening {

/// Placeholders: {trial}, {code} of the flag, {passes} and {opens}, {count}; {site} " at Example Hospital", or nothing where no site is
/// named.
enum class MailText : std::uint8_t {
  at_site,  ///< {name}: what {site} becomes
  subject,  ///< {what}: one of those below
  subject_retracted,
  subject_moved,
  subject_now_eligible,
  subject_now_review,
  subject_new_eligible,
  subject_new_review,
  subject_summary,
  subject_digest,
  subject_reminder,
  subject_alarm,
  subject_closed,
  subject_full,
  retracted,
  retracted_advice,
  moved,
  moved_advice,
  moved_retracted,
  moved_eligible,
  moved_review,
  changed_eligible,
  changed_review,
  changed_advice,
  closed,
  full,
  opted_out,
  other_trial,
  closed_advice,
  reminder,
  alarm,  ///< {who}
  alarm_advice,
  opened_eligible,
  opened_review,
  opened_advice,
  counts,  ///< {passes} {opens}
  summary,
  digest,
  digest_many,  ///< of several trials
  alarm_many,   ///< {who}; the same
  and_more,     ///< {count}: behind a list that was cut
  kind_opened,
  kind_changed,
  kind_retracted,
  kind_digest,
  kind_reminder,
  count_
};

inline constexpr std::size_t kMailTexts = static_cast<std::size_t>(MailText::count_);

struct MailTexts {
  std::array<std::string_view, kMailTexts> sentences;
  [[nodiscard]] std::string_view of(MailText text) const { return sentences[static_cast<std::size_t>(text)]; }
};

/// The catalogue of a language tag; English where there is none. Complete: every key has a sentence.
const MailTexts& mail_texts(std::string_view language);
MailTexts english_mails();
MailTexts chinese_mails();
MailTexts german_mails();

}  // namespace trialflag::screening
