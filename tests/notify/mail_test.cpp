// Letters to a real mail server: what arrives, and what is made of each way in which it may not.
#include "agent/notify/mail.h"

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "tests/support/mail_server.h"

using namespace trialflag;
using namespace trialflag::notify;
using screening::Delivery;
using screening::Letter;
using testing::MailServerProcess;

namespace {

namespace fs = std::filesystem;

MailServer server_at(int port) {
  MailServer server;
  server.host = "127.0.0.1";
  server.port = port;
  server.security = MailServer::Security::none;
  server.from = "trialflag@hospital.example";
  server.timeout = std::chrono::seconds(10);
  return server;
}

Letter letter() {
  Letter letter;
  letter.notice = "0123456789abcdef";
  letter.to = {"li", "Dr Li", "li@hospital.example"};
  letter.kind = screening::NoticeKind::opened;
  letter.flag = "f1a9";
  letter.subject = "[T1] K7Q2: new candidate";
  letter.text = "One line.\n\nAnother one.\n";
  letter.html = "<p>One line.</p>";
  letter.date = {1795338508000};
  return letter;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A self-signed certificate for 127.0.0.1, and a password, in a folder that goes with the object.
struct Secrets {
  Secrets() {
    std::string name = (fs::temp_directory_path() / "trialflag-tls-XXXXXX").string();
    folder = mkdtemp(name.data());
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 -addext "
        "subjectAltName=IP:127.0.0.1 -keyout " +
        key().string() + " -out " + certificate().string() + " 2>/dev/null";
    REQUIRE(std::system(command.c_str()) == 0);
    std::ofstream(password()) << "secret\n";
  }
  ~Secrets() { fs::remove_all(folder); }
  Secrets(const Secrets&) = delete;
  Secrets& operator=(const Secrets&) = delete;
  [[nodiscard]] fs::path key() const { return folder / "key.pem"; }
  [[nodiscard]] fs::path certificate() const { return folder / "cert.pem"; }
  [[nodiscard]] fs::path password() const { return folder / "password"; }
  fs::path folder;
};

}  // namespace

TEST_CASE("mail: a letter arrives with its headers, in two forms") {
  const MailServerProcess server;
  CHECK(MailSender(server_at(server.port())).send(letter()).delivery == Delivery::accepted);
  const auto mails = server.mails();
  REQUIRE(mails.size() == 1);
  for (const char* part : {"To: \"Dr Li\" <li@hospital.example>\r\n", "Subject: [T1] K7Q2: new candidate\r\n",
                           "From: trialflag <trialflag@hospital.example>\r\n", "Message-ID: <0123456789abcdef@hospital.example>\r\n",
                           "X-Trialflag-Kind: opened\r\n", "X-Trialflag-Flag: f1a9\r\n", "multipart/alternative",
                           "One line.\r\n\r\nAnother one.\r\n", "<p>One line.</p>"}) {
    CHECK_THAT(mails[0], Catch::Contains(part));
  }
}

TEST_CASE("mail: the same notice has the same id however often it is sent; a summary names no flag") {
  const MailServerProcess server;
  MailSender sender(server_at(server.port()));
  auto summary = letter();
  summary.flag.clear();
  summary.kind = screening::NoticeKind::digest;
  CHECK(sender.send(summary).delivery == Delivery::accepted);
  CHECK(sender.send(summary).delivery == Delivery::accepted);
  const auto mails = server.mails();
  REQUIRE(mails.size() == 2);
  for (const auto& mail : mails) {
    CHECK_THAT(mail, Catch::Contains("Message-ID: <0123456789abcdef@hospital.example>"));
    CHECK_THAT(mail, !Catch::Contains("X-Trialflag-Flag"));
  }
}

TEST_CASE("mail: a refusal is told by its code: 4xx for now, 5xx for good") {
  const MailServerProcess server;
  MailSender sender(server_at(server.port()));
  for (const auto& [how, expected] : std::vector<std::pair<std::string, Delivery>>{{"rcpt 451", Delivery::refused_for_now},
                                                                                   {"rcpt 550", Delivery::refused_for_good},
                                                                                   {"data 452", Delivery::refused_for_now},
                                                                                   {"data 554", Delivery::refused_for_good}}) {
    INFO(how);
    server.misbehave(how);
    const auto outcome = sender.send(letter());
    CHECK(outcome.delivery == expected);
    CHECK_FALSE(has(outcome.error, "li@hospital.example"));
    CHECK(has(outcome.error, how.substr(5)));
  }
  CHECK(server.mails().empty());
}

TEST_CASE("mail: a refusal of us is no refusal of the letter, and the next server is asked") {
  const MailServerProcess server;
  MailSender sender(server_at(server.port()));
  for (const char* how : {"mail 550", "mail 530 5.7.0 Authentication required", "rcpt 554 5.7.1 Relay access denied",
                          "rcpt 550 relay not permitted", "rcpt 530 sign in first"}) {
    INFO(how);
    server.misbehave(how);
    const auto outcome = sender.send(letter());
    CHECK(outcome.delivery == Delivery::refused_for_now);
    CHECK(outcome.unreached);
  }
  server.misbehave("rcpt 451");
  CHECK_FALSE(sender.send(letter()).unreached);
}

TEST_CASE("mail: a server that scans the text has its time, though answers before the text must come soon") {
  CHECK(MailServer().timeout == std::chrono::minutes(10));
  const MailServerProcess server;
  server.misbehave("slow 3");
  auto brisk = server_at(server.port());
  brisk.patience = std::chrono::seconds(1);
  brisk.timeout = std::chrono::seconds(20);
  CHECK(MailSender(brisk).send(letter()).delivery == Delivery::accepted);
}

TEST_CASE("mail: a server that is silent or slow before the text is given up when the time for all of it is over, and was told nothing") {
  CHECK(MailServer().patience == std::chrono::seconds(30));
  const MailServerProcess server;
  server.misbehave(GENERATE("drag 2", "drag 60"));  // together too long, or for ever
  auto hasty = server_at(server.port());
  hasty.patience = std::chrono::seconds(3);
  MailSender sender(hasty);
  const auto outcome = sender.send(letter());
  CHECK(outcome.delivery == Delivery::refused_for_now);
  CHECK(outcome.unreached);
  // Letters to others do not take the same time again.
  server.misbehave("");
  const auto next = sender.send(letter());
  CHECK(next.delivery == Delivery::refused_for_now);
  CHECK(next.unreached);
  CHECK(server.mails().empty());
  CHECK(MailSender(hasty).send(letter()).delivery == Delivery::accepted);
}

TEST_CASE("mail: a connection that breaks after the text leaves it uncertain whether the letter was taken") {
  const MailServerProcess server;
  server.misbehave("drop");
  CHECK(MailSender(server_at(server.port())).send(letter()).delivery == Delivery::uncertain);
  CHECK(server.mails().size() == 1);
}

TEST_CASE("mail: a server that is not there is a refusal for now") {
  int port = 0;
  {
    const MailServerProcess server;
    port = server.port();
  }
  CHECK(MailSender(server_at(port)).send(letter()).delivery == Delivery::refused_for_now);
}

TEST_CASE("mail: a server that does not answer in time after the text leaves it uncertain") {
  const MailServerProcess server;
  server.misbehave("slow 8");
  auto hasty = server_at(server.port());
  hasty.timeout = std::chrono::seconds(2);
  CHECK(MailSender(hasty).send(letter()).delivery == Delivery::uncertain);
}

TEST_CASE("mail: a letter under way is given up when the end is asked for") {
  const MailServerProcess server;
  server.misbehave("slow 60");
  auto patient = server_at(server.port());
  patient.timeout = std::chrono::seconds(120);
  MailSender sender(patient);
  std::stop_source stop;
  sender.stop_with(stop.get_token());
  std::thread asks([&stop] {
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    stop.request_stop();
  });
  const auto begun = std::chrono::steady_clock::now();
  const auto outcome = sender.send(letter());
  asks.join();
  CHECK(outcome.delivery != Delivery::accepted);
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(50));
  CHECK(sender.send(letter()).delivery == Delivery::refused_for_now);
}

