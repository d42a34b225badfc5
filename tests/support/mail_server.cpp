#include "tests/support/mail_server.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace trialflag::testing {
namespace {

namespace fs = std::filesystem;

/// Debian's own Python: it finds Debian's aiosmtpd.
constexpr const char* kPython = "/usr/bin/python3";

[[noreturn]] void run_server(int out, const fs::path& folder, const std::vector<std::string>& options) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(out, STDOUT_FILENO);
  std::vector<std::string> words = {kPython, TRIALFLAG_SOURCE_DIR "/tests/support/smtp_server.py", "--dir", folder.string()};
  words.insert(words.end(), options.begin(), options.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execv(kPython, arguments.data());
  _exit(127);
}

}  // namespace

MailServerProcess::MailServerProcess(const std::vector<std::string>& options) {
  std::string name = (fs::temp_directory_path() / "trialflag-mail-XXXXXX").string();
  folder_ = mkdtemp(name.data());
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe for the mail server");
  pid_ = fork();
  if (pid_ == 0) run_server(ends[1], folder_, options);
  close(ends[1]);
  std::string line;
  for (char c = 0; read(ends[0], &c, 1) == 1 && c != '\n';) line += c;
  close(ends[0]);
  if (!line.starts_with("READY ")) throw std::runtime_error("the mail server did not start; is python3-aiosmtpd there?");
  port_ = std::stoi(line.substr(6));
}

MailServerProcess::~MailServerProcess() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  fs::remove_all(folder_);
}

void MailServerProcess::misbehave(const std::string& how) const {
  std::ofstream(folder_ / "behave") << how;
}

std::vector<std::string> MailServerProcess::mails() const {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder_))
    if (entry.path().extension() == ".eml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> texts;
  for (const fs::path& file : files) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    texts.push_back(text.str());
  }
  return texts;
}

}  // namespace trialflag::testing
