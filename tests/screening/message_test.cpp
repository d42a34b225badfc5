// Letters say where to look and nothing of the patient (interface.md section 6).
#include "agent/screening/message.h"

#include <catch2/catch.hpp>
#include <map>

#include "agent/screening/mail_text.h"
#include "tests/support/catalogue.h"

using namespace trialflag;
using namespace trialflag::screening;

namespace {

DueNotice due(NoticeKind kind, FlagStatus status) {
  DueNotice due;
  due.notice.id = "n1";
  due.notice.kind = kind;
  due.notice.trial = {"T1"};
  due.notice.to = {"li", "Dr Li", "li@hospital.example"};
  due.flag.emplace();
  due.flag->id = {"f1"};
  due.notice.flag = due.flag->id;
  due.flag->code = "K7Q2";
  due.flag->trial = {"T1"};
  due.flag->patient = {"SECRET-PATIENT"};
  due.flag->reason = "SECRET-REASON";
  due.flag->record = "SECRET-RECORD";
  due.flag->status = status;
  due.flag->passes = 29;
  due.flag->opens = 1;
  return due;
}

const MessageContext kContext{"<Rig> Hospital", "", {0}};

}  // namespace

TEST_CASE("message: every kind names trial and code, tells how to read the rest, and holds no patient data") {
  for (const std::string language : {"en", "zh", "de"}) {
    for (const NoticeKind kind : {NoticeKind::opened, NoticeKind::changed, NoticeKind::retracted}) {
      for (const FlagStatus status :
           {FlagStatus::potentially_eligible, FlagStatus::needs_review, FlagStatus::ineligible, FlagStatus::withdrawn}) {
        auto context = kContext;
        context.language = language;
        const Letter letter = compose(due(kind, status), context);
        CHECK_THAT(letter.subject, Catch::Contains("T1") && Catch::Contains("K7Q2"));
        CHECK_THAT(letter.text, Catch::Contains("trialflag flags show K7Q2"));
        CHECK_THAT(letter.subject + letter.text + letter.html, !Catch::Contains("SECRET"));
        CHECK_THAT(letter.subject + letter.text, !Catch::Contains("{"));
        CHECK(letter.flag == "f1");
      }
    }
  }
}

TEST_CASE("message: an opening counts what passes and what is open") {
  CHECK_THAT(compose(due(NoticeKind::opened, FlagStatus::needs_review), kContext).text, Catch::Contains("Criteria: 29 pass, 1 open."));
}

TEST_CASE("message: names are escaped in HTML, and a link takes the place of the command where there is one") {
  auto context = kContext;
  context.link_base = "https://t.example/flags/";
  const Letter letter = compose(due(NoticeKind::opened, FlagStatus::needs_review), context);
  CHECK_THAT(letter.html, Catch::Contains("&lt;Rig&gt;") && Catch::Contains("<a href=\"https://t.example/flags/K7Q2\">"));
  CHECK_THAT(letter.text, Catch::Contains("https://t.example/flags/K7Q2") && !Catch::Contains("trialflag flags"));
}

TEST_CASE("message: a summary lists codes and kinds and belongs to no flag") {
  DueNotice summary = due(NoticeKind::digest, FlagStatus::needs_review);
  summary.flag.reset();
  summary.notice.flag = {};
  summary.children = {{"K7Q2", NoticeKind::opened}, {"B0B0", NoticeKind::retracted}};
  const Letter letter = compose(summary, kContext);
  CHECK_THAT(letter.text, Catch::Contains("K7Q2  opened") && Catch::Contains("B0B0  retracted"));
  CHECK(letter.flag.empty());
}

TEST_CASE("message: a digest of several trials, and an alarm about one, say so in the place of a trial") {
  for (const auto& [language, many] :
       std::map<std::string, std::string>{{"en", "of several trials"}, {"de", "mehreren Studien"}, {"zh", "多项试验"}}) {
    auto context = kContext;
    context.language = language;
    DueNotice together = due(NoticeKind::digest, FlagStatus::needs_review);
    together.flag.reset();
    together.notice.flag = {};
    together.notice.trial = {};
    together.in_digest = true;
    together.children = {{"K7Q2", NoticeKind::opened, "T1"}, {"B0B0", NoticeKind::retracted, "T2"}};
    const Letter digest = compose(together, context);
    CHECK_THAT(digest.subject, Catch::StartsWith("[trialflag] "));
    CHECK_THAT(digest.text, Catch::Contains(many) && Catch::Contains("T1  K7Q2"));
    together.notice.kind = NoticeKind::alarm;
    together.about = "wang";
    const Letter alarm = compose(together, context);
    CHECK_THAT(alarm.subject, Catch::StartsWith("[trialflag] "));
    CHECK_THAT(alarm.text, Catch::Contains(many) && Catch::Contains("wang"));
  }
}

TEST_CASE("message: a reader is written to in their language, in English where there are no texts in it") {
  auto context = kContext;
  context.language = "zh-CN";
  const Letter letter = compose(due(NoticeKind::opened, FlagStatus::needs_review), context);
  CHECK(letter.subject == "[T1] K7Q2：新增待核实病历");
  CHECK_THAT(letter.text, Catch::Contains("入排标准：29条通过，1条待定。"));
  context.language = "de";
  CHECK_THAT(compose(due(NoticeKind::opened, FlagStatus::needs_review), context).text, Catch::Contains("Kriterien: 29 erfüllt, 1 offen."));
  context.language = "fr";
  CHECK_THAT(compose(due(NoticeKind::opened, FlagStatus::needs_review), context).text, Catch::Contains("Criteria: 29 pass, 1 open."));
}

TEST_CASE("message: every language has every sentence, with the placeholders of the English one") {
  for (const char* language : {"zh", "de"}) test::check_catalogue(mail_texts("en").sentences, mail_texts(language).sentences);
}
