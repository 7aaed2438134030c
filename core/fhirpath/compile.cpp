#include <algorithm>
#include <utility>

#include "core/base/ascii.hpp"
#include "core/fhirpath/instructions.hpp"
#include "core/fhirpath/steps.hpp"
#include "grammar/fhirpath/parse.hpp"

namespace fhirwall::fhirpath {
namespace {

using grammar::fhirpath::Expression;
using grammar::fhirpath::Kind;

// Nested operators and steps of one expression. The longest R4 search parameter has 12; each level
// costs one stack frame here and in evaluate().
constexpr std::uint32_t kMaxDepth = 200;

// A piece of lowered code with the types its items can have.
struct Lowered {
  OpIndex op = 0;
  Types types;
  bool dropped = false;  // starts with another resource type: yields nothing
};

class Compiler {
 public:
  Compiler(Program& program, fhir::TypeId focus) : program_(program), focus_(focus) {}

  bool run(const Expression& expression) {
    Lowered result;
    if (!lower(expression, {focus_}, true, 0, result)) {
      return false;
    }
    if (result.dropped) {
      return fail(expression, "the expression is about another resource type");
    }
    if (!strings_are_operands()) {
      return fail(expression, "a text is supported only beside `=` and `!=`");
    }
    program_.focus = focus_;
    program_.entry = result.op;
    program_.types = std::move(result.types);
    return true;
  }

  CompileError error;

 private:
  bool fail(const Expression& at, std::string message) {
    error = {at.span.begin, std::move(message)};
    return false;
  }

  // evaluate() has no items for texts: they live in comparisons only.
  [[nodiscard]] bool strings_are_operands() const {
    std::size_t strings = 0;
    std::size_t operands = 0;
    for (const Instruction& instruction : program_.code) {
      strings += instruction.op == Op::kString;
      operands += (instruction.op == Op::kEqual || instruction.op == Op::kNotEqual) &&
                  program_.code[instruction.b].op == Op::kString;
    }
    return strings == operands;
  }

  OpIndex emit(Instruction instruction) {
    program_.code.push_back(instruction);
    return static_cast<OpIndex>(program_.code.size() - 1);
  }

  Lowered scope(const Types& self, bool root) {
    return {emit({.op = root ? Op::kRoot : Op::kThis}), self, false};
  }

  // `self` are the types of $this; `root` says that $this is the resource itself.
  bool lower(const Expression& e, const Types& self, bool root, std::uint32_t depth, Lowered& out) {
    if (depth > kMaxDepth) {
      return fail(e, "the expression is nested too deeply");
    }
    switch (e.kind) {
      case Kind::kEmpty: out = {emit({.op = Op::kEmpty}), {}, false}; return true;
      case Kind::kBoolean:
        out = {emit({.op = Op::kBoolean, .integer = e.text == "true"}),
               {fhir::well_known().boolean},
               false};
        return true;
      case Kind::kString:
        program_.strings.push_back(e.text);
        out = {emit({.op = Op::kString,
                     .integer = static_cast<std::int32_t>(program_.strings.size() - 1)}),
               {fhir::well_known().string},
               false};
        return true;
      case Kind::kNumber: return lower_integer(e, out);
      case Kind::kThis: out = scope(self, root); return true;
      case Kind::kIdentifier: return lower_first_name(e, self, root, out);
      case Kind::kFunction: {
        Lowered input = scope(self, root);
        return lower_function(e, std::move(input), self, root, depth, out);
      }
      case Kind::kMember: return lower_member(e, self, root, depth, out);
      case Kind::kIndexer: return lower_indexer(e, self, root, depth, out);
      case Kind::kType: {
        Lowered input;
        fhir::TypeId type{};
        return lower(e.children[0], self, root, depth + 1, input) &&
               find_type_name(e, e.unit, type) && lower_type(e, input, type, e.text == "is", out);
      }
      case Kind::kUnion: return lower_union(e, self, root, depth, out);
      case Kind::kEquality: return lower_equality(e, self, root, depth, out);
      case Kind::kAnd:
      case Kind::kOr: return lower_logic(e, self, root, depth, out);
      case Kind::kLong:
      case Kind::kDate:
      case Kind::kDateTime:
      case Kind::kTime:
      case Kind::kQuantity:
      case Kind::kExternal:
      case Kind::kIndex:
      case Kind::kTotal:
      case Kind::kPolarity:
      case Kind::kMultiply:
      case Kind::kAdd:
      case Kind::kInequality:
      case Kind::kMembership:
      case Kind::kImplies: break;
    }
    return fail(e, "this operator or literal is not supported in a search parameter");
  }

