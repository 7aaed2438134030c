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

# Only stage 1, the structural index, is used (core/json/parser.cpp). The rest of the kernel hangs on its virtual table, so
# that no linker drops it: a copy of the source leaves out what is never called. A call would get an error, or null.
file(READ "${FHIRWALL_SIMDJSON_ROOT}/simdjson.cpp" fhirwall_simdjson_text)
function(fhirwall_leave_out instead)
  foreach(unused ${ARGN})
    string(FIND "${fhirwall_simdjson_text}" "${unused}" found)
    if(found EQUAL -1)
      message(FATAL_ERROR "simdjson.cpp has no `${unused}` any more: see wasm/simdjson.cmake")
    endif()
    string(REPLACE "${unused}" "return ${instead}" fhirwall_simdjson_text "${fhirwall_simdjson_text}")
  endforeach()
  set(fhirwall_simdjson_text "${fhirwall_simdjson_text}" PARENT_SCOPE)
endfunction()
fhirwall_leave_out(UNSUPPORTED_ARCHITECTURE
    "return stage2::tape_builder::parse_document<false>(*this, _doc)"
    "return stage2::tape_builder::parse_document<true>(*this, _doc)"
    "return westmere::stage1::json_minifier::minify<64>(buf, len, dst, dst_len)")
fhirwall_leave_out(false "return westmere::stage1::generic_validate_utf8(buf,len)")
fhirwall_leave_out(nullptr
    "return westmere::stringparsing::parse_string(src, dst, replacement_char)"
    "return westmere::stringparsing::parse_wobbly_string(src, dst)")
set(fhirwall_simdjson_copy "${CMAKE_BINARY_DIR}/third_party/simdjson.cpp")
file(CONFIGURE OUTPUT "${fhirwall_simdjson_copy}" CONTENT "@fhirwall_simdjson_text@" @ONLY)
set_property(TARGET fhirwall_simdjson PROPERTY SOURCES "${fhirwall_simdjson_copy}")
