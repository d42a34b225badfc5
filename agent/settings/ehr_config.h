// The part of agent.yaml under `ehr`: where the FHIR server is and how to treat it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "agent/settings/quiet_hours.h"

namespace trialflag::settings {

struct AuthConfig {
  enum class Kind { none, basic, bearer, smart_backend };
  Kind kind = Kind::none;
  std::string user;                   ///< basic
  std::filesystem::path secret_file;  ///< basic: password_file; bearer: token_file; smart_backend: key_file
  int secret_line = 0;                ///< in agent.yaml, for messages

  // smart_backend; empty but for client_id: as the key and the server say
  std::string client_id, key_id, algorithm, token_url, scopes;
};

/// What `keys` takes from `ehr.auth`. The file need not be there: it may be what is to be made.
struct KeyConfig {
  std::filesystem::path file;  ///< key_file; empty: none is named
  std::string id, algorithm;   ///< key_id, algorithm; may be empty
};

/// Whom to screen.
struct RosterConfig {
  enum class Kind { all, group, file };
  Kind kind = Kind::all;
  std::string group;           ///< the id of a Group
  std::filesystem::path file;  ///< roster_file.h
};

/// Whether whole types are read by an export (FHIR Bulk Data) instead of a search.
struct BulkConfig {
  enum class Use { by_capability, never, always };
  Use use = Use::by_capability;
  std::string group;  ///< the id of the Group whose members are exported; empty: everybody
};

/// Where the EHR may say that something has changed, so that the next cycle begins early.
struct SubscribeConfig {
  std::string listen = "127.0.0.1:9465";   ///< where the agent listens
  std::string url;                         ///< what the EHR is told to call, without a trailing slash
  std::chrono::seconds at_most_every{10};  ///< early cycles
};

struct EhrConfig {
  std::string base_url;  ///< without a trailing slash
  AuthConfig auth;
  RosterConfig roster;
  std::filesystem::path ca_file;                            ///< beside the system's authorities; empty: those alone
  std::filesystem::path client_cert_file, client_key_file;  ///< both or neither
  int max_connections = 5;
  int requests_per_minute = 0;            ///< 0: no limit
  std::optional<QuietHours> quiet_hours;  ///< in the site's zone: no first load, reconciliation or export
  int page_size = 100;
  std::chrono::seconds request_timeout{60};
  std::chrono::seconds retry_for{60};
  std::chrono::seconds stale_after{24 * 3600};
  std::chrono::seconds overlap{5 * 60};
  std::uint64_t max_page_bytes = 64ULL << 20;
  std::vector<std::string> allowed_origins;
  bool rewrite_link_origin = false;
  bool reports = true;  ///< DiagnosticReports are asked for, for the Observations that they name
  BulkConfig bulk;
  std::optional<SubscribeConfig> subscribe;
};

}  // namespace trialflag::settings
