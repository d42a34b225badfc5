#include "mappings/answers.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <string>

namespace trialflag::mappings {
namespace {

bool denies(std::string_view word) {
  std::string low(word);
  std::transform(low.begin(), low.end(), low.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::string_view kDenials[] = {"not", "non", "none", "never", "without", "false", "nicht", "kein", "keine", "ohne", "falsch"};
  return std::find(std::begin(kDenials), std::end(kDenials), low) != std::end(kDenials) || low.starts_with("non-");
}

}  // namespace

bool answers_yes_within(const Tables& tables, std::string_view text) {
  constexpr std::size_t kLongest = 400;  // bytes; longer ones tell of more than one thing
  constexpr std::size_t kShortest = 4;   // of a word that means it wherever it stands
  constexpr std::string_view kEnds = ",;/\n", kBlanks = " \t()[]:.";
  if (text.size() > kLongest) return false;
  std::string plain(text);
  for (const char* mark : {"，", "；", "、", "。"})
    for (std::size_t at = plain.find(mark); at != std::string::npos; at = plain.find(mark, at)) plain.replace(at, 3, ",");
  const auto holds = [](std::string_view clause, std::initializer_list<std::string_view> words) {
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return clause.find(word) != std::string_view::npos; });
  };
  for (std::size_t begin = 0; begin < plain.size();) {
    const std::size_t end = std::min(plain.find_first_of(kEnds, begin), plain.size());
    const std::string_view clause = std::string_view(plain).substr(begin, end - begin);
    begin = end + 1;
    bool yes = holds(clause, {"阳性", "陽性", "检出", "檢出"}),
         no = holds(clause, {"阴性", "陰性", "未", "非阳", "非陽", "无", "無", "不", "假阳", "假陽"});
    for (std::size_t at = clause.find_first_not_of(kBlanks); at != std::string_view::npos;) {
      const std::size_t stop = std::min(clause.find_first_of(kBlanks, at), clause.size());
      const std::string_view word = clause.substr(at, stop - at);
      yes = yes || (word.size() >= kShortest && tables.answer_word(word) == "positive");
      no = no || tables.answer_word(word) == "negative" || denies(word);
      at = clause.find_first_not_of(kBlanks, stop);
    }
    if (yes && !no) return true;
  }
  return false;
}

}  // namespace trialflag::mappings
