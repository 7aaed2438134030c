// layer: grammar/scope
// Scope text: the places of the parts nest and say what the parts say, what is written in the words
// of version 2 reads as equal scopes, and no token that a tolerant reader would take for a resource
// scope is passed over.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "grammar/scope/dump.hpp"
#include "grammar/scope/parse.hpp"

namespace {

using namespace fhirwall::grammar::scope;

void check(bool holds) {
  if (!holds) {
    std::abort();
  }
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// SPEC 11.1, without the grammar: the tokens whose text before the first `/` is one of three words.
std::size_t count_resource_scopes(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string_view token = text.substr(begin, end - begin);
    const std::size_t slash = token.find('/');
    std::string word(token.substr(0, slash == std::string_view::npos ? 0 : slash));
    for (char& c : word) {
      c = lower(c);
    }
    count += word == "patient" || word == "user" || word == "system" ? 1 : 0;
    begin = end + 1;
  }
  return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = parse(text);
  if (!parsed.ok()) {
    check(parsed.error().offset <= size && !parsed.error().expected.empty());
    return 0;
  }
  check(text.find_first_of("\t\n\v\f\r") == std::string_view::npos);
  check(parsed.value().resources.size() == count_resource_scopes(text));
  std::uint32_t at = 0;
  for (const ResourceScope& scope : parsed.value().resources) {
    check(at <= scope.span.begin && scope.span.end <= size);
    check(scope.span.begin < scope.type_span.begin && scope.type_span.end < scope.span.end);
    check(text.substr(scope.type_span.begin, scope.type_span.size()) == scope.type);
    check(scope.access != 0 && scope.access < 32 && scope.has_query == !scope.query.empty());
    if (scope.has_query) {
      check(scope.type_span.end < scope.query_span.begin && scope.query_span.end == scope.span.end);
      check(text.substr(scope.query_span.begin, scope.query_span.size()) == scope.query);
    }
    at = scope.span.end;
  }
  const auto again = parse(dump(parsed.value()), {.max_bytes = 1 << 20});
  check(again.ok() && again.value() == parsed.value());
  return 0;
}
