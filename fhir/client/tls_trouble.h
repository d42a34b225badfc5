// Why TLS with a server failed: the HTTP library tells no more than that it did, if that.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "agent/base/result.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace trialflag::fhir {

/// What befell the handshakes with one origin. Thread-safe. Each text says what is wrong and what can be done about it.
class TlsTrouble {
 public:
  /// Notes in `trouble` what befalls the connections that `context` makes; is called for each new context.
  static void watch(ssl_ctx_st* context, const std::shared_ptr<TlsTrouble>& trouble);

  [[nodiscard]] std::uint64_t count() const;
  /// The last, if there were more than `count`; else empty.
  [[nodiscard]] std::string since(std::uint64_t count) const;

  /// Of a handshake that ended without a word of why.
  static std::string broke_off();

  void note(const std::string& text);

 private:
  mutable std::mutex mutex_;
  std::uint64_t count_ = 0;
  std::string last_;
};

/// Whether an error's text came from a TlsTrouble.
bool is_of_tls(const Error& error);

}  // namespace trialflag::fhir
