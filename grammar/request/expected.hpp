#pragma once

#include <string_view>

// What the grammar wants where it fails: `SyntaxError::expected` is one of these, so that each
// kind of failure can be told from the others.
namespace fhirwall::grammar::request::expected {

inline constexpr std::string_view kLength = "a shorter text";
inline constexpr std::string_view kCount = "fewer parameters";
inline constexpr std::string_view kPathCharacter = "a path character";
inline constexpr std::string_view kSegment = "a path segment";
inline constexpr std::string_view kShape = "a path of the interface";
inline constexpr std::string_view kQueryCharacter = "a query character";
inline constexpr std::string_view kEscape = "two hex digits";
inline constexpr std::string_view kUtf8 = "valid UTF-8";
inline constexpr std::string_view kText = "a printable character";
inline constexpr std::string_view kName = "a parameter name";

}  // namespace fhirwall::grammar::request::expected
