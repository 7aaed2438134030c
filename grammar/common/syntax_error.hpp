#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace fhirwall::grammar {

// Why a text is not a sentence of its language. Carries no part of the text.
struct SyntaxError {
  std::uint32_t offset = 0;   // byte offset of the furthest failure, 0-based
  std::string_view expected;  // what the grammar wanted there, e.g. "an operand"; a string literal,
                              // lives for ever
  bool limit = false;         // the text passes a bound; it may be a sentence all the same
};

// Either a syntax tree or the error. `ok()` says which; reading the other one is a programming
// error.
template <typename Ast>
class [[nodiscard]] Parsed {
 public:
  Parsed(Ast&& ast)
      : value_(std::move(ast)) {}  // NOLINT(google-explicit-constructor): reads as `return ast;`
  Parsed(SyntaxError error) : error_(error) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return value_.has_value(); }
  [[nodiscard]] const Ast& value() const& { return *value_; }
  [[nodiscard]] Ast&& value() && { return std::move(*value_); }
  [[nodiscard]] const SyntaxError& error() const { return error_; }

 private:
  std::optional<Ast> value_;
  SyntaxError error_;
};

}  // namespace fhirwall::grammar
