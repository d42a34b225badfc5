// Text cut and wrapped to columns, wide characters counted.
#include "agent/app/columns.h"

#include <catch2/catch.hpp>

using namespace trialflag::app;
using Lines = std::vector<std::string>;

TEST_CASE("columns: Chinese takes two columns, combining marks none") {
  CHECK(width_of("abc") == 3);
  CHECK(width_of("纤维肌痛") == 8);
  CHECK(width_of("e\xCC\x81") == 1);
  CHECK(width_of("Müller") == 6);
  CHECK(width_of("\xFF\xFE") == 2);
}

TEST_CASE("columns: a cell is padded or cut to its width") {
  CHECK(fitted("abc", 5) == "abc  ");
  CHECK(fitted("abcdef", 5) == "abcd…");
  CHECK(fitted("纤维肌痛", 6) == "纤维… ");
  CHECK(cut_to("a\nb", 5) == "a b");
}

TEST_CASE("columns: words are wrapped at blanks, Chinese between characters, and what is too long is broken") {
  CHECK(wrapped("one two three", 7) == Lines{"one two", "three"});
  CHECK(wrapped("纤维肌痛综合征", 6) == Lines{"纤维肌", "痛综合", "征"});
  CHECK(wrapped("abcdefgh ij", 4) == Lines{"abcd", "efgh", "ij"});
  CHECK(wrapped("", 4).empty());
}

TEST_CASE("columns: a sign that closes begins no line, one that opens ends none") {
  CHECK(wrapped("纤维肌痛，是", 8) == Lines{"纤维肌", "痛，是"});
  CHECK(wrapped("病历（旧）", 6) == Lines{"病历", "（旧）"});
  CHECK(wrapped("糖化（HbA1c）：七", 12) == Lines{"糖化", "（HbA1c）：", "七"});
  CHECK(wrapped("他说：“好”。", 10) == Lines{"他说：", "“好”。"});
}

TEST_CASE("columns: no wrapped line is wider than asked") {
  const std::string text = "有 fibromyalgia 的病人 took duloxetine/pregabalin-long-release 60 mg 每日一次 since 2019-05-02";
  for (std::size_t width = 2; width < 60; ++width)
    for (const std::string& line : wrapped(text, width)) CHECK(width_of(line) <= width);
}

TEST_CASE("columns: what would steer a terminal or turn the direction of a line is blank, and bytes that are no UTF-8 are marked") {
  CHECK(cut_to("a\x1B[2Jb", 9) == "a [2Jb");
  CHECK(cut_to("a\xC2\x9B"
               "b\x7F",
               9) == "a b ");
  CHECK(cut_to("a\xE2\x80\xAE"
               "b",
               9) == "a b");
  CHECK(wrapped("one\x07two", 20) == Lines{"one two"});
  CHECK(fitted("\xC3(\xE7", 5) == "\xEF\xBF\xBD(\xEF\xBF\xBD  ");
}
