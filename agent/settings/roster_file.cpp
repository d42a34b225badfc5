#include "agent/settings/roster_file.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>

#include "agent/settings/settled_file.h"

namespace trialflag::settings {
namespace {

constexpr std::size_t kLongestId = 64;  ///< FHIR's

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

}  // namespace

bool is_patient_id(std::string_view text) {
  return !text.empty() && text.size() <= kLongestId &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '.'; });
}

Result<RosterFile> read_roster_file(const std::filesystem::path& path, Instant now) {
  const auto content = read_settled(path, now);
  if (!content) return tl::unexpected(content.error());
  std::istringstream file(*content);
  RosterFile roster;
  std::set<std::string, std::less<>> met;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    std::string_view text = line;
    if (number == 1 && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    text = trimmed(text.substr(0, text.find('#')));
    if (text.empty()) continue;
    if (text.starts_with("Patient/")) text.remove_prefix(8);
    if (!is_patient_id(text)) {
      roster.flaws.push_back(number);
    } else if (met.emplace(text).second) {
      roster.ids.emplace_back(text);
    }
  }
  return roster;
}

}  // namespace trialflag::settings
