#pragma once

#include <string_view>

// What the grammar wants where it fails: `SyntaxError::expected` is one of these, so that each
// kind of failure can be told from the others.
namespace fhirwall::grammar::request::expected {

inline constexpr std::string_view kLength = "a text no longer than the limit";
inline constexpr std::string_view kCount = "no more parameters than the limit";
inline constexpr std::string_view kPathCharacter = "a letter, a digit or one of `-._$*/`";
inline constexpr std::string_view kSegment = "a path segment other than `.` and `..`";
inline constexpr std::string_view kShape = "the rest of a path of the interface";
inline constexpr std::string_view kQueryCharacter = "a character of a query, unescaped";
inline constexpr std::string_view kEscape = "two hex digits after `%`";
inline constexpr std::string_view kUtf8 = "valid UTF-8";
inline constexpr std::string_view kText = "a character other than a control character";
inline constexpr std::string_view kName = "the name of a parameter and `=`";

}  // namespace fhirwall::grammar::request::expected
