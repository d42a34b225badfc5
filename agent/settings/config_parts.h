// How each part of agent.yaml is read; private to agent/settings. Every function adds its flaws and answers with what it could read.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "agent/settings/agent_config.h"
#include "agent/settings/map_reader.h"

namespace trialflag::settings {

/// What the readers of all parts share.
struct Reading {
  std::filesystem::path folder;  ///< of agent.yaml: relative paths begin here
  Flaws& flaws;
  std::vector<Flaw>& not_yet;
  Secrets secrets = Secrets::readable;
};

ScreeningConfig read_screening(MapReader& root, Reading& reading);
EhrConfig read_ehr(const YamlNode& node, Reading& reading);
KeyConfig read_key(const YamlNode& auth, Reading& reading);
std::vector<Recipient> read_recipients(const YamlNode& node, const SiteConfig& site, Reading& reading);
NotifyConfig read_notify(const YamlNode& node, Reading& reading);

/// Empty when the key is absent.
std::filesystem::path read_path(MapReader& map, std::string_view key, const Reading& reading);
/// A file that must be readable now, unless secrets stay unread. A bare name is looked for among the service's credentials first (systemd's
/// LoadCredential=).
/// Its flaws do not repeat what was written: it might be the secret itself.
std::filesystem::path read_secret_file(MapReader& map, std::string_view key, const Reading& reading);
/// A file that must be readable now (certificates and the like).
std::filesystem::path read_file(MapReader& map, std::string_view key, const Reading& reading);
/// The same of a file of certificates, which holds one at least, as PEM.
std::filesystem::path read_certificates(MapReader& map, std::string_view key, const Reading& reading);
/// Checks an http(s) URL: plain http is for loopback unless `allow_insecure`.
void check_url(MapReader& map, std::string_view key, const std::string& text, bool allow_insecure);
/// Checks an address to listen at, HOST:PORT; `example` is told as the remedy. It is plain http, so for loopback unless `allow_insecure`.
void check_listen(MapReader& map, std::string_view key, const std::string& text, const std::string& example, bool allow_insecure);
/// An identifier of letters, digits, "-", "_" and ".".
void check_id(MapReader& map, std::string_view key, const std::string& text);
void check_mail_address(MapReader& map, std::string_view key, const std::string& text);
Delivery read_delivery(MapReader& map, std::string_view key);
/// The key quiet_hours: "20:00-07:00", or none.
std::optional<QuietHours> read_quiet_hours(MapReader& map);
/// "07:30" as minute of the day, or -1.
int parse_clock_time(std::string_view text);
/// The language that mails and notes are written in. One without a catalogue is no flaw: English stands in, and it is noted.
std::string read_language(MapReader& map, const std::string& fallback, const Reading& reading);

}  // namespace trialflag::settings
