#include "agent/notify/transfer.h"

#include <sys/socket.h>
#include <unistd.h>

namespace trialflag::notify {
namespace {

/// What libcurl hands on of OpenSSL's judgement of a certificate (X509_V_ERR_*, x509_vfy.h).
enum Judgement : long { kSound = 0, kUnspecified = 1, kNotYetValid = 9, kExpired = 10 };

int give_up_when_stopped(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::stop_token*>(stop)->stop_requested() ? 1 : 0;
}

}  // namespace

void start_curl_once() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

void append(List& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) return;
  (void)list.release();
  list.reset(longer);
}

std::string trouble_of(CURL* curl, CURLcode code) {
  if (code == CURLE_SSL_CACERT_BADFILE) return "TLS: ca_file cannot be read; check its path and rights";
  if (code != CURLE_PEER_FAILED_VERIFICATION) return curl_easy_strerror(code);
  // libcurl compares the name itself, before it fetches what OpenSSL has found.
  long found = kSound;
  curl_easy_getinfo(curl, CURLINFO_SSL_VERIFYRESULT, &found);
  if (found == kSound || found == kUnspecified)
    return "TLS: the server's certificate is of another host; write the host that it names, or have it issued for this one";
  if (found == kExpired) return "TLS: the server's certificate has expired; have it renewed";
  if (found == kNotYetValid) return "TLS: the server's certificate is not valid yet; compare its clock with ours";
  return "TLS: who signed the server's certificate is not trusted here; name their certificate in ca_file";
}

void Line::hold(CURL* curl, const std::stop_token& stop) {
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, give_up_when_stopped);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &stop);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, Line::open);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(curl, CURLOPT_CLOSESOCKETFUNCTION, Line::close);
  curl_easy_setopt(curl, CURLOPT_CLOSESOCKETDATA, this);
}

void Line::cut() {
  const std::lock_guard lock(mutex_);
  cut_ = true;
  if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
}

curl_socket_t Line::open(void* line, curlsocktype, curl_sockaddr* address) {
  Line& self = *static_cast<Line*>(line);
  const std::lock_guard lock(self.mutex_);
  if (self.cut_) return CURL_SOCKET_BAD;
  self.socket_ = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  return self.socket_;
}

int Line::close(void* line, curl_socket_t socket) {
  Line& self = *static_cast<Line*>(line);
  const std::lock_guard lock(self.mutex_);
  if (self.socket_ == socket) self.socket_ = -1;
  return ::close(socket);
}

}  // namespace trialflag::notify
