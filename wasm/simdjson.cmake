# simdjson in WebAssembly. Upstream has no kernel for it, but its westmere kernel (SSE 4.2) builds on
# Emscripten's SSE headers, which map SSE onto SIMD128. Included by the root CMakeLists.txt once the
# target fhirwall_simdjson exists.

# What the kernel uses beyond SSE 4.2 is in core/json/simdjson/x86intrin.h. PUBLIC: simdjson.h includes it too.
target_include_directories(fhirwall_simdjson SYSTEM BEFORE PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}/core/json/simdjson")

# The same choice in every file that sees simdjson.h: exactly one kernel, so that nothing is dispatched at run
# time (there is no cpuid) and the linker drops the rest.
target_compile_definitions(fhirwall_simdjson PUBLIC
  SIMDJSON_IS_X86_64=1
  SIMDJSON_IMPLEMENTATION_WESTMERE=1
  SIMDJSON_IMPLEMENTATION_HASWELL=0
  SIMDJSON_IMPLEMENTATION_ICELAKE=0
  SIMDJSON_IMPLEMENTATION_FALLBACK=0
  __PCLMUL__=1)

# SIMD128 for the kernel and for our own scan (core/json/byte_scan.hpp); SSE 4.2 for Emscripten's headers.
target_compile_options(fhirwall_simdjson PUBLIC -msimd128 -msse4.2)

# Size optimisation makes the kernel and its callers two to four times slower, and larger.
# simdjson.cpp itself has -O3 from the root.
file(GLOB fhirwall_json_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/core/json/*.cpp")
set_source_files_properties(${fhirwall_json_sources} PROPERTIES COMPILE_OPTIONS -O3)
