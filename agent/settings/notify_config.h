// The parts of agent.yaml under `recipients` and `notify`: who is told what, when and over which way.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/time.h"
#include "agent/settings/quiet_hours.h"

namespace trialflag::settings {

/// When a recipient's mails go out.
struct Delivery {
  enum class Kind { immediate, daily, weekly };
  Kind kind = Kind::immediate;
  int weekday = 0;  ///< weekly: 0 Monday … 6 Sunday
  int minute = 0;   ///< daily, weekly: minute of the day

  friend bool operator==(const Delivery&, const Delivery&) = default;
};

struct Recipient {
  std::string id, name, email;
  std::string language;             ///< the site's unless set
  std::vector<std::string> trials;  ///< empty: all
  std::vector<std::string> on;      ///< potentially_eligible, needs_review, retracted; all three unless set
  Delivery delivery;
  std::string timezone;  ///< the site's unless set
};

struct EmailConfig {
  enum class Security { starttls, tls, none };
  std::string host;
  int port = 587;  ///< unless set: 587 with starttls, 465 with tls, 25 with none
  Security security = Security::starttls;
  std::string user;                     ///< empty: no sign-in
  std::filesystem::path password_file;  ///< set exactly when user is
  std::filesystem::path ca_file;        ///< empty: the system's authorities
  std::vector<std::string> more_hosts;  ///< tried in turn when `host` cannot be reached; the same port
  std::string from;
  std::string link_base;  ///< a flag's code behind it is its link: ends in "/" or "="; may be empty
};

struct Webhook {
  std::string id, url;
  std::filesystem::path secret_file, ca_file;
  std::string format = "json";          ///< json, teams, slack, wecom, dingtalk
  std::vector<std::string> on, trials;  ///< empty: every flag event of every trial
  Delivery delivery;
};

struct NotifyConfig {
  std::optional<EmailConfig> email;
  std::vector<Webhook> webhooks;
  std::vector<std::string> it;          ///< mail addresses of whoever looks after tables and trial files
  std::vector<std::string> write_back;  ///< ResearchSubject, List, Task, Communication; empty: nothing is written into the EHR
  int per_recipient_per_week = 20;
  std::optional<QuietHours> quiet_hours;  ///< in the recipient's zone
  int flood = 25;
  std::chrono::seconds remind_after{7 * 24 * 3600};  ///< 0: never
};

}  // namespace trialflag::settings
