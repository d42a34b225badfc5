#include "agent/notify/mail.h"

#include <fstream>
#include <memory>

#include "agent/notify/transfer.h"

namespace trialflag::notify {
namespace {

using screening::Delivery;
using screening::DeliveryOutcome;
using screening::Letter;

struct MimeFree {
  void operator()(curl_mime* mime) const { curl_mime_free(mime); }
};
using Mime = std::unique_ptr<curl_mime, MimeFree>;

/// How far the conversation went, learnt from libcurl's trace: only after the text has gone out can the server have taken the letter, and
/// before the recipient was named a refusal is of us, not of the letter.
struct Progress {
  long before_text = 0, patience = 0;  ///< seconds: for all before the text, and for the answer to it
  bool addressed = false, text_went = false;
  bool of_us = false;  ///< the recipient's refusal was one: a sign-in is missing, or the server does not relay for us
};

/// 530, an enhanced status of security or policy (RFC 3463, X.7), or in words.
bool refuses_us(std::string_view reply) {
  if (reply.starts_with("530")) return true;
  if (reply.size() > 8 && reply.substr(4, 4) == "5.7.") return true;
  std::string words(reply);
  for (char& sign : words)
    if (sign >= 'A' && sign <= 'Z') sign = static_cast<char>(sign - 'A' + 'a');
  return words.find("relay") != std::string::npos;
}

int trace(CURL* curl, curl_infotype kind, char* data, std::size_t size, void* user) {
  const std::string_view said(data, size);
  auto& progress = *static_cast<Progress*>(user);
  if (kind == CURLINFO_DATA_OUT && !said.empty() && !progress.text_went) {
    progress.text_went = true;
    curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, progress.patience);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, progress.before_text + progress.patience);
  }
  if (kind == CURLINFO_HEADER_OUT && said.starts_with("RCPT ")) progress.addressed = true;
  if (kind == CURLINFO_HEADER_IN && progress.addressed && !progress.text_went && said.starts_with('5'))
    progress.of_us = progress.of_us || refuses_us(said);
  return 0;
}

/// Whether the server judged the letter, not us.
bool judged(const Progress& progress) {
  return (progress.addressed || progress.text_went) && !progress.of_us;
}

DeliveryOutcome judge(CURL* curl, CURLcode code, long answer, const Progress& progress) {
  if (code == CURLE_OK) return {};
  const std::string said = answer > 0 ? " (the server answered " + std::to_string(answer) + ")" : "";
  const std::string error = trouble_of(curl, code) + said;
  const bool answered = answer >= 400 && answer < 600 && code != CURLE_OPERATION_TIMEDOUT;
  if (answered && answer >= 500 && judged(progress)) return {Delivery::refused_for_good, error};
  if (answered) return {Delivery::refused_for_now, error, std::chrono::milliseconds(0), !judged(progress)};
  if (progress.text_went) return {Delivery::uncertain, "the connection broke before the server said whether it took the letter: " + error};
  return {Delivery::refused_for_now, error, std::chrono::milliseconds(0), true};
}

bool read_password(const std::filesystem::path& file, std::string& password) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return false;
  std::getline(in, password);
  if (!password.empty() && password.back() == '\r') password.pop_back();
  return true;
}

void set_server(CURL* curl, const MailServer& server) {
  const char* scheme = server.security == MailServer::Security::tls ? "smtps://" : "smtp://";
  curl_easy_setopt(curl, CURLOPT_URL, (scheme + server.host + ":" + std::to_string(server.port)).c_str());
  curl_easy_setopt(curl, CURLOPT_USE_SSL, server.security == MailServer::Security::none ? CURLUSESSL_NONE : CURLUSESSL_ALL);
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
  if (!server.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, server.ca_file.c_str());
  constexpr long kToConnect = 10;
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kToConnect);
  curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, static_cast<long>(server.patience.count()));
  // Until the text goes out: then it is the server's to say whether it took it, and to break off would have it come twice.
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, static_cast<long>(server.patience.count()));
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");  // a mail server stands inside; an HTTP proxy of the environment is not for it
}

/// Mail ends its lines with CR LF; a bare LF would be encoded as if it were no line end.
std::string with_mail_line_ends(const std::string& text) {
  std::string out;
  for (const char sign : text) {
    if (sign == '\n') out += '\r';
    out += sign;
  }
  return out;
}

