#pragma once

#include <string_view>
#include <utility>

#include "grammar/common/must.hpp"
#include "grammar/common/span.hpp"
#include "grammar/common/utf8.hpp"
#include "grammar/criteria/ast.hpp"
#include "grammar/criteria/form.hpp"

namespace fhirwall::grammar::criteria {

// Parses a value whose signs are another grammar's: everything up to `&`, `?` or what cannot be
// decoded. Takes nothing from an empty value, and succeeds.
struct VerbatimText : x3::parser<VerbatimText> {
  using attribute_type = Verbatim;
  static constexpr bool has_attribute = true;

  template <typename Iterator, typename Context, typename RuleContext, typename Attribute>
  bool parse(Iterator& first, Iterator const& last, Context const& context, RuleContext const&,
             Attribute& attribute) const {
    const Names bound = x3::get<NamesTag>(context);
    Failure& failure = failure_of(context);
    Verbatim value;
    for (;;) {
      Iterator const begin = first;
      if (const std::string_view name = variable_at(first, last, bound); !name.empty()) {
        first += name.size() + 1;
        if (std::string_view(first, static_cast<std::size_t>(last - first)).starts_with(".id")) {
          first += 3;
        }
        append_variable(std::string_view(begin, static_cast<std::size_t>(first - begin)),
                        failure.offset(begin), value);
        continue;
      }
      char32_t code_point = 0;
      if (!read_form_char(first, last, bound, code_point, failure)) {
        break;
      }
      append_utf8(code_point, value.text);
      for (Iterator byte = begin; byte != first; byte += *byte == '%' ? 3 : 1) {
        value.places.push_back(failure.offset(byte));
      }
    }
    value.places.push_back(failure.offset(first));
    x3::traits::move_to(std::move(value), attribute);
    return true;
  }

 private:
  static void append_variable(std::string_view written, std::uint32_t place, Verbatim& value) {
    const auto begin = static_cast<std::uint32_t>(value.text.size());
    value.text += written;
    value.variables.push_back({begin, static_cast<std::uint32_t>(value.text.size())});
    while (value.places.size() < value.text.size()) {
      value.places.push_back(place++);
    }
  }
};

}  // namespace fhirwall::grammar::criteria
