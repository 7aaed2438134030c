// The binding table: which method has which name in JavaScript. No logic.
#include <cstdint>
#include <string>

#include <emscripten/bind.h>
#include <emscripten/emscripten.h>

#include "wasm/handles.hpp"

using fhirwall::wasm::Handle;
using fhirwall::wasm::Handles;

namespace {

// One engine in one WebAssembly instance; JavaScript makes an instance for each createEngine().
Handles& handles() {
  static Handles the_handles;
  return the_handles;
}

}  // namespace

// Embind names types that are not bound with it, and all types here are. Without this one the
// library's would bring formatted output along, 2 KB of the download.
extern "C" int siprintf(char* out, const char* /*format*/, ...) {
  *out = '\0';
  return 0;
}

// --- Bodies: plain exports, since they are called for every resource.
extern "C" {
EMSCRIPTEN_KEEPALIVE std::uint32_t fhirwall_abi() { return fhirwall::wasm::kAbiVersion; }
EMSCRIPTEN_KEEPALIVE const void* fhirwall_response() { return &handles().response(); }
EMSCRIPTEN_KEEPALIVE char* fhirwall_input(std::uint32_t size, std::uint32_t whole) {
  return handles().reserve_input(size, whole != 0);
}
EMSCRIPTEN_KEEPALIVE void fhirwall_supply(std::uint32_t size) { handles().supply(size); }
EMSCRIPTEN_KEEPALIVE void fhirwall_references(Handle policy, std::uint32_t interaction,
                                              std::uint32_t size, std::uint32_t requests_size) {
  handles().references(policy, interaction, size, requests_size);
}
EMSCRIPTEN_KEEPALIVE void fhirwall_search_references(Handle search, std::uint32_t size) {
  handles().search_references(search, size);
}
EMSCRIPTEN_KEEPALIVE void fhirwall_redact(Handle policy, std::uint32_t interaction,
                                          std::uint32_t size, std::uint32_t requests_size) {
  handles().redact(policy, interaction, size, requests_size);
}
EMSCRIPTEN_KEEPALIVE void fhirwall_decide(Handle policy, std::uint32_t interaction,
                                          std::uint32_t size) {
  handles().decide(policy, interaction, size);
}
EMSCRIPTEN_KEEPALIVE void fhirwall_explain(Handle policy, std::uint32_t interaction,
                                           std::uint32_t size) {
  handles().explain(policy, interaction, size);
}
EMSCRIPTEN_KEEPALIVE void fhirwall_check_write(Handle policy, std::uint32_t interaction,
                                               std::uint32_t before_size, std::uint32_t size,
                                               std::uint32_t patches, double now_ms,
                                               std::int32_t zone_minutes) {
  handles().check_write(policy, interaction, before_size, size, patches != 0, now_ms, zone_minutes);
}
EMSCRIPTEN_KEEPALIVE void fhirwall_matches(Handle search, std::uint32_t size) {
  handles().matches(search, size);
}
EMSCRIPTEN_KEEPALIVE Handle fhirwall_load(std::uint32_t size) { return handles().load(size); }
EMSCRIPTEN_KEEPALIVE void fhirwall_bind(std::uint32_t index, Handle resource) {
  handles().bind(index, resource);
}
EMSCRIPTEN_KEEPALIVE std::int32_t fhirwall_evaluate(Handle expression, Handle resource,
                                                    std::uint32_t size, std::uint32_t form,
                                                    double now_ms, std::int32_t zone_minutes) {
  return handles().evaluate(expression, resource, size, form, now_ms, zone_minutes);
}
EMSCRIPTEN_KEEPALIVE bool fhirwall_free_resource(Handle resource) {
  return handles().free_resource(resource);
}
EMSCRIPTEN_KEEPALIVE void fhirwall_write(Handle stream, std::uint32_t size) {
  handles().write_stream(stream, size);
}
EMSCRIPTEN_KEEPALIVE void fhirwall_end(Handle stream) { handles().end_stream(stream); }
EMSCRIPTEN_KEEPALIVE void fhirwall_release() { handles().release(); }
}

// --- Control plane: text in and out through Embind.
EMSCRIPTEN_BINDINGS(fhirwall) {
  using emscripten::function;
  using Text = std::string;
  function(
      "setLimit", +[](const Text& name, double value) { return handles().set_limit(name, value); });
  function(
      "compilePolicy", +[](const Text& json) { return handles().compile_policy(json); });
  function(
      "compileSearch", +[](const Text& criteria, const Text& options) {
        return handles().compile_search(criteria, options);
      });
  function(
      "searchParameters", +[](const Text& type) { return handles().search_parameters(type); });
  function(
      "compileFhirPath",
      +[](const Text& expression, const Text& resource_type, bool strict, bool untyped) {
        return handles().compile_fhirpath(expression, resource_type, strict, untyped);
      });
  function(
      "checkIp",
      +[](Handle policy, const Text& address) { return handles().check_ip(policy, address); });
  function(
      "checkRequest", +[](Handle policy, std::uint32_t flags, const Text& method, const Text& url,
                          const Text& headers, const Text& body) {
        return handles().check_request(policy, flags, method, url, headers, body);
      });
  function(
      "can", +[](Handle policy, std::uint32_t interaction, const Text& type) {
        return handles().can(policy, interaction, type);
      });
  function(
      "openStream", +[](Handle policy, std::uint32_t interaction, std::uint32_t format,
                        std::uint32_t on_invalid, const Text& from, const Text& to) {
        return handles().open_stream(policy, interaction, format, on_invalid, from, to);
      });
  function(
      "streamLinks", +[](Handle stream) { return handles().stream_links(stream); });
  function(
      "freePolicy", +[](Handle handle) { return handles().free_policy(handle); });
  function(
      "freeSearch", +[](Handle handle) { return handles().free_search(handle); });
  function(
      "freeStream", +[](Handle handle) { return handles().free_stream(handle); });
  function(
      "freeExpression", +[](Handle handle) { return handles().free_expression(handle); });
  function(
      "writeOutcome", +[] { return handles().write_outcome(); });
  function(
      "evaluationMessage", +[]() { return handles().evaluation_message(); });
  function(
      "errorName", +[](std::uint32_t code) {
        return Text(fhirwall::error_name(static_cast<fhirwall::ErrorCode>(code)));
      });
  function(
      "errorMessage", +[](std::uint32_t code) {
        return Text(fhirwall::error_message(static_cast<fhirwall::ErrorCode>(code)));
      });
  function(
      "errorClass", +[](std::uint32_t code) {
        return static_cast<std::uint32_t>(
            fhirwall::error_class(static_cast<fhirwall::ErrorCode>(code)));
      });
}
