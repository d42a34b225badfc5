// A main for builds without libFuzzer: runs a target over every file of a corpus, and over it damaged at up to PLACES places spread over
// the file: cut off there, and with that byte changed. Usage: fuzz_NAME PLACES CORPUS
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/target.h"

namespace {

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

void run_around(const std::string& input, std::size_t places) {
  run(input);
  const std::size_t step = std::max<std::size_t>(1, input.size() / std::max<std::size_t>(1, places));
  for (std::size_t at = 0; at < input.size(); at += step) {
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
  if (count != 3) return 2;
  const std::size_t places = std::strtoul(arguments[1], nullptr, 10);
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(arguments[2])) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    run_around({std::istreambuf_iterator<char>(in), {}}, places);
  }
  std::cout << files.size() << " files replayed\n";
  return files.empty() ? 1 : 0;
}
