#include "core/fhirpath/syntax.hpp"

#include <algorithm>

#include "core/base/concat.hpp"
#include "core/base/sort.hpp"
#include "grammar/fhirpath/parse.hpp"

namespace fhirwall::fhirpath {
namespace {

using grammar::fhirpath::Expression;
using grammar::fhirpath::Kind;

bool is_id_of_external(const Expression& node) {
  return node.kind == Kind::kMember && node.children.size() == 2 &&
         node.children[0].kind == Kind::kExternal && node.children[1].kind == Kind::kIdentifier &&
         node.children[1].text == "id";
}

// An explicit stack: operator chains nest to the left as deep as the text is long.
void collect(const Expression& root, SyntaxFacts& facts) {
  std::vector<const Expression*> stack = {&root};
  std::vector<std::string_view> defined;
  while (!stack.empty()) {
    const Expression& node = *stack.back();
    stack.pop_back();
    if (is_id_of_external(node)) {
      const Span span = {node.children[0].span.begin, node.children[1].span.end};
      facts.externals.push_back({node.children[0].text, true, false, span});
      continue;
    }
    if (node.kind == Kind::kExternal) {
      facts.externals.push_back({node.text, false, false, node.span});
    } else if (node.kind == Kind::kFunction && node.text == "defineVariable" &&
               !node.children.empty() && node.children[0].kind == Kind::kString) {
      defined.push_back(node.children[0].text);
    } else if (node.kind == Kind::kString) {
      facts.literals.push_back({node.text, node.span});
    }
    for (const Expression& child : node.children) {
      stack.push_back(&child);
    }
  }
  for (ExternalUse& use : facts.externals) {
    use.defined = std::find(defined.begin(), defined.end(), use.name) != defined.end();
  }
  const auto by_place = [](const auto& a, const auto& b) { return a.span.begin < b.span.begin; };
  sort_by(facts.externals, by_place);
  sort_by(facts.literals, by_place);
}

}  // namespace

std::optional<CompileError> check_syntax(std::string_view text, const Limits& limits,
                                         SyntaxFacts& facts) {
  const grammar::fhirpath::ParseLimits bounds = {limits.max_expression_bytes,
                                                 limits.max_expression_nesting};
  const auto parsed = grammar::fhirpath::parse(text, bounds);
  if (!parsed.ok()) {
    return CompileError{parsed.error().offset, concat("expected ", parsed.error().expected)};
  }
  collect(parsed.value(), facts);
  return std::nullopt;
}

}  // namespace fhirwall::fhirpath
