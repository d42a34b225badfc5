# Language, warnings and hardening, as INTERFACE targets so that nothing leaks into users of a library.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

option(TRIALFLAG_WERROR "Treat warnings as errors" ON)
option(TRIALFLAG_HARDEN "Hardening flags for release binaries" OFF)
option(TRIALFLAG_FUZZ "Build libFuzzer targets (clang only)" OFF)
set(TRIALFLAG_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread")

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

# Sources compiled eight at a time cost half; one at a time they show which include is missing, and a changed one is built sooner.
option(TRIALFLAG_UNITY "Compile the modules' sources in batches" OFF)
set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)

add_library(trialflag_options INTERFACE)
target_compile_options(trialflag_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Woverloaded-virtual)
target_include_directories(trialflag_options INTERFACE ${CMAKE_SOURCE_DIR})
# GCC 12 sees overlapping copies in std::string's operator+ that are not there (its bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(trialflag_options INTERFACE -Wno-restrict)
endif()
if(TRIALFLAG_WERROR)
  target_compile_options(trialflag_options INTERFACE -Werror)
endif()
if(TRIALFLAG_SANITIZE)
  target_compile_options(trialflag_options INTERFACE -fsanitize=${TRIALFLAG_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(trialflag_options INTERFACE -fsanitize=${TRIALFLAG_SANITIZE})
endif()
# Without it in the modules too, libFuzzer sees nothing of what an input reaches.
if(TRIALFLAG_FUZZ)
  target_compile_options(trialflag_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(TRIALFLAG_HARDEN)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  target_compile_options(trialflag_options INTERFACE -fstack-protector-strong -fstack-clash-protection -fcf-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  target_link_options(trialflag_options INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()
