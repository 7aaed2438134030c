#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/issue.hpp"
#include "core/search/compiled.hpp"
#include "core/search/criteria.hpp"
#include "grammar/criteria/ast.hpp"

namespace fhirwall::search {

// Where problems of one criteria text go; remembers whether there was an error.
class Reporter {
 public:
  Reporter(Issues& issues, std::string path) : issues_(issues), path_(std::move(path)) {}

  void error(IssueCode code, std::uint32_t offset, std::string message) {
    failed_ = true;
    issues_.error(code, path_, offset, std::move(message));
  }
  void warning(IssueCode code, std::uint32_t offset, std::string message) {
    issues_.warning(code, path_, offset, std::move(message));
  }
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  Issues& issues_;
  std::string path_;
  bool failed_ = false;
};

// A part of a value after binding: text, or an unescaped `|` or `$`.
struct BoundPiece {
  enum class Kind : std::uint8_t {
    kText,     // written in the criteria
    kLiteral,  // the value of a variable: never syntax, whatever is in it (SPEC 3.3)
    kPipe,
    kDollar,
  };
  Kind kind = Kind::kText;
  std::string text;
  std::uint32_t offset = 0;  // of its first byte in the criteria
};

// One alternative with its variables bound. Never empty.
struct BoundValue {
  std::vector<BoundPiece> pieces;
  std::uint32_t offset = 0;

  // The whole value as text, `|` and `$` as themselves.
  [[nodiscard]] std::string text() const;
  // The texts between its `|`.
  [[nodiscard]] std::vector<std::string> parts() const;
  // The prefix that is written in front of it, and takes it off; kEq when there is none. A prefix
  // is syntax, so it is never part of a variable's value (SPEC 3.3).
  [[nodiscard]] Prefix take_prefix();
  // The values between its `$`.
  [[nodiscard]] std::vector<BoundValue> split() const;
};

// Every prefix.
[[nodiscard]] std::span<const std::string_view> prefix_names();

// Binds the variables of `value`. False, and an issue, when one is unbound or the value is empty
// (SPEC 3.4, 1.3).
[[nodiscard]] bool bind(const grammar::criteria::Value& value, const CompileOptions& options,
                        Reporter& reporter, BoundValue& out);

// Appends the value as criteria text that parses back to the same value.
void append_criteria_value(const BoundValue& value, std::string& out);
// Appends a name or modifier as criteria text.
void append_criteria_name(std::string_view name, std::string& out);

}  // namespace fhirwall::search