  bool integer_of(const Expression& e, std::int32_t& value) {
    if (e.kind != Kind::kNumber || e.text.empty() || e.text.size() > 9 ||
        !std::all_of(e.text.begin(), e.text.end(), ascii::is_digit)) {
      return fail(e, "an integer is expected");
    }
    value = 0;
    for (const char digit : e.text) {
      value = value * 10 + (digit - '0');
    }
    return true;
  }

  bool lower_integer(const Expression& e, Lowered& out) {
    std::int32_t value = 0;
    if (!integer_of(e, value)) {
      return false;
    }
    out = {emit({.op = Op::kInteger, .integer = value}), {fhir::well_known().integer}, false};
    return true;
  }

  // The first name of a path: a resource type, or an element of $this.
  bool lower_first_name(const Expression& e, const Types& self, bool root, Lowered& out) {
    const fhir::TypeId named = fhir::find_type(e.text);
    if (root && named != fhir::TypeId::kNone && fhir::is_a(named, fhir::well_known().resource)) {
      out = scope(self, root);
      out.dropped = !fhir::is_a(focus_, named);
      if (out.dropped) {
        out = {emit({.op = Op::kEmpty}), {}, true};
      }
      return true;
    }
    Lowered input = scope(self, root);
    return lower_step(e, input, out);
  }

  bool lower_member(const Expression& e, const Types& self, bool root, std::uint32_t depth,
                    Lowered& out) {
    Lowered input;
    if (!lower(e.children[0], self, root, depth + 1, input)) {
      return false;
    }
    if (input.dropped) {
      out = std::move(input);
      return true;
    }
    const Expression& member = e.children[1];
    if (member.kind == Kind::kIdentifier) {
      return lower_step(member, input, out);
    }
    if (member.kind == Kind::kFunction) {
      return lower_function(member, std::move(input), self, root, depth, out);
    }
    return fail(member, "this member is not supported in a search parameter");
  }

  // `.name`: a path grows by one step; anything else becomes the start of a path.
  bool lower_step(const Expression& e, const Lowered& input, Lowered& out) {
    Step step;
    step.name = e.text;
    step.first_edge = static_cast<std::uint32_t>(program_.edges.size());
    step.resource_type = e.text == "resourceType";
    Types types;
    for (const fhir::TypeId parent : input.types) {
      add_edges(program_, focus_, parent, step, types);
    }
    step.edge_count = static_cast<std::uint32_t>(program_.edges.size()) - step.first_edge;
    if (step.resource_type) {
      add_type(types, fhir::well_known().code);
    }
    if (types.empty()) {
      return fail(e, "there is no element `" + e.text + "` here");
    }
    const auto step_index = static_cast<std::uint32_t>(program_.steps.size());
    program_.steps.push_back(std::move(step));
    Instruction& before = program_.code[input.op];
    if (before.op == Op::kPath && before.first_step + before.step_count == step_index) {
      before.step_count += 1;
      out = {input.op, std::move(types), false};
      return true;
    }
    out = {emit({.op = Op::kPath, .a = input.op, .first_step = step_index, .step_count = 1}),
           std::move(types), false};
    return true;
  }

  bool lower_indexer(const Expression& e, const Types& self, bool root, std::uint32_t depth,
                     Lowered& out) {
    Lowered input;
    std::int32_t index = 0;
    if (!lower(e.children[0], self, root, depth + 1, input) || !integer_of(e.children[1], index)) {
      return false;
    }
    out = {emit({.op = Op::kFirst, .a = input.op, .integer = index}), std::move(input.types),
           input.dropped};
    return true;
  }

  bool find_type_name(const Expression& e, std::string_view name, fhir::TypeId& type) {
    if (name.starts_with("FHIR.")) {
      name.remove_prefix(5);
    }
    type = fhir::find_type(name);
    return type != fhir::TypeId::kNone || fail(e, "there is no such type");
  }

