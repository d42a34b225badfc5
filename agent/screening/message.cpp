#include "agent/screening/message.h"

#include <vector>

#include "agent/base/sentence.h"
#include "agent/eligibility/text.h"
#include "agent/screening/mail_text.h"

namespace trialflag::screening {
namespace {

std::string as_text(const Words& words) {
  std::string out;
  for (const std::string& paragraph : words.paragraphs) out += paragraph + "\n\n";
  for (const std::string& item : words.list) out += "  " + item + "\n";
  if (!words.list.empty()) out += "\n";
  return out + "    " + words.link + "\n";
}

/// Styles stand in the elements alone, for mail programs drop sheets of them. A long address or command breaks where a phone ends.
std::string as_html(const Words& words, std::string_view language) {
  std::string out = "<!DOCTYPE html><html lang=\"" + std::string(eligibility::spoken_language(language)) +
                    "\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>" +
                    in_html(words.subject) +
                    "</title></head><body style=\"margin:0;padding:16px;background:#ffffff;color:#222222\"><div style=\"max-width:560px;"
                    "font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.5;word-break:break-word;overflow-wrap:anywhere\">";
  for (const std::string& paragraph : words.paragraphs) out += "<p style=\"margin:0 0 16px\">" + in_html(paragraph) + "</p>";
  if (!words.list.empty()) {
    out += "<ul style=\"margin:0 0 16px;padding-left:24px\">";
    for (const std::string& item : words.list) out += "<li>" + in_html(item) + "</li>";
    out += "</ul>";
  }
  const bool address = words.link.rfind("http", 0) == 0;
  const std::string link = in_html(words.link);
  out += "<p style=\"margin:0\">";
  out += address ? "<a href=\"" + link + "\">" + link + "</a>"
                 : "<code style=\"font-family:Consolas,Menlo,monospace;font-size:15px\">" + link + "</code>";
  return out + "</p></div></body></html>\n";
}

// Fills the sentences of one letter.
class LetterWriter {
 public:
  LetterWriter(const LinkFacts& facts, const MessageContext& context)
      : facts_(facts), context_(context), texts_(mail_texts(context.language)) {
    if (!context.site.empty()) site_ = filled(texts_.of(MailText::at_site), {{"{name}", context.site}});
  }

  [[nodiscard]] Words words() const {
    if (facts_.kind == NoticeKind::alarm) return about_alarm();
    return facts_.one_flag ? about_flag() : about_many();
  }

 private:
  struct Kind {
    MailText subject, what, advice;
    bool counts = false;
  };

  [[nodiscard]] Kind kind_of() const {
    const bool eligible = facts_.status == FlagStatus::potentially_eligible;
    switch (facts_.kind) {
      case NoticeKind::retracted:
        if (facts_.cause == LinkFacts::Cause::closed) return {MailText::subject_closed, MailText::closed, MailText::closed_advice};
        if (facts_.cause == LinkFacts::Cause::full) return {MailText::subject_full, MailText::full, MailText::closed_advice};
        if (facts_.cause == LinkFacts::Cause::opted_out)
          return {MailText::subject_retracted, MailText::opted_out, MailText::retracted_advice};
        if (facts_.cause == LinkFacts::Cause::other_trial)
          return {MailText::subject_retracted, MailText::other_trial, MailText::retracted_advice};
        if (facts_.cause == LinkFacts::Cause::moved)
          return {MailText::subject_retracted, MailText::moved_retracted, MailText::retracted_advice};
        return {MailText::subject_retracted, MailText::retracted, MailText::retracted_advice};
      case NoticeKind::changed:
        if (facts_.status == FlagStatus::withdrawn) return {MailText::subject_moved, MailText::moved, MailText::moved_advice};
        if (facts_.cause == LinkFacts::Cause::moved)
          return {MailText::subject_moved, eligible ? MailText::moved_eligible : MailText::moved_review, MailText::changed_advice, true};
        if (eligible) return {MailText::subject_now_eligible, MailText::changed_eligible, MailText::changed_advice, true};
        return {MailText::subject_now_review, MailText::changed_review, MailText::changed_advice, true};
      case NoticeKind::reminder:
        return {MailText::subject_reminder, MailText::reminder, MailText::opened_advice, true};
      default:
        if (eligible) return {MailText::subject_new_eligible, MailText::opened_eligible, MailText::opened_advice, true};
        return {MailText::subject_new_review, MailText::opened_review, MailText::opened_advice, true};
    }
  }

