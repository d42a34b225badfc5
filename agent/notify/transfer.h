// What every conversation through libcurl needs, by mail or by HTTP: handles that free themselves, and a line that can be cut.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

namespace trialflag::notify {

struct CurlFree {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, CurlFree>;
using List = std::unique_ptr<curl_slist, CurlFree>;

void start_curl_once();
void append(List& list, const std::string& line);

/// What ended the conversation, with the remedy where it is the server's certificate.
std::string trouble_of(CURL* curl, CURLcode code);

/// The connection under way, so that another thread can cut it: waiting for an answer, libcurl hears of nothing else.
class Line {
 public:
  /// Lets `curl` speak over this line, and give up when `stop` is requested. Both outlive the conversation.
  void hold(CURL* curl, const std::stop_token& stop);
  void cut();

 private:
  static curl_socket_t open(void* line, curlsocktype purpose, curl_sockaddr* address);
  static int close(void* line, curl_socket_t socket);

  std::mutex mutex_;
  int socket_ = -1;
  bool cut_ = false;
};

}  // namespace trialflag::notify
