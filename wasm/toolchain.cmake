# Finds Emscripten's own toolchain file and hands over to it: Debian's place first, then $EMSDK, then beside emcc.
set(fhirwall_emscripten_places "/usr/share/emscripten")
if(DEFINED ENV{EMSDK})
  list(PREPEND fhirwall_emscripten_places "$ENV{EMSDK}/upstream/emscripten")
endif()
find_program(FHIRWALL_EMCC NAMES emcc HINTS ${fhirwall_emscripten_places})
if(FHIRWALL_EMCC)
  file(REAL_PATH "${FHIRWALL_EMCC}" fhirwall_emcc_real)
  get_filename_component(fhirwall_emcc_folder "${fhirwall_emcc_real}" DIRECTORY)
  list(APPEND fhirwall_emscripten_places "${fhirwall_emcc_folder}")
endif()

set(fhirwall_platform "")
foreach(place ${fhirwall_emscripten_places})
  if(NOT fhirwall_platform AND EXISTS "${place}/cmake/Modules/Platform/Emscripten.cmake")
    set(fhirwall_platform "${place}/cmake/Modules/Platform/Emscripten.cmake")
  endif()
endforeach()
if(NOT fhirwall_platform)
  message(FATAL_ERROR "Emscripten not found: apt-get install emscripten, or install emsdk and set EMSDK")
endif()

# Debian's emcc runs JavaScript passes that import acorn from Debian's Node folder. With another Node on the PATH that folder
# must be named. The link step runs long after this file was read, so wasm/CMakeLists.txt puts the variable before its command.
# CMake reads this file more than once.
if(NOT DEFINED FHIRWALL_NODE_PATH)
  set(FHIRWALL_NODE_PATH "")
  if(EXISTS "/usr/share/nodejs/acorn" AND NOT DEFINED ENV{NODE_PATH})
    set(FHIRWALL_NODE_PATH "/usr/share/nodejs")
    set(ENV{NODE_PATH} "/usr/share/nodejs")
  endif()
endif()

include("${fhirwall_platform}")

# memory.copy and memory.fill instead of loops: bodies are moved and overwritten. Every runtime has them since 2021.
string(APPEND CMAKE_CXX_FLAGS_INIT " -mbulk-memory")
string(APPEND CMAKE_EXE_LINKER_FLAGS_INIT " -mbulk-memory")
