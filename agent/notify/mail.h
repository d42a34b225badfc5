// Letters by SMTP through libcurl. The only file pair that talks to a mail server.
#pragma once

#include <chrono>
#include <filesystem>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "agent/screening/ports.h"

namespace trialflag::notify {

/// How to reach the mail server.
struct MailServer {
  enum class Security : std::uint8_t { starttls, tls, none };
  std::string host;
  std::vector<std::string> more_hosts = {};  ///< tried in turn when the one before cannot be reached or takes nothing
  int port = 587;
  Security security = Security::starttls;
  std::string user;                     ///< empty: no sign-in
  std::filesystem::path password_file;  ///< read for every letter, so that a new password needs no restart
  std::filesystem::path ca_file;        ///< empty: the system's authorities
  std::string from;                     ///< "trialflag@hospital.example"
  std::chrono::seconds patience{30};    ///< for all before the text, while reading waits; of it ten to connect and sign in
  std::chrono::seconds timeout{600};    ///< for the answer to the text, which may be scanned first (RFC 5321, 4.5.3.2.6)
};

/// Sends one letter at a time over a connection of its own. Not thread-safe.
class MailSender final : public screening::Sender {
 public:
  explicit MailSender(MailServer server);

  /// A letter under way is given up soon after `stop` is requested.
  void stop_with(std::stop_token stop) { stop_ = std::move(stop); }

  /// accepted: the server took the letter. refused_for_good: it answered the recipient or the text with 5xx. refused_for_now: with 4xx, or
  /// it was not reached, or takes nothing from us (it refuses our greeting, our sender or to relay), or its certificate or our sign-in is
  /// no good, or it was silent within the last minute. uncertain: the conversation broke after the text was sent, so the letter may have
  /// been taken.
  screening::DeliveryOutcome send(const screening::Letter& letter) override;

  /// Connects and signs in, sends nothing. unavailable: not reached, or its certificate is no good; unauthorized: it refuses our sign-in.
  Result<void> try_out();

 private:
  /// `reached`: the server judged the letter or our sign-in, so that another one is not asked.
  screening::DeliveryOutcome send_by(const MailServer& server, const screening::Letter& letter, bool& reached);

  MailServer server_;
  std::stop_token stop_;
  std::chrono::steady_clock::time_point left_alone_until_{};  ///< after it was silent, for reading waits for each conversation
};

/// The header lines of a letter, in order, without line ends; every value is free of line breaks and in ASCII.
std::vector<std::string> header_lines(const screening::Letter& letter, const std::string& from);

}  // namespace trialflag::notify