Mime make_body(CURL* curl, const Letter& letter) {
  const std::string plain = with_mail_line_ends(letter.text);
  Mime forms(curl_mime_init(curl));
  curl_mimepart* text = curl_mime_addpart(forms.get());
  curl_mime_data(text, plain.data(), plain.size());
  curl_mime_type(text, "text/plain; charset=utf-8");
  curl_mime_encoder(text, "quoted-printable");
  curl_mimepart* html = curl_mime_addpart(forms.get());
  const std::string rich = with_mail_line_ends(letter.html);
  curl_mime_data(html, rich.data(), rich.size());
  curl_mime_type(html, "text/html; charset=utf-8");
  curl_mime_encoder(html, "quoted-printable");
  Mime body(curl_mime_init(curl));
  curl_mimepart* part = curl_mime_addpart(body.get());
  curl_mime_subparts(part, forms.release());
  curl_mime_type(part, "multipart/alternative");
  // One part that holds both forms: its header says "alternative", and a reader shows the best that it can.
  return body;
}

/// What libcurl tells and asks while it works.
void set_hooks(CURL* curl, Progress& progress, Line& line, const std::stop_token& stop) {
  curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, trace);
  curl_easy_setopt(curl, CURLOPT_DEBUGDATA, &progress);
  curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
  line.hold(curl, stop);
}

/// False: the password cannot be read.
bool set_sign_in(CURL* curl, const MailServer& server) {
  if (server.user.empty()) return true;
  std::string password;
  if (!read_password(server.password_file, password)) return false;
  curl_easy_setopt(curl, CURLOPT_USERNAME, server.user.c_str());
  curl_easy_setopt(curl, CURLOPT_PASSWORD, password.c_str());
  return true;
}

constexpr const char* kNoPassword = "notify.email.password_file cannot be read; check its path and rights";

bool is_address(const std::string& text) {
  return text.find('@') != std::string::npos && text.find_first_of("<> \t\r\n") == std::string::npos;
}

}  // namespace

MailSender::MailSender(MailServer server) : server_(std::move(server)) {
  start_curl_once();
}

DeliveryOutcome MailSender::send(const Letter& letter) {
  if (!is_address(letter.to.address))
    return {Delivery::refused_for_good, "the recipient's e-mail address is none; correct it under recipients"};
  const auto began = std::chrono::steady_clock::now();
  if (began < left_alone_until_)
    return {Delivery::refused_for_now, "the mail server did not answer in time, and is left alone for a minute",
            std::chrono::milliseconds(0), true};
  bool reached = false;
  DeliveryOutcome outcome = send_by(server_, letter, reached);
  MailServer other = server_;
  for (const std::string& host : server_.more_hosts) {
    if (reached || stop_.stop_requested()) break;
    other.host = host;
    outcome = send_by(other, letter, reached);
  }
  const auto ended = std::chrono::steady_clock::now();
  const bool unanswered = outcome.delivery == Delivery::uncertain || (outcome.delivery == Delivery::refused_for_now && outcome.unreached);
  if (unanswered && ended - began >= server_.patience) left_alone_until_ = ended + std::chrono::minutes(1);
  return outcome;
}

DeliveryOutcome MailSender::send_by(const MailServer& server, const Letter& letter, bool& reached) {
  Line line;
  const Handle curl(curl_easy_init());
  if (!curl) return {Delivery::refused_for_now, "out of memory"};
  set_server(curl.get(), server);
  if (!set_sign_in(curl.get(), server)) return {Delivery::refused_for_now, kNoPassword};
  List recipients, headers;
  append(recipients, "<" + letter.to.address + ">");
  for (const std::string& header : header_lines(letter, server.from)) append(headers, header);
  const Mime body = make_body(curl.get(), letter);
  Progress progress{static_cast<long>(server.patience.count()), static_cast<long>(server.timeout.count())};
  curl_easy_setopt(curl.get(), CURLOPT_MAIL_FROM, ("<" + server.from + ">").c_str());
  curl_easy_setopt(curl.get(), CURLOPT_MAIL_RCPT, recipients.get());
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_MIMEPOST, body.get());
  set_hooks(curl.get(), progress, line, stop_);
  const std::stop_callback cut_when_stopped(stop_, [&line] { line.cut(); });
  const CURLcode code = curl_easy_perform(curl.get());
  long answer = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer);
  reached = judged(progress) || code == CURLE_LOGIN_DENIED;
  return judge(curl.get(), code, answer, progress);
}

Result<void> MailSender::try_out() {
  const Handle curl(curl_easy_init());
  if (!curl) return fail(ErrorCode::internal, "out of memory");
  set_server(curl.get(), server_);
  if (!set_sign_in(curl.get(), server_)) return fail(ErrorCode::unauthorized, kNoPassword);
  curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, "NOOP");
  curl_easy_setopt(curl.get(), CURLOPT_NOBODY, 1L);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code == CURLE_OK) return {};
  return fail(code == CURLE_LOGIN_DENIED ? ErrorCode::unauthorized : ErrorCode::unavailable, trouble_of(curl.get(), code));
}

}  // namespace trialflag::notify
