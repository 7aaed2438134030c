#pragma once

#include <cstdint>
#include <string_view>

#include <boost/spirit/home/x3.hpp>

#include "grammar/common/syntax_error.hpp"

// Soft expectations. X3's own `a > b` throws, which a build without exceptions cannot do; `must`
// records where it failed and what was wanted, and then fails like any parser. The furthest place
// wins, so that backtracking afterwards does not blur the message.
namespace fhirwall::grammar {

namespace x3 = boost::spirit::x3;

struct FailureTag;  // finds the Failure in a parse context

class Failure {
 public:
  explicit Failure(char const* begin) : begin_(begin), place_(begin) {}

  // At the same place the first record stays: it comes from the innermost rule.
  void record(char const* place, std::string_view expected, bool limit = false) {
    if (expected_.empty() || place > place_) {
      place_ = place;
      expected_ = expected;
      limit_ = limit;
    }
  }

  [[nodiscard]] bool recorded() const { return !expected_.empty(); }

  [[nodiscard]] SyntaxError error() const { return {offset(place_), expected_, limit_}; }

  // Bytes from the start of the text to `place`.
  [[nodiscard]] std::uint32_t offset(char const* place) const {
    return static_cast<std::uint32_t>(place - begin_);
  }

 private:
  char const* begin_;
  char const* place_;
  std::string_view expected_;
  bool limit_ = false;  // see SyntaxError
};

template <typename Context>
Failure& failure_of(Context const& context) {
  return x3::get<FailureTag>(context);
}

template <typename Subject>
struct MustDirective : x3::unary_parser<Subject, MustDirective<Subject>> {
  using Base = x3::unary_parser<Subject, MustDirective<Subject>>;
  static constexpr bool is_pass_through_unary = true;
  static constexpr bool handles_container = Subject::handles_container;

  constexpr MustDirective(Subject const& wanted, std::string_view what)
      : Base(wanted), expected(what) {}

  template <typename Iterator, typename Context, typename RuleContext, typename Attribute>
  bool parse(Iterator& first, Iterator const& last, Context const& context, RuleContext& rcontext,
             Attribute& attribute) const {
    Iterator at = first;
    if (this->subject.parse(at, last, context, rcontext, attribute)) {
      first = at;
      return true;
    }
    Iterator place = first;
    x3::skip_over(place, last, context);
    failure_of(context).record(place, expected);
    return false;
  }

  std::string_view expected;
};

// Tries `p`; when it fails, notes the place and `what` (a string literal) and fails.
template <typename P>
constexpr auto must(P const& p, std::string_view what) {
  return MustDirective<typename x3::extension::as_parser<P>::value_type>(x3::as_parser(p), what);
}

}  // namespace fhirwall::grammar
