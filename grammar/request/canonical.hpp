#pragma once

#include <string_view>

#include "grammar/common/char_if.hpp"
#include "grammar/common/must.hpp"
#include "grammar/request/expected.hpp"

namespace fhirwall::grammar::request {

constexpr bool is_id_char(char c) { return is_alphanumeric(c) || c == '-' || c == '.'; }
constexpr bool is_operation_char(char c) { return is_alphanumeric(c) || c == '-' || c == '_'; }
constexpr bool is_path_char(char c) { return is_id_char(c) || c == '_' || c == '$' || c == '*'; }

// SPEC 13.1: whether the path of `url` holds nothing that another reader of URLs rewrites before it
// looks at the path: escapes, empty segments, `.` and `..`. No path of FHIR needs any of them.
inline bool is_canonical(std::string_view url, Failure& failure) {
  char const* const end = url.data() + url.size();
  char const* begin = url.data();  // of the segment
  for (char const* at = begin;; ++at) {
    const bool at_end = at == end || *at == '?';
    if (at_end || *at == '/') {
      const std::string_view segment(begin, static_cast<std::size_t>(at - begin));
      const bool is_base = at_end && at == url.data();
      if (!is_base && (segment.empty() || segment == "." || segment == "..")) {
        failure.record(begin, expected::kSegment);
        return false;
      }
      if (at_end) {
        return true;
      }
      begin = at + 1;
    } else if (!is_path_char(*at)) {
      failure.record(at, expected::kPathCharacter);
      return false;
    }
  }
}

}  // namespace fhirwall::grammar::request