TEST_CASE("mail: an address that is none is refused without asking anybody") {
  auto nowhere = letter();
  nowhere.to.address = "li";
  CHECK(MailSender(server_at(1)).send(nowhere).delivery == Delivery::refused_for_good);
  nowhere.to.address = "li@h.example>\r\nRCPT TO:<x@y";
  CHECK(MailSender(server_at(1)).send(nowhere).delivery == Delivery::refused_for_good);
}

TEST_CASE("mail: STARTTLS and a sign-in work, with a certificate that is trusted alone") {
  const Secrets secrets;
  const MailServerProcess server({"--tls", secrets.certificate().string(), secrets.key().string(), "--auth", "nurse:secret"});
  auto good = server_at(server.port());
  good.security = MailServer::Security::starttls;
  good.user = "nurse";
  good.password_file = secrets.password();
  good.ca_file = secrets.certificate();
  CHECK(MailSender(good).send(letter()).delivery == Delivery::accepted);

  auto untrusted = good;
  untrusted.ca_file.clear();
  const auto unknown = MailSender(untrusted).send(letter());
  CHECK(unknown.delivery == Delivery::refused_for_now);
  CHECK(has(unknown.error, "who signed the server's certificate is not trusted here; name their certificate in ca_file"));
  CHECK(has(MailSender(untrusted).try_out().error().message, "ca_file"));
  auto renamed = good;
  renamed.host = "localhost";
  CHECK(has(MailSender(renamed).send(letter()).error, "is of another host"));
  std::ofstream(secrets.password()) << "wrong\n";
  const auto refused = MailSender(good).send(letter());
  CHECK(refused.delivery == Delivery::refused_for_now);
  CHECK_FALSE(has(refused.error, "wrong"));
  auto without = good;
  without.password_file = secrets.folder / "none";
  CHECK(has(MailSender(without).send(letter()).error, "password_file"));
  CHECK(server.mails().size() == 1);
}

TEST_CASE("mail: TLS is never given up silently") {
  const MailServerProcess server;
  auto strict = server_at(server.port());
  strict.security = MailServer::Security::starttls;
  CHECK(MailSender(strict).send(letter()).delivery == Delivery::refused_for_now);
  CHECK(server.mails().empty());
}

TEST_CASE("mail: headers stay one line each and in ASCII whatever a name holds") {
  auto odd = letter();
  odd.to.name = "李医生\r\nBcc: x@y.example";
  odd.subject = "a\nb";
  const auto lines = header_lines(odd, "trialflag@hospital.example");
  for (const auto& line : lines) {
    for (const char sign : line) CHECK((sign >= ' ' && sign <= '~'));
  }
  CHECK(lines[2].rfind("To: =?UTF-8?B?5p2O5Yy755Sf", 0) == 0);
  odd.to.name = "O\"Neil \\ Co";
  CHECK(header_lines(odd, "a@b")[2] == "To: \"O\\\"Neil \\\\ Co\" <li@hospital.example>");
}
