// A main for builds without libFuzzer: runs a target over every file of a corpus, over each of its beginnings, and over it with each byte
// changed.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "tests/fuzz/target.h"

namespace {

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

void run_around(const std::string& input) {
  constexpr std::size_t kFew = 2000;  // inputs are small; a long one is not tried at every byte
  run(input);
  const std::size_t size = std::min(input.size(), kFew);
  for (std::size_t at = 0; at < size; ++at) {
    run(input.substr(0, at));
    for (const char changed : {'"', '}', '\\', '\0', '\xFF', '9'}) {
      std::string other = input;
      other[at] = changed;
      run(other);
    }
  }
}

}  // namespace

int main(int count, char** arguments) {
  std::size_t files = 0;
  for (int i = 1; i < count; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(arguments[i])) {
      std::ifstream in(entry.path(), std::ios::binary);
      run_around({std::istreambuf_iterator<char>(in), {}});
      ++files;
    }
  }
  std::cout << files << " files replayed\n";
  return files == 0 ? 1 : 0;
}
