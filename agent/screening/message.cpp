#include "agent/screening/message.h"

#include <vector>

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

std::string plural(int count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string counts(const Flag& flag) {
  return plural(flag.passes, "criterion passes", "criteria pass") + ", " + plural(flag.opens, "is", "are") + " open.";
}

std::string standing(FlagStatus status) {
  return status == FlagStatus::potentially_eligible ? "may be eligible" : "needs a review before it can be called a candidate";
}

Words about_flag(const DueNotice& due, const MessageContext& context) {
  const Flag& flag = *due.flag;
  const std::string where = context.site.empty() ? "" : " at " + context.site;
  Words words;
  words.subject = "[" + flag.trial.value + "] " + flag.code + ": ";
  words.link = context.link_base.empty() ? "trialflag flags show " + flag.code : context.link_base + flag.code;
  switch (due.notice.kind) {
    case NoticeKind::retracted:
      words.subject += "no longer a candidate";
      words.paragraphs = {
          "Flag " + flag.code + " of trial " + flag.trial.value + where + " is taken back: the records no longer support it.",
          "Please do not approach this patient for the trial on its account. The reason can be read here:"};
      break;
    case NoticeKind::changed:
      if (flag.status == FlagStatus::withdrawn) {
        words.subject += "now under another record";
        words.paragraphs = {
            "The record behind flag " + flag.code + " of trial " + flag.trial.value + where + " was merged into another one.",
            "The history of the flag can be read here:"};
        break;
      }
      words.subject += flag.status == FlagStatus::potentially_eligible ? "now potentially eligible" : "now needs review";
      words.paragraphs = {
          "Flag " + flag.code + " of trial " + flag.trial.value + where + " has changed: the record " + standing(flag.status) + ".",
          counts(flag) + " The reasons can be read here:"};
      break;
    default:
      words.subject += flag.status == FlagStatus::potentially_eligible ? "new candidate" : "new record to review";
      words.paragraphs = {
          "A patient" + where + " was flagged for trial " + flag.trial.value + ": the record " + standing(flag.status) + ".",
          counts(flag) + " What decides each of them, and what to ask, can be read here:"};
  }
  return words;
}

Words about_many(const DueNotice& due, const MessageContext& context) {
  const int count = static_cast<int>(due.children.size());
  Words words;
  words.subject = "[" + due.notice.trial.value + "] summary: " + plural(count, "flag", "flags");
  words.paragraphs = {"Trial " + due.notice.trial.value + (context.site.empty() ? "" : " at " + context.site) + ": " +
                      plural(count, "flag has", "flags have") + " changed at once. They are told together:"};
  for (const DueNotice::Child& child : due.children) words.list.push_back(child.code + "  " + std::string(name_of(child.kind)));
  words.link = context.link_base.empty() ? "trialflag flags list --trial " + due.notice.trial.value : context.link_base;
  return words;
}

}  // namespace

Letter compose(const DueNotice& due, const MessageContext& context) {
  const Words words = due.flag ? about_flag(due, context) : about_many(due, context);
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
