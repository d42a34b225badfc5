#include "agent/app/it_notice.h"

#include "agent/base/ids.h"
#include "agent/base/sentence.h"

namespace trialflag::app {
namespace {

using screening::Delivery;
using screening::Letter;

/// Each change of what is told has a number, so that the same flaw, come back, is another letter.
struct Told {
  std::string flaw;
  int number = 0;
};

Told told_from(const std::string& text) {
  const std::size_t end = text.find('\n');
  return end == std::string::npos ? Told() : Told{text.substr(end + 1), std::atoi(text.c_str())};
}

Letter letter_to(const ItAddresses& addresses, const std::string& address, const std::string& flaw, int number, Instant now) {
  Letter letter;
  letter.notice = digest({"it", addresses.site, address, std::to_string(number), flaw}).substr(0, 24);
  letter.to.recipient = "it";
  letter.to.address = address;
  letter.kind = screening::NoticeKind::alarm;
  letter.date = now;
  const std::string where = addresses.site.empty() ? "" : " (" + addresses.site + ")";
  std::string first, second;
  if (flaw.empty()) {
    letter.subject = "trialflag: the tables and trial files are in use again" + where;
    first = "The mapping tables and trial files in place are sound, and in use.";
    second = "Nothing is to be done.";
  } else {
    letter.subject = "trialflag: a mapping table or trial file cannot be used" + where;
    first = flaw;
    second =
        "Until it is mended the agent goes on with the tables and trial files that were sound last. `trialflag check` shows all that is "
        "amiss.";
  }
  letter.text = first + "\n\n" + second + "\n";
  letter.html = "<p>" + in_html(first) + "</p><p>" + in_html(second) + "</p>";
  return letter;
}

}  // namespace

Result<std::string> tell_it(const ItAddresses& addresses, const std::string& flaw, screening::Sender* sender, store::State& state,
                            const Clock& clock) {
  std::string problem;
  for (const std::string& address : addresses.to) {
    const std::string key = "it " + digest({address}).substr(0, 16);
    const auto note = state.note(key);
    if (!note) return tl::unexpected(note.error());
    const Told told = told_from(*note);
    if (told.flaw == flaw) continue;
    if (sender == nullptr) return std::string("notify.it: no mail can be sent, for notify.email is not configured");
    const auto outcome = sender->send(letter_to(addresses, address, flaw, told.number + 1, clock.now()));
    // One that may have arrived counts: the trouble stands in the log and in status all the same.
    if (outcome.delivery == Delivery::refused_for_now) {
      if (problem.empty()) problem = "notify.it: a letter was not accepted: " + outcome.error;
      continue;
    }
    if (outcome.delivery != Delivery::accepted && problem.empty()) problem = "notify.it: a letter was not accepted: " + outcome.error;
    if (auto kept = state.keep_note(key, std::to_string(told.number + 1) + "\n" + flaw); !kept) return tl::unexpected(kept.error());
  }
  return problem;
}

}  // namespace trialflag::app
