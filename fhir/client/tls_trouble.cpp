#include "fhir/client/tls_trouble.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace trialflag::fhir {
namespace {

constexpr std::string_view kFailed = "the TLS handshake failed: ";

void free_held(void* /*context*/, void* held, CRYPTO_EX_DATA* /*all*/, int /*index*/, long /*number*/, void* /*pointer*/) {
  delete static_cast<std::shared_ptr<TlsTrouble>*>(held);
}

/// Where a context holds its TlsTrouble, which lives as long as the context does.
int place() {
  static const int kPlace = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_held);
  return kPlace;
}

TlsTrouble* trouble_of(const SSL* tls) {
  const auto* held = static_cast<std::shared_ptr<TlsTrouble>*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(tls), place()));
  return held == nullptr ? nullptr : held->get();
}

constexpr const char* kTooOld = "the server speaks no TLS 1.2 or newer at that address; have it allowed there";

/// Why we ended it.
std::string ours(const SSL* tls, int alert) {
  const long verdict = SSL_get_verify_result(tls);
  switch (verdict) {
    case X509_V_OK:
      break;
    case X509_V_ERR_UNSPECIFIED:  // our own look at the names says no more than no
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "the server's certificate does not name its host; write the host in ehr.base_url as the certificate does, or have it reissued";
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return std::string("the server's certificate is not valid now (") + X509_verify_cert_error_string(verdict) +
             "); have it renewed, and check the machine's clock";
    default:
      return std::string("the server's certificate is not trusted (") + X509_verify_cert_error_string(verdict) +
             "); set ehr.tls.ca_file to the certificate of the authority that signed it";
  }
  if (alert == SSL_AD_PROTOCOL_VERSION) return kTooOld;
  return std::string("what the server says cannot be followed (") + SSL_alert_desc_string_long(alert) + ")";
}

/// Why the server ended it.
std::string theirs(const SSL* tls, int alert) {
  if (alert == SSL_AD_PROTOCOL_VERSION) return kTooOld;
  // OpenSSL has no words for that one.
  const char* words = alert == SSL_AD_CERTIFICATE_REQUIRED ? "certificate required" : SSL_alert_desc_string_long(alert);
  const std::string told = std::string(" (") + words + ")";
  const bool shown = SSL_get_certificate(tls) != nullptr;
  switch (alert) {
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_CERTIFICATE_REQUIRED:
    case SSL_AD_HANDSHAKE_FAILURE:
    case SSL_AD_ACCESS_DENIED:
      return shown ? "the server refuses us" + told + "; does it take the certificate of ehr.tls.client_cert_file?"
                   : "the server refuses us" + told +
                         "; if it asks for a client certificate, set ehr.tls.client_cert_file and client_key_file";
    default:
      return "the server ended it" + told;
  }
}

void take(const SSL* tls, int where, int value) {
  constexpr int kCloseNotify = 0, kUserCanceled = 90, kNoRenegotiation = 100;
  const int alert = value & 0xff;
  if ((where & SSL_CB_ALERT) == 0 || alert == kCloseNotify || alert == kUserCanceled || alert == kNoRenegotiation) return;
  if (TlsTrouble* trouble = trouble_of(tls))
    trouble->note(std::string(kFailed) + ((where & SSL_CB_WRITE) != 0 ? ours(tls, alert) : theirs(tls, alert)));
}

/// The server asks for a client certificate. It may refuse ours, or that there is none, only after our side of the handshake is done, and
/// the connection may end before its reason is read; so what is known is noted before that.
int asked_for_certificate(SSL* tls, void* /*none*/) {
  if (TlsTrouble* trouble = trouble_of(tls))
    trouble->note(std::string(kFailed) + "the connection broke off after the server had asked for a client certificate; " +
                  (SSL_get_certificate(tls) == nullptr ? "set ehr.tls.client_cert_file and client_key_file"
                                                       : "does it take that of ehr.tls.client_cert_file?"));
  return 1;
}

}  // namespace

void TlsTrouble::watch(SSL_CTX* context, const std::shared_ptr<TlsTrouble>& trouble) {
  SSL_CTX_set_ex_data(context, place(), new std::shared_ptr<TlsTrouble>(trouble));
  SSL_CTX_set_info_callback(context, take);
  SSL_CTX_set_cert_cb(context, asked_for_certificate, nullptr);
}

std::uint64_t TlsTrouble::count() const {
  const std::scoped_lock lock(mutex_);
  return count_;
}

std::string TlsTrouble::since(std::uint64_t count) const {
  const std::scoped_lock lock(mutex_);
  return count_ > count ? last_ : std::string();
}

std::string TlsTrouble::broke_off() {
  return std::string(kFailed) + "the server ended it without a reason; does it speak TLS at the port in ehr.base_url?";
}

void TlsTrouble::note(const std::string& text) {
  const std::scoped_lock lock(mutex_);
  ++count_;
  last_ = text;
}

bool is_of_tls(const Error& error) {
  return error.message.find(kFailed) != std::string::npos;
}

}  // namespace trialflag::fhir
