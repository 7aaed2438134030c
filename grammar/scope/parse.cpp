#include "grammar/scope/parse.hpp"

#include "grammar/common/entry.hpp"
#include "grammar/common/guard.hpp"
#include "grammar/scope/grammar_def.hpp"

namespace fhirwall::grammar::scope {
namespace {

// Unicode's White_Space but for the space, and ASCII's controls.
bool is_forbidden(char32_t c) {
  return c < 0x20 || c == 0x7F || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

// Of the first forbidden character in a valid text, or the size of the text.
std::size_t find_forbidden(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    char32_t code_point = 0;
    const auto next = [&](unsigned char& byte) {
      byte = static_cast<unsigned char>(text[at++]);
      return true;
    };
    if (!read_utf8(next, code_point) || is_forbidden(code_point)) {
      return begin;
    }
  }
  return text.size();
}

}  // namespace

Parsed<Scopes> parse(std::string_view text, const ParseLimits& limits) {
  if (const auto error = check_text(text, limits.max_bytes)) {
    return *error;
  }
  // SPEC 11.1: what another reader might take for the end of a token must not hide a scope.
  if (const std::size_t place = find_forbidden(text); place != text.size()) {
    return SyntaxError{static_cast<std::uint32_t>(place), "a space between scopes"};
  }
  Failure failure(text.data());
  Scopes scopes;
  if (!parse_all(rules::scopes, text, failure, "a scope", scopes)) {
    return failure.error();
  }
  return scopes;
}

}  // namespace fhirwall::grammar::scope