  // The argument of ofType(), as() and is(): `Quantity` or `FHIR.Quantity`.
  bool type_argument(const Expression& e, fhir::TypeId& type) {
    if (e.children.size() != 1) {
      return fail(e, "one type is expected");
    }
    const Expression& argument = e.children[0];
    if (argument.kind == Kind::kIdentifier) {
      return find_type_name(argument, argument.text, type);
    }
    if (argument.kind == Kind::kMember && argument.children[0].kind == Kind::kIdentifier &&
        argument.children[0].text == "FHIR" && argument.children[1].kind == Kind::kIdentifier) {
      return find_type_name(argument, argument.children[1].text, type);
    }
    return fail(argument, "a type is expected");
  }

  bool lower_type(const Expression& e, const Lowered& input, fhir::TypeId type, bool is,
                  Lowered& out) {
    if (input.dropped) {
      out = input;
      return true;
    }
    if (is) {
      out = {
          emit({.op = Op::kIs, .type = type, .a = input.op}), {fhir::well_known().boolean}, false};
      return true;
    }
    Types kept;
    for (const fhir::TypeId candidate : input.types) {
      if (fhir::is_a(candidate, type)) {
        add_type(kept, candidate);
      } else if (fhir::is_a(type, candidate)) {
        add_type(kept, type);  // an abstract Resource narrowed to one type
      }
    }
    if (kept.empty()) {
      return fail(e, "the value can never have this type");
    }
    out = {emit({.op = Op::kOfType, .type = type, .a = input.op}), std::move(kept), false};
    return true;
  }

  bool lower_union(const Expression& e, const Types& self, bool root, std::uint32_t depth,
                   Lowered& out) {
    Lowered left;
    Lowered right;
    if (!lower(e.children[0], self, root, depth + 1, left) ||
        !lower(e.children[1], self, root, depth + 1, right)) {
      return false;
    }
    if (left.dropped || right.dropped) {
      out = left.dropped ? std::move(right) : std::move(left);
      return true;
    }
    out = std::move(left);
    for (const fhir::TypeId type : right.types) {
      add_type(out.types, type);
    }
    out.op = emit({.op = Op::kUnion, .a = out.op, .b = right.op});
    return true;
  }

  [[nodiscard]] bool is_literal(OpIndex op) const {
    const Op kind = program_.code[op].op;
    return kind == Op::kString || kind == Op::kBoolean || kind == Op::kInteger;
  }

  bool lower_equality(const Expression& e, const Types& self, bool root, std::uint32_t depth,
                      Lowered& out) {
    if (e.text != "=" && e.text != "!=") {
      return fail(e, "`~` and `!~` are not supported in a search parameter");
    }
    Lowered left;
    Lowered right;
    if (!lower(e.children[0], self, root, depth + 1, left) ||
        !lower(e.children[1], self, root, depth + 1, right)) {
      return false;
    }
    if (is_literal(left.op)) {
      std::swap(left, right);
    }
    if (!is_literal(right.op) || is_literal(left.op)) {
      return fail(e, "a comparison needs exactly one literal");
    }
    out = {emit({.op = e.text == "=" ? Op::kEqual : Op::kNotEqual, .a = left.op, .b = right.op}),
           {fhir::well_known().boolean},
           left.dropped};
    return true;
  }

  bool lower_logic(const Expression& e, const Types& self, bool root, std::uint32_t depth,
                   Lowered& out) {
    if (e.text != "and" && e.text != "or") {
      return fail(e, "`xor` is not supported in a search parameter");
    }
    Lowered left;
    Lowered right;
    if (!lower(e.children[0], self, root, depth + 1, left) ||
        !lower(e.children[1], self, root, depth + 1, right)) {
      return false;
    }
    out = {emit({.op = e.text == "and" ? Op::kAnd : Op::kOr, .a = left.op, .b = right.op}),
           {fhir::well_known().boolean},
           left.dropped && right.dropped};
    return true;
  }

  bool expect_arguments(const Expression& e, std::size_t low, std::size_t high) {
    return (e.children.size() >= low && e.children.size() <= high) ||
           fail(e, "`" + e.text + "` does not take this number of arguments");
  }

