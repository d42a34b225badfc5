#include "agent/screening/message.h"

#include <vector>

#include "agent/base/sentence.h"
#include "agent/screening/mail_text.h"

namespace trialflag::screening {
namespace {

/// A letter as paragraphs, from which both its forms are made.
struct Words {
  std::string subject;
  std::vector<std::string> paragraphs;
  std::vector<std::string> list;
  std::string link;  ///< shown last; an address or a command
};

std::string escaped(const std::string& text) {
  std::string out;
  for (const char sign : text) {
    switch (sign) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += sign;
    }
  }
  return out;
}

std::string as_text(const Words& words) {
  std::string out;
  for (const std::string& paragraph : words.paragraphs) out += paragraph + "\n\n";
  for (const std::string& item : words.list) out += "  " + item + "\n";
  if (!words.list.empty()) out += "\n";
  return out + "    " + words.link + "\n";
}

std::string as_html(const Words& words) {
  std::string out = "<!DOCTYPE html><html><body>";
  for (const std::string& paragraph : words.paragraphs) out += "<p>" + escaped(paragraph) + "</p>";
  if (!words.list.empty()) {
    out += "<ul>";
    for (const std::string& item : words.list) out += "<li>" + escaped(item) + "</li>";
    out += "</ul>";
  }
  const bool address = words.link.rfind("http", 0) == 0;
  const std::string link = escaped(words.link);
  out += address ? "<p><a href=\"" + link + "\">" + link + "</a></p>" : "<p><code>" + link + "</code></p>";
  return out + "</body></html>\n";
}

// Fills the sentences of one letter.
class Writer {
 public:
  Writer(const DueNotice& due, const MessageContext& context)
      : due_(due),
        context_(context),
        texts_(mail_texts(context.language)),
        trial_(due.flag ? due.flag->trial.value : due.notice.trial.value) {
    if (!context.site.empty()) site_ = filled(texts_.of(MailText::at_site), {{"{name}", context.site}});
  }

  [[nodiscard]] Words words() const { return due_.flag ? about_flag(*due_.flag) : about_many(); }

 private:
  struct Kind {
    MailText subject, what, advice;
    bool counts = false;
  };

  [[nodiscard]] Kind kind_of(const Flag& flag) const {
    const bool eligible = flag.status == FlagStatus::potentially_eligible;
    switch (due_.notice.kind) {
      case NoticeKind::retracted:
        return {MailText::subject_retracted, MailText::retracted, MailText::retracted_advice};
      case NoticeKind::changed:
        if (flag.status == FlagStatus::withdrawn) return {MailText::subject_moved, MailText::moved, MailText::moved_advice};
        if (eligible) return {MailText::subject_now_eligible, MailText::changed_eligible, MailText::changed_advice, true};
        return {MailText::subject_now_review, MailText::changed_review, MailText::changed_advice, true};
      default:
        if (eligible) return {MailText::subject_new_eligible, MailText::opened_eligible, MailText::opened_advice, true};
        return {MailText::subject_new_review, MailText::opened_review, MailText::opened_advice, true};
    }
  }

  [[nodiscard]] std::string say(MailText text, const std::string& code = {}, std::string_view what = {}) const {
    return filled(
        texts_.of(text),
        {{"{trial}", trial_}, {"{site}", site_}, {"{code}", code}, {"{what}", what}, {"{count}", std::to_string(due_.children.size())}});
  }

  [[nodiscard]] std::string counts(const Flag& flag) const {
    return filled(texts_.of(MailText::counts), {{"{passes}", std::to_string(flag.passes)}, {"{opens}", std::to_string(flag.opens)}});
  }

  [[nodiscard]] Words about_flag(const Flag& flag) const {
    const Kind kind = kind_of(flag);
    Words words;
    words.subject = say(MailText::subject, flag.code, texts_.of(kind.subject));
    words.paragraphs = {say(kind.what, flag.code), (kind.counts ? counts(flag) + " " : "") + say(kind.advice)};
    words.link = context_.link_base.empty() ? "trialflag flags show " + flag.code : context_.link_base + flag.code;
    return words;
  }

  [[nodiscard]] Words about_many() const {
    Words words;
    words.subject = say(MailText::subject_summary);
    words.paragraphs = {say(MailText::summary)};
    for (const DueNotice::Child& child : due_.children) words.list.push_back(child.code + "  " + std::string(word(child.kind)));
    words.link = context_.link_base.empty() ? "trialflag flags list --trial " + trial_ : context_.link_base;
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
      case NoticeKind::digest:
        return texts_.of(MailText::kind_digest);
    }
    return {};
  }

  const DueNotice& due_;
  const MessageContext& context_;
  const MailTexts& texts_;
  const std::string trial_;
  std::string site_;
};

}  // namespace

Letter compose(const DueNotice& due, const MessageContext& context) {
  const Words words = Writer(due, context).words();
  Letter letter;
  letter.notice = due.notice.id;
  letter.to = due.notice.to;
  letter.kind = due.notice.kind;
  letter.flag = due.notice.flag.value;
  letter.subject = words.subject;
  letter.text = as_text(words);
  letter.html = as_html(words);
  letter.date = context.now;
  return letter;
}

}  // namespace trialflag::screening
