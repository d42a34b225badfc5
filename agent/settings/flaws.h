// What is wrong with a file that people write, collected whole so that one reading shows everything.
#pragma once

#include <string>
#include <vector>

namespace trialflag::settings {

/// One flaw of a file. Prints as "FILE:LINE: problem; remedy". Quotes keys and short values of the file, never a secret (those are in files
/// of their own).
struct Flaw {
  std::string file;
  int line = 0;  ///< from 1; 0: the file as a whole
  std::string problem, remedy;

  friend bool operator==(const Flaw&, const Flaw&) = default;
};

/// "FILE:LINE: problem; remedy"; without the line when it is 0, without "; remedy" when there is none.
std::string to_string(const Flaw& flaw);

/// The flaws of one file. Not thread-safe.
class Flaws {
 public:
  explicit Flaws(std::string file) : file_(std::move(file)) {}

  void add(int line, std::string problem, std::string remedy = {});
  [[nodiscard]] bool empty() const { return flaws_.empty(); }
  [[nodiscard]] const std::string& file() const { return file_; }
  /// In the order of lines; flaws of one line in the order found.
  [[nodiscard]] std::vector<Flaw> sorted() const;
  /// Each as to_string(), sorted.
  [[nodiscard]] std::vector<std::string> lines() const;

 private:
  std::string file_;
  std::vector<Flaw> flaws_;
};

}  // namespace trialflag::settings
