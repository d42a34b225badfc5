# trialflag_module(NAME LIBS ...): one static library of every .cpp of the calling folder (not of its subfolders).
function(trialflag_module name)
  cmake_parse_arguments(ARG "" "" "LIBS;PRIVATE_LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp *.h)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  add_library(trialflag_${name} STATIC ${sources})
  set_target_properties(trialflag_${name} PROPERTIES LINKER_LANGUAGE CXX UNITY_BUILD ${TRIALFLAG_UNITY})
  target_link_libraries(trialflag_${name} PUBLIC trialflag_options ${ARG_LIBS} PRIVATE ${ARG_PRIVATE_LIBS})
endfunction()

# trialflag_test(NAME LIBS ... APART TAG ...): one Catch2 program of every *_test.cpp of the calling folder, registered with ctest under NAME;
# what bears a TAG, because it takes long, is a test of its own under that name.
# Its own sources are compiled in batches and hardly optimised: what is tested lies in the modules, and Catch2's expansions compile slowly.
function(trialflag_test name)
  cmake_parse_arguments(ARG "" "" "LIBS;APART" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *_test.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(test_${name} ${sources})
  target_link_libraries(test_${name} PRIVATE trialflag_options trialflag_catch ${ARG_LIBS})
  set_target_properties(test_${name} PROPERTIES UNITY_BUILD ON)
  target_compile_definitions(test_${name} PRIVATE TRIALFLAG_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  if(TRIALFLAG_SANITIZE)
    target_compile_options(test_${name} PRIVATE -O0)
  elseif(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
    target_compile_options(test_${name} PRIVATE -O1)
  endif()
  set(rest)
  foreach(tag IN LISTS ARG_APART)
    add_test(NAME ${tag} COMMAND test_${name} "[${tag}]")
    string(APPEND rest "~[${tag}]")
  endforeach()
  add_test(NAME ${name} COMMAND test_${name} ${rest})
  set_tests_properties(${name} ${ARG_APART} PROPERTIES TIMEOUT 300)
endfunction()

# trialflag_fast(NAME): the module that every record passes through is optimised further than the rest.
function(trialflag_fast name)
  target_compile_options(trialflag_${name} PRIVATE "$<$<NOT:$<CONFIG:Debug>>:-O3>")
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    target_compile_options(trialflag_${name} PRIVATE -march=x86-64-v2)  # SSE4.2 and popcnt: every server since 2009
  endif()
endfunction()
