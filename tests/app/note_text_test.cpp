// The words around a verdict are complete in every language, for every name that a note may have to tell.
#include "agent/app/note_text.h"

#include "agent/eligibility/text.h"
#include "agent/eligibility/verdict.h"
#include "agent/screening/ledger.h"
#include "tests/support/catalogue.h"

using namespace trialflag;
using namespace trialflag::app;

namespace {

template <typename Enum>
void add_names(std::set<std::string_view>& names, int count) {
  for (int i = 0; i < count; ++i) names.insert(name_of(static_cast<Enum>(i)));
}

std::set<std::string_view> names_in_notes() {
  std::set<std::string_view> names{"fell", "reopened", "note", "set", "waiting", "sent", "stuck", "suppressed", "engine", "email"};
  names.insert({"no criterion fails", "deceased", "record inactive", "record gone", "now under another record"});
  add_names<eligibility::Status>(names, 5);
  add_names<eligibility::Effect>(names, 3);
  add_names<eligibility::Reason>(names, 9);
  add_names<screening::FlagStatus>(names, 4);
  add_names<screening::FlagState>(names, 7);
  add_names<screening::NoticeKind>(names, 4);
  names.erase("");
  return names;
}

}  // namespace

TEST_CASE("notes: every language has every sentence, with the placeholders of the English one") {
  for (const std::string_view language : eligibility::kLanguages) {
    CAPTURE(language);
    test::check_catalogue(note_texts("en").sentences, note_texts(language).sentences);
  }
}

TEST_CASE("notes: every status, state, effect, reason and kind has a word in Chinese and in German") {
  CHECK(names_in_notes().size() > 35);
  for (const char* language : {"zh", "de"})
    for (const std::string_view name : names_in_notes()) {
      CAPTURE(language, name);
      CHECK(note_texts(language).word(name) != name);
    }
}

TEST_CASE("notes: in English a reason is told without underscores, a status as the commands take it") {
  CHECK(note_texts("en").word("weak_evidence") == "weak evidence");
  CHECK(note_texts("en").word("needs_review") == "needs_review");
}
