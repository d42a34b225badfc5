// The test mail server (tests/support/smtp_server.py) as a process of its own that lives as long as the object, with its folder of mails.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace trialflag::testing {

/// Throws std::runtime_error when the server does not start: a test cannot go on then.
class MailServerProcess {
 public:
  /// `options` as smtp_server.py has them, "--dir" and "--port" aside.
  explicit MailServerProcess(const std::vector<std::string>& options = {});
  ~MailServerProcess();
  MailServerProcess(const MailServerProcess&) = delete;
  MailServerProcess& operator=(const MailServerProcess&) = delete;

  [[nodiscard]] int port() const { return port_; }
  /// What goes wrong from now on ("rcpt 550"); empty: nothing.
  void misbehave(const std::string& how) const;
  /// The mails received so far, as sent over the wire, in order.
  [[nodiscard]] std::vector<std::string> mails() const;

 private:
  std::filesystem::path folder_;
  pid_t pid_ = -1;
  int port_ = 0;
};

}  // namespace trialflag::testing
