// The sentences of a verdict are complete in every language that is spoken.
#include "agent/eligibility/text.h"

#include <algorithm>

#include "tests/support/catalogue.h"

using namespace trialflag::eligibility;

TEST_CASE("text: every language has every sentence, with the placeholders of the English one") {
  for (const std::string_view language : kLanguages) {
    CAPTURE(language);
    trialflag::test::check_catalogue(texts_in("en").sentences, texts_in(language).sentences);
  }
}

TEST_CASE("text: every language names the eight items of STOP-Bang") {
  for (const std::string_view language : kLanguages) {
    const std::string names = texts_in(language).of(Text::score_names);
    CHECK(std::count(names.begin(), names.end(), '|') == 7);
  }
}

TEST_CASE("text: a language tag is understood with its region, and English stands in for the others") {
  CHECK(spoken_language("zh-CN") == "zh");
  CHECK(spoken_language("de_AT") == "de");
  CHECK(spoken_language("fr").empty());
  CHECK(spoken_language("zha").empty());
  CHECK(texts_in("fr").sentences == texts_in("en").sentences);
  CHECK(texts_in("zh-Hans-CN").sentences == chinese_texts().sentences);
}

TEST_CASE("text: every key has a name of its own") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kTexts; ++i) names.insert(name_of(static_cast<Text>(i)));
  CHECK(names.size() == kTexts);
  CHECK(names.count("") == 0);
}