  bool lower_function(const Expression& e, Lowered input, const Types& self, bool root,
                      std::uint32_t depth, Lowered& out) {
    const fhir::WellKnown& known = fhir::well_known();
    if (e.text == "where" || e.text == "exists") {
      if (!expect_arguments(e, e.text == "where" ? 1 : 0, 1)) {
        return false;
      }
      if (!e.children.empty()) {
        Lowered test;
        if (!lower(e.children[0], input.types, false, depth + 1, test)) {
          return false;
        }
        input.op = emit({.op = Op::kWhere, .a = input.op, .b = test.op});
      }
      out = std::move(input);
      if (e.text == "exists") {
        out = {emit({.op = Op::kExists, .a = out.op}), {known.boolean}, false};
      }
      return true;
    }
    if (e.text == "ofType" || e.text == "as" || e.text == "is") {
      fhir::TypeId type{};
      return type_argument(e, type) && lower_type(e, input, type, e.text == "is", out);
    }
    if (e.text == "resolve") {
      if (!expect_arguments(e, 0, 0)) {
        return false;
      }
      // A contained resource can be walked further; of any other only the type is known.
      out = {emit({.op = Op::kResolve, .a = input.op}), {known.resource}, false};
      return true;
    }
    if (e.text == "first" || e.text == "not") {
      if (!expect_arguments(e, 0, 0)) {
        return false;
      }
      if (e.text == "not") {
        input.types = {known.boolean};
      }
      out = {emit({.op = e.text == "not" ? Op::kNot : Op::kFirst, .a = input.op}),
             std::move(input.types), false};
      return true;
    }
    if (e.text == "extension") {
      return lower_extension(e, input, out);
    }
    if (e.text == "iif") {
      return lower_iif(e, self, root, depth, out);
    }
    return fail(e, "function `" + e.text + "` is not supported in a search parameter");
  }

  // extension('url') is extension.where(url = 'url').
  bool lower_extension(const Expression& e, const Lowered& input, Lowered& out) {
    if (!expect_arguments(e, 1, 1)) {
      return false;
    }
    if (e.children[0].kind != Kind::kString) {
      return fail(e.children[0], "an extension url is expected");
    }
    Expression name;
    name.kind = Kind::kIdentifier;
    name.span = e.span;
    name.text = "extension";
    Lowered extensions;
    if (!lower_step(name, input, extensions)) {
      return false;
    }
    name.text = "url";
    Lowered url;
    if (!lower_step(name, scope(extensions.types, false), url)) {
      return false;
    }
    program_.strings.push_back(e.children[0].text);
    const OpIndex literal = emit(
        {.op = Op::kString, .integer = static_cast<std::int32_t>(program_.strings.size() - 1)});
    const OpIndex test = emit({.op = Op::kEqual, .a = url.op, .b = literal});
    out = {emit({.op = Op::kWhere, .a = extensions.op, .b = test}), std::move(extensions.types),
           false};
    return true;
  }

  bool lower_iif(const Expression& e, const Types& self, bool root, std::uint32_t depth,
                 Lowered& out) {
    if (!expect_arguments(e, 3, 3)) {
      return false;
    }
    Lowered test;
    Lowered yes;
    Lowered no;
    if (!lower(e.children[0], self, root, depth + 1, test) ||
        !lower(e.children[1], self, root, depth + 1, yes) ||
        !lower(e.children[2], self, root, depth + 1, no)) {
      return false;
    }
    out = std::move(yes);
    for (const fhir::TypeId type : no.types) {
      add_type(out.types, type);
    }
    out.op = emit({.op = Op::kIif, .a = test.op, .b = out.op, .c = no.op});
    out.dropped = false;
    return true;
  }

  Program& program_;
  fhir::TypeId focus_;
};

}  // namespace

CompileResult compile(const Expression& expression, fhir::TypeId focus) {
  auto program = std::make_shared<Program>();
  Compiler compiler(*program, focus);
  CompileResult result;
  if (!compiler.run(expression)) {
    result.error = std::move(compiler.error);
    return result;
  }
  result.program = std::move(program);
  return result;
}

CompileResult compile(std::string_view text, fhir::TypeId focus) {
  auto parsed = grammar::fhirpath::parse(text);
  if (!parsed.ok()) {
    CompileResult result;
    result.error = {parsed.error().offset, "the expression does not parse: expected " +
                                               std::string(parsed.error().expected)};
    return result;
  }
  return compile(parsed.value(), focus);
}

std::span<const fhir::TypeId> result_types(const Program& program) { return program.types; }

bool yields_concept_text(const Program& program) {
  const Instruction& entry = program.code[program.entry];
  if (entry.op != Op::kPath) {
    return false;
  }
  const Step& last = program.steps[entry.first_step + entry.step_count - 1];
  return last.name == "text" && last.edge_count == 1 &&
         program.edges[last.first_edge].parent == fhir::well_known().codeable_concept;
}

}  // namespace fhirwall::fhirpath