  [[nodiscard]] std::string say(MailText text, const std::string& code = {}, std::string_view what = {}) const {
    return filled(texts_.of(text), {{"{trial}", trial()},
                                    {"{site}", site_},
                                    {"{code}", code},
                                    {"{what}", what},
                                    {"{who}", facts_.about},
                                    {"{count}", std::to_string(facts_.children.size())}});
  }

  [[nodiscard]] std::string counts() const {
    return filled(texts_.of(MailText::counts), {{"{passes}", std::to_string(facts_.passes)}, {"{opens}", std::to_string(facts_.opens)}});
  }

  [[nodiscard]] Words about_flag() const {
    const Kind kind = kind_of();
    Words words;
    words.subject = say(MailText::subject, facts_.code, texts_.of(kind.subject));
    words.paragraphs = {say(kind.what, facts_.code), (kind.counts ? counts() + " " : "") + say(kind.advice)};
    words.link = context_.link_base.empty() ? "trialflag flags show " + facts_.code : context_.link_base + facts_.code;
    return words;
  }

  /// Of several trials: the program's own name stands in their place.
  [[nodiscard]] std::string trial() const { return facts_.trial.empty() ? "trialflag" : facts_.trial; }

  [[nodiscard]] Words about_alarm() const {
    Words words;
    words.subject = say(MailText::subject_alarm);
    words.paragraphs = {say(facts_.trial.empty() ? MailText::alarm_many : MailText::alarm), say(MailText::alarm_advice)};
    words.link = "trialflag notices list";
    return words;
  }

  [[nodiscard]] Words about_many() const {
    Words words;
    words.subject = say(facts_.gathered ? MailText::subject_digest : MailText::subject_summary);
    words.paragraphs = {say(facts_.trial.empty() ? MailText::digest_many : facts_.gathered ? MailText::digest : MailText::summary)};
    for (const DueNotice::Child& child : facts_.children)
      words.list.push_back((facts_.trial.empty() ? child.trial + "  " : "") + child.code + "  " + std::string(word(child.kind)));
    words.link =
        context_.link_base.empty() ? "trialflag flags list" + (facts_.trial.empty() ? "" : " --trial " + facts_.trial) : context_.link_base;
    return words;
  }

  [[nodiscard]] std::string_view word(NoticeKind kind) const {
    switch (kind) {
      case NoticeKind::opened:
        return texts_.of(MailText::kind_opened);
      case NoticeKind::changed:
        return texts_.of(MailText::kind_changed);
      case NoticeKind::retracted:
        return texts_.of(MailText::kind_retracted);
      case NoticeKind::reminder:
        return texts_.of(MailText::kind_reminder);
      default:
        return texts_.of(MailText::kind_digest);
    }
  }

  const LinkFacts& facts_;
  const MessageContext& context_;
  const MailTexts& texts_;
  std::string site_;
};

}  // namespace

Words words_of(const LinkFacts& facts, const MessageContext& context) {
  return LetterWriter(facts, context).words();
}

Letter compose(const LinkFacts& facts, const MessageContext& context) {
  const Words words = words_of(facts, context);
  Letter letter;
  letter.notice = facts.notice;
  letter.to = facts.to;
  letter.kind = facts.kind;
  letter.flag = facts.flag;
  letter.subject = words.subject;
  letter.text = as_text(words);
  letter.html = as_html(words, context.language);
  letter.date = context.now;
  return letter;
}

}  // namespace trialflag::screening
