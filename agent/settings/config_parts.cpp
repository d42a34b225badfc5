#include "agent/settings/config_parts.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <fstream>

#include "agent/base/url.h"
#include "agent/eligibility/text.h"

namespace trialflag::settings {
namespace {

bool readable_file(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && access(path.c_str(), R_OK) == 0;
}

std::filesystem::path among_credentials(const std::string& name) {
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr || *folder == '\0' || name.find('/') != std::string::npos) return {};
  const std::filesystem::path path = std::filesystem::path(folder) / name;
  return readable_file(path) ? path : std::filesystem::path();
}

int two_digits(std::string_view text) {
  int value = -1;
  if (text.size() != 2 || text[0] == '-') return -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + 2, value);
  return error == std::errc() && end == text.data() + 2 ? value : -1;
}

bool parse_weekly(std::string_view text, Delivery& delivery) {
  constexpr std::array<std::string_view, 7> kDays = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  const auto day = std::find(kDays.begin(), kDays.end(), text.substr(0, 3));
  if (day == kDays.end() || text.size() != 9 || text[3] != '-') return false;
  delivery = {Delivery::Kind::weekly, static_cast<int>(day - kDays.begin()), parse_clock_time(text.substr(4))};
  return delivery.minute >= 0;
}

bool parse_delivery(std::string_view text, Delivery& delivery) {
  if (text == "immediate") return true;
  if (text.starts_with("weekly@")) return parse_weekly(text.substr(7), delivery);
  if (!text.starts_with("daily@")) return false;
  delivery = {Delivery::Kind::daily, 0, parse_clock_time(text.substr(6))};
  return delivery.minute >= 0;
}

}  // namespace

std::optional<QuietHours> read_quiet_hours(MapReader& map) {
  const std::string text = map.text("quiet_hours", "none");
  if (text == "none") return std::nullopt;
  QuietHours hours;
  if (text.size() == 11 && text[5] == '-') {
    hours = {parse_clock_time(std::string_view(text).substr(0, 5)), parse_clock_time(std::string_view(text).substr(6))};
    if (hours.first >= 0 && hours.last >= 0 && hours.first != hours.last) return hours;
  }
  map.flaw("quiet_hours", "is \"" + text + "\"", "write \"20:00-07:00\" or none");
  return std::nullopt;
}

int parse_clock_time(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return -1;
  const int hour = two_digits(text.substr(0, 2));
  const int minute = two_digits(text.substr(3));
  return hour < 0 || hour > 23 || minute < 0 || minute > 59 ? -1 : hour * 60 + minute;
}

std::filesystem::path read_path(MapReader& map, std::string_view key, const Reading& reading) {
  const std::string text = map.text(key);
  return text.empty() ? std::filesystem::path() : (reading.folder / text).lexically_normal();
}

std::filesystem::path read_secret_file(MapReader& map, std::string_view key, const Reading& reading) {
  const std::string text = map.text(key);
  if (text.empty()) return {};
  if (const auto credential = among_credentials(text); !credential.empty()) return credential;
  const std::filesystem::path path = (reading.folder / text).lexically_normal();
  if (reading.secrets == Secrets::readable && !readable_file(path))
    map.flaw(key, "names no file that can be read", "name the file that holds the secret, readable by the agent's user");
  return path;
}

std::filesystem::path read_file(MapReader& map, std::string_view key, const Reading& reading) {
  const std::filesystem::path path = read_path(map, key, reading);
  if (!path.empty() && !readable_file(path)) map.flaw(key, path.string() + " cannot be read", "check the path and who may read it");
  return path;
}

std::filesystem::path read_certificates(MapReader& map, std::string_view key, const Reading& reading) {
  const std::filesystem::path path = read_file(map, key, reading);
  if (path.empty() || !readable_file(path)) return path;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("-----BEGIN ") && line.find("CERTIFICATE-----") != std::string::npos) return path;
  map.flaw(key, path.string() + " holds no certificate", "give it as PEM, from -----BEGIN CERTIFICATE----- on");
  return path;
}

void check_url(MapReader& map, std::string_view key, const std::string& text, bool allow_insecure) {
  if (text.empty()) return;
  const auto url = parse_url(text);
  if (!url) {
    map.flaw(key, "cannot be used: " + url.error().message, "write https://host/path, secrets in files");
    return;
  }
  if (!url->secure() && !is_loopback(url->host) && !allow_insecure)
    map.flaw(key, "is plain http to another machine", "use https, or set allow_insecure: true beside it");
}

void check_listen(MapReader& map, std::string_view key, const std::string& text, const std::string& example, bool allow_insecure) {
  const auto address = parse_url("http://" + text);
  if (!address || address->target() != "/" || text.find(':') == std::string::npos || text.ends_with('/')) {
    map.flaw(key, "is \"" + text + "\"", "write " + example);
  } else if (!is_loopback(address->host) && !allow_insecure) {
    map.flaw(key, "is open to other machines", "write " + example + ", or set allow_insecure: true beside it");
  }
}

void check_id(MapReader& map, std::string_view key, const std::string& text) {
  const bool plain =
      std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.'; });
  if (!plain || text.size() > 64) map.flaw(key, "is no identifier", R"(use up to 64 letters, digits, "-", "_" and ".")");
}

void check_mail_address(MapReader& map, std::string_view key, const std::string& text) {
  if (text.empty()) return;
  const bool plain =
      std::none_of(text.begin(), text.end(), [](unsigned char c) { return c <= ' ' || c == 127 || c == ',' || c == '<' || c == '>'; });
  const std::size_t at = text.find('@');
  const bool parts = at != std::string::npos && at > 0 && at + 1 < text.size() && text.find('@', at + 1) == std::string::npos;
  if (!plain || !parts) map.flaw(key, "is no mail address", "write name@host");
}

Delivery read_delivery(MapReader& map, std::string_view key) {
  Delivery delivery;
  if (!parse_delivery(map.text(key, "immediate"), delivery)) {
    map.flaw(key, "is no delivery", "write immediate, daily@08:00 or weekly@Mon-08:00");
    return {};
  }
  return delivery;
}

std::string read_language(MapReader& map, const std::string& fallback, const Reading& reading) {
  const std::string language = map.text("language", fallback);
  const bool plain = language.size() >= 2 &&
                     std::all_of(language.begin(), language.end(), [](unsigned char c) { return std::isalpha(c) != 0 || c == '-'; });
  if (!plain) {
    map.flaw("language", "is \"" + language + "\"", "write a language such as en or zh");
  } else if (map.has("language") && eligibility::spoken_language(language).empty()) {
    std::string known;
    for (const std::string_view each : eligibility::kLanguages) known.append(known.empty() ? "" : ", ").append(each);
    reading.not_yet.push_back({reading.flaws.file(), map.node("language").line(),
                               map.name_of("language") + " is " + language + ", which nothing is written in yet, so English is",
                               "write one of " + known});
  }
  return language;
}

}  // namespace trialflag::settings
