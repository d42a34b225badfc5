#include "tests/support/hospital_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace trialflag::testing {
namespace {

[[noreturn]] void run_server(int out, const std::vector<std::string>& options) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(out, STDOUT_FILENO);
  std::vector<std::string> words = {"python3", TRIALFLAG_SOURCE_DIR "/tests/hospital/server.py", "--port", "0"};
  words.insert(words.end(), options.begin(), options.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execvp("python3", arguments.data());
  _exit(127);
}

std::string read_line(int from) {
  std::string line;
  char c = 0;
  while (read(from, &c, 1) == 1 && c != '\n') line += c;
  return line;
}

std::string read_all(int from) {
  std::string text;
  std::array<char, 4096> piece{};
  for (ssize_t count = 0; (count = read(from, piece.data(), piece.size())) > 0;) text.append(piece.data(), static_cast<std::size_t>(count));
  return text;
}

}  // namespace

HospitalServer::HospitalServer(const std::vector<std::string>& options) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe for the test hospital");
  pid_ = fork();
  if (pid_ == 0) run_server(ends[1], options);
  close(ends[1]);
  const std::string line = read_line(ends[0]);
  close(ends[0]);
  const std::string ready = "READY ";
  if (!line.starts_with(ready)) throw std::runtime_error("the test hospital did not start; is python3 there?");
  base_url_ = line.substr(ready.size());
  port_ = std::stoi(base_url_.substr(base_url_.rfind(':') + 1));
}

HospitalServer::~HospitalServer() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

std::string HospitalServer::send(const std::string& method, const std::string& path, const std::string& body) const {
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port_));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(connection);
    throw std::runtime_error("the test hospital does not answer");
  }
  const std::string request = method + " " + path +
                              " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
                              "\r\n\r\n" + body;
  const bool sent = write(connection, request.data(), request.size()) == static_cast<ssize_t>(request.size());
  const std::string answer = sent ? read_all(connection) : std::string();
  close(connection);
  if (!answer.starts_with("HTTP/1.1 2")) throw std::runtime_error("the test hospital refuses " + method + " " + path);
  return answer.substr(answer.find("\r\n\r\n") + 4);
}

void HospitalServer::put(const std::string& path, const std::string& json) const {
  send("PUT", "/fhir/" + path, json);
}
void HospitalServer::remove(const std::string& path) const {
  send("DELETE", "/fhir/" + path, "");
}
void HospitalServer::add_fault(const std::string& json) const {
  send("POST", "/control/faults", json);
}
void HospitalServer::clear_faults() const {
  send("DELETE", "/control/faults", "");
}
std::string HospitalServer::requests() const {
  return send("GET", "/control/requests", "");
}

}  // namespace trialflag::testing
