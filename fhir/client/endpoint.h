// Where the FHIR server is, how to sign in, and how much of its time and memory a request may take.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "fhir/client/breaker.h"
#include "fhir/client/proxy.h"

namespace trialflag::fhir {

/// How the agent shows who it is by SMART Backend Services.
struct SmartClient {
  std::string client_id;
  std::filesystem::path key_file;         ///< a private key as SigningKey::read takes it; read anew for each assertion
  std::string key_id;                     ///< kid; empty: the key's thumbprint
  std::string algorithm;                  ///< "ES384", "RS384"; empty: whichever the key is for
  std::string token_url;                  ///< empty: as the server tells
  std::string scopes;                     ///< empty: one for each of `types`
  std::vector<std::string> types;         ///< the resource types that will be asked for
  std::vector<std::string> written = {};  ///< and those that will be written
  std::vector<std::string> added = {};    ///< and those that will be created and changed, never deleted
};

/// How to sign in. The secret is read from its file when a request needs it, again after each 401, and kept nowhere else.
struct SignIn {
  enum class Kind : std::uint8_t { none, basic, bearer, smart_backend };
  Kind kind = Kind::none;
  std::string user;                   ///< basic
  std::filesystem::path secret_file;  ///< basic: the password; bearer: the token. One trailing newline is not part of it.
  SmartClient smart = {};             ///< smart_backend
};

struct Endpoint {
  std::string base_url;  ///< "https://ehr.example.org/fhir": absolute http or https, without query
  SignIn sign_in;
  std::filesystem::path ca_file;                            ///< PEM; beside the system's authorities. Empty: the system's alone.
  std::filesystem::path client_cert_file, client_key_file;  ///< PEM; both or neither

  int page_size = 100;                               ///< _count
  std::chrono::milliseconds request_timeout{60000};  ///< of one request, from connect to the last byte
  std::chrono::milliseconds retry_for{60000};        ///< the longest that one search, read or history goes on retrying, waits included
  std::uint64_t max_page_bytes = 64ULL << 20;        ///< of one answer, unpacked
  int max_connections = 5;
  int requests_per_minute = 0;  ///< for which requests wait, whatever they are for; 0: no limit

  std::vector<std::string> allowed_origins;  ///< "https://other.example.org": origins beside base_url's to which links may lead
  bool rewrite_link_origin = false;          ///< a next link to any other origin is read at base_url's instead
  std::string user_agent = "trialflag";
  std::function<void()> on_exchange;  ///< called by many threads when an exchange has ended, well or not; may be empty
  Proxies proxies;                    ///< none unless set

  struct BulkLimits {
    std::chrono::milliseconds file_timeout{30 * 60000};  ///< of one file, from connect to the last byte
    std::uint64_t max_file_bytes = 1ULL << 30;           ///< of one file, unpacked
    std::uint64_t max_line_bytes = 5ULL << 20;
    std::size_t max_pages = 1000;  ///< of a manifest
  };
  BulkLimits bulk;

  Breaker::Rules breaker;
  std::size_t max_pages = 100000;                          ///< of one search or history
  std::chrono::milliseconds longest_search{24 * 3600000};  ///< with all its pages
};

}  // namespace trialflag::fhir
