#include <algorithm>
#include <utility>

#include "core/base/concat.hpp"
#include "core/fhirpath/compiler.hpp"
#include "core/fhirpath/names.hpp"
#include "grammar/fhirpath/parse.hpp"

namespace fhirwall::fhirpath {

using grammar::fhirpath::Expression;
using grammar::fhirpath::Kind;

namespace {

Op logic_op(std::string_view text) {
  if (text == "and") {
    return Op::kAnd;
  }
  if (text == "or") {
    return Op::kOr;
  }
  return text == "xor" ? Op::kXor : Op::kImplies;
}

struct OperatorName {
  std::string_view text;
  Operator op;
};
constexpr OperatorName kOperators[] = {
    {"=", Operator::kEqual},
    {"!=", Operator::kNotEqual},
    {"~", Operator::kEquivalent},
    {"!~", Operator::kNotEquivalent},
    {"<", Operator::kLess},
    {"<=", Operator::kLessOrEqual},
    {">", Operator::kGreater},
    {">=", Operator::kGreaterOrEqual},
    {"in", Operator::kIn},
    {"contains", Operator::kContains},
    {"*", Operator::kMultiply},
    {"/", Operator::kDivide},
    {"div", Operator::kIntegerDivide},
    {"mod", Operator::kModulo},
    {"+", Operator::kAdd},
    {"-", Operator::kSubtract},
    {"&", Operator::kConcatenate},
};

bool search_operator(Operator op) { return op == Operator::kEqual || op == Operator::kNotEqual; }

void add_types(const Flow& from, Flow& to) {
  for (const fhir::TypeId type : from.types) {
    add_type(to.types, type);
  }
  to.known = to.known && from.known;
  to.ordered = to.ordered && from.ordered;
}

// Names that defineVariable('...') binds somewhere in the expression.
void collect_definitions(const Expression& e, std::vector<std::string>& names) {
  if (e.kind == Kind::kFunction && e.text == "defineVariable" && !e.children.empty() &&
      e.children[0].kind == Kind::kString) {
    names.push_back(e.children[0].text);
  }
  for (const Expression& child : e.children) {
    collect_definitions(child, names);
  }
}

}  // namespace

Compiler::Compiler(Program& program, const CompileOptions& options)
    : program_(program), options_(options) {}

bool Compiler::run(const Expression& expression) {
  program_.dialect = options_.dialect;
  program_.focus = options_.focus;
  collect_definitions(expression, defined_);
  Flow self;
  self.known = options_.focus != fhir::TypeId::kNone;
  if (self.known) {
    self.types = {options_.focus};
  }
  Flow result;
  if (!lower(expression, {&self, true}, result)) {
    return false;
  }
  if (result.dropped) {
    return fail(expression, "the expression is about another resource type",
                IssueCode::kFhirPathType);
  }
  program_.entry = result.op;
  if (result.known) {
    program_.types = std::move(result.types);
  }
  return true;
}

bool Compiler::fail(const Expression& at, std::string message, IssueCode code) {
  error = {at.span.begin, std::move(message), code};
  return false;
}

OpIndex Compiler::emit(const Expression& at, Instruction instruction) {
  instruction.offset = at.span.begin;
  program_.code.push_back(instruction);
  return static_cast<OpIndex>(program_.code.size() - 1);
}

std::uint32_t Compiler::add_name(std::string_view name) {
  program_.names.emplace_back(name);
  return static_cast<std::uint32_t>(program_.names.size() - 1);
}

bool Compiler::computed(OpIndex op, Flow& out, fhir::TypeId in_search) {
  out = {};
  out.op = op;
  if (search()) {
    out.types = {in_search};
  }
  return true;
}

// The tree's depth is bounded by the grammar's limits (ParseLimits): recursion needs no bound of
// its own.
bool Compiler::lower(const Expression& e, const Surroundings& around, Flow& out) {
  switch (e.kind) {
    case Kind::kEmpty: return computed(emit(e, {.op = Op::kEmpty, .type = {}}), out);
    case Kind::kBoolean:
    case Kind::kString:
    case Kind::kNumber:
    case Kind::kLong:
    case Kind::kDate:
    case Kind::kDateTime:
    case Kind::kTime:
    case Kind::kQuantity: return lower_literal(e, out);
    case Kind::kThis:
      out = *around.self;
      out.op = emit(e, {.op = Op::kThis, .type = {}});
      return true;
    case Kind::kIndex: return computed(emit(e, {.op = Op::kIndex, .type = {}}), out);
    case Kind::kTotal:
      computed(emit(e, {.op = Op::kTotal, .type = {}}), out);
      out.known = false;
      return true;
    case Kind::kExternal: return lower_external(e, out);
    case Kind::kIdentifier: return lower_name(e, around, out);
    case Kind::kFunction: return lower_call(e, nullptr, around, out);
    case Kind::kSortKey: break;  // lower_arguments() has taken it off
    case Kind::kMember: return lower_member(e, around, out);
    case Kind::kIndexer: return lower_indexer(e, around, out);
    case Kind::kType: return lower_type_operator(e, around, out);
    case Kind::kUnion: return lower_union(e, around, out);
    case Kind::kPolarity: return lower_polarity(e, around, out);
    case Kind::kMultiply:
    case Kind::kAdd:
    case Kind::kInequality:
    case Kind::kEquality:
    case Kind::kMembership: return lower_operator(e, around, out);
    case Kind::kAnd:
    case Kind::kOr:
    case Kind::kImplies: return lower_logic(e, around, out);
  }
  return fail(e, "this expression is not supported");
}

bool Compiler::lower_literal(const Expression& e, Flow& out) {
  Item item;
  if (!constant_of(e, item)) {
    return false;
  }
  program_.constants.push_back(item);
  const auto index = static_cast<std::uint32_t>(program_.constants.size() - 1);
  const fhir::WellKnown& known = fhir::well_known();
  return computed(emit(e, {.op = Op::kConstant, .type = {}, .first = index}), out,
                  e.kind == Kind::kString   ? known.string
                  : e.kind == Kind::kNumber ? known.integer
                                            : known.boolean);
}

bool Compiler::lower_external(const Expression& e, Flow& out) {
  if (search()) {
    return fail(e, "search parameters have no variables");
  }
  if (is_factory(e)) {
    return fail(e, "`%factory` stands before its functions only, as in `%factory.string('a')`",
                IssueCode::kUnboundVariable);
  }
  const auto is = [&](const std::string& name) { return name == e.text; };
  if (options_.variables != nullptr && !is_language_variable(e.text) &&
      std::none_of(options_.variables->begin(), options_.variables->end(), is) &&
      std::none_of(defined_.begin(), defined_.end(), is)) {
    return fail(e, concat("there is no variable `%", e.text, "`"), IssueCode::kUnboundVariable);
  }
  computed(emit(e, {.op = Op::kExternal, .type = {}, .first = add_name(e.text)}), out);
  out.known = false;
  return true;
}

// The first name of a path: a type, which is $this if it is one, or an element of $this.
bool Compiler::lower_name(const Expression& e, const Surroundings& around, Flow& out) {
  const fhir::TypeId named = fhir::find_type(e.text);
  const Flow& self = *around.self;
  // Plain JSON may be of a type that the model does not know.
  const bool may_name = named != fhir::TypeId::kNone || (!search() && !self.known);
  const bool type_name =
      may_name && around.root && !e.text.empty() && e.text[0] >= 'A' && e.text[0] <= 'Z';
  if (type_name && self.known) {
    const bool fits = std::any_of(self.types.begin(), self.types.end(), [&](fhir::TypeId type) {
      return fhir::is_a(type, named) || (!search() && fhir::is_a(named, type));
    });
    if (fits || search()) {
      out = self;
      out.dropped = !fits;
      out.op = emit(e, {.op = fits ? Op::kThis : Op::kEmpty, .type = {}});
      return true;
    }
    if (options_.strict) {
      return fail(e,
                  concat("the expression starts from ", fhir::type_name(self.types.front()),
                         ", which is no ", e.text),
                  IssueCode::kFhirPathType);
    }
  }
  if (type_name) {
    out = {};
    if (named != fhir::TypeId::kNone) {
      out.types = {named};
    } else {
      out.known = false;
    }
    out.op = emit(e, {.op = Op::kRootType, .type = {.fhir = named}, .first = add_name(e.text)});
    return true;
  }
  Flow input = self;
  input.op = emit(e, {.op = Op::kThis, .type = {}});
  return lower_step(e, input, out);
}

bool Compiler::lower_member(const Expression& e, const Surroundings& around, Flow& out) {
  if (is_factory(e.children[0])) {
    return lower_factory(e.children[1], around, out);
  }
  Flow input;
  if (!lower(e.children[0], around, input)) {
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
    return lower_call(member, &input, around, out);
  }
  return fail(member, "an element or a function is expected behind the point",
              IssueCode::kFhirPathSyntax);
}

// `.name`: a path grows by one step; anything else becomes the start of a path.
bool Compiler::lower_step(const Expression& e, const Flow& input, Flow& out) {
  Step step;
  step.name = e.text;
  step.first_edge = static_cast<std::uint32_t>(program_.edges.size());
  step.resource_type = e.text == "resourceType";
  step.dynamic = !search();
  Types types;
  for (const fhir::TypeId parent : input.types) {
    add_edges(program_, options_, parent, step, types);
  }
  step.edge_count = static_cast<std::uint32_t>(program_.edges.size()) - step.first_edge;
  if (step.resource_type) {
    add_type(types, fhir::well_known().code);
  }
  const bool of_computed =
      input.known && input.types.empty() &&
      (e.text == "value" || e.text == "unit" || e.text == "name" || e.text == "namespace");
  if (types.empty() && input.known && checked() && !of_computed) {
    return fail(e, concat("there is no element `", e.text, "` here"), IssueCode::kUnknownPath);
  }
  const auto step_index = static_cast<std::uint32_t>(program_.steps.size());
  program_.steps.push_back(std::move(step));
  Instruction& before = program_.code[input.op];
  OpIndex op = input.op;
  if (before.op == Op::kPath && before.first + before.count == step_index) {
    before.count += 1;
  } else {
    op = emit(e, {.op = Op::kPath, .type = {}, .a = input.op, .first = step_index, .count = 1});
  }
  out = {};
  out.op = op;
  out.types = std::move(types);
  out.known = input.known;
  out.ordered = input.ordered;
  return true;
}

bool Compiler::lower_indexer(const Expression& e, const Surroundings& around, Flow& out) {
  Flow input;
  Flow index;
  if (!lower(e.children[0], around, input) || !lower(e.children[1], around, index)) {
    return false;
  }
  if (options_.strict && !input.ordered) {
    return fail(e.children[1], "an index needs a collection with an order",
                IssueCode::kFhirPathType);
  }
  out = std::move(input);
  out.op = emit(e.children[1], {.op = Op::kItemAt, .type = {}, .a = out.op, .b = index.op});
  return true;
}

bool Compiler::lower_union(const Expression& e, const Surroundings& around, Flow& out) {
  Flow right;
  if (!lower(e.children[0], around, out) || !lower(e.children[1], around, right)) {
    return false;
  }
  if (out.dropped || right.dropped) {
    if (out.dropped) {
      out = std::move(right);
    }
    return true;
  }
  add_types(right, out);
  out.op = emit(e, {.op = Op::kUnion, .type = {}, .a = out.op, .b = right.op});
  return true;
}

bool Compiler::lower_operator(const Expression& e, const Surroundings& around, Flow& out) {
  const auto* found = std::find_if(std::begin(kOperators), std::end(kOperators),
                                   [&](const OperatorName& name) { return name.text == e.text; });
  if (found == std::end(kOperators) || (search() && !search_operator(found->op))) {
    return fail(e, concat("operator `", e.text, "` is not supported in a search parameter"));
  }
  Flow left;
  Flow right;
  if (!lower(e.children[0], around, left) || !lower(e.children[1], around, right)) {
    return false;
  }
  computed(emit(e, {.op = Op::kOperator,
                    .function = static_cast<std::uint8_t>(found->op),
                    .type = {},
                    .a = left.op,
                    .b = right.op}),
           out);
  out.dropped = left.dropped;
  return true;
}

bool Compiler::lower_logic(const Expression& e, const Surroundings& around, Flow& out) {
  Flow left;
  Flow right;
  if (!lower(e.children[0], around, left) || !lower(e.children[1], around, right)) {
    return false;
  }
  computed(emit(e, {.op = logic_op(e.text), .type = {}, .a = left.op, .b = right.op}), out);
  out.dropped = left.dropped && right.dropped;
  return true;
}

bool Compiler::lower_polarity(const Expression& e, const Surroundings& around, Flow& out) {
  if (search()) {
    return fail(e, "signs are not supported in a search parameter");
  }
  // A negative number is one constant: -2147483648 is an Integer, 2147483648 is none.
  const Expression& number = e.children[0];
  if (e.text == "-" && (number.kind == Kind::kNumber || number.kind == Kind::kLong)) {
    Expression negative = number;
    negative.text.insert(0, 1, '-');
    return lower_literal(negative, out);
  }
  Flow operand;
  if (!lower(number, around, operand)) {
    return false;
  }
  // `+x` is checked like `-x` and changes nothing: it is the negation of the negation.
  OpIndex op = operand.op;
  for (int times = e.text == "-" ? 1 : 2; times > 0; --times) {
    op = emit(e, {.op = Op::kOperator,
                  .function = static_cast<std::uint8_t>(Operator::kNegate),
                  .type = {},
                  .b = op});
  }
  return computed(op, out);
}

CompileResult compile(const Expression& expression, const CompileOptions& options) {
  auto program = std::make_shared<Program>();
  Compiler compiler(*program, options);
  CompileResult result;
  if (!compiler.run(expression)) {
    result.error = std::move(compiler.error);
    return result;
  }
  result.program = std::move(program);
  return result;
}

CompileResult compile(std::string_view text, const CompileOptions& options, const Limits& limits) {
  grammar::fhirpath::ParseLimits parse_limits;
  parse_limits.max_bytes = limits.max_expression_bytes;
  parse_limits.max_nesting = limits.max_expression_nesting;
  auto parsed = grammar::fhirpath::parse(text, parse_limits);
  if (!parsed.ok()) {
    CompileResult result;
    const auto& error = parsed.error();
    result.error = {error.offset,
                    concat("the expression does not parse: expected ", error.expected),
                    error.limit ? IssueCode::kLimitExceeded : IssueCode::kFhirPathSyntax};
    return result;
  }
  return compile(parsed.value(), options);
}

CompileResult compile_search(std::string_view text, fhir::TypeId focus) {
  CompileOptions options;
  options.dialect = Dialect::kSearch;
  options.focus = focus;
  return compile(text, options);
}

std::span<const fhir::TypeId> result_types(const Program& program) { return program.types; }

bool yields_concept_text(const Program& program) {
  const Instruction& entry = program.code[program.entry];
  if (entry.op != Op::kPath) {
    return false;
  }
  const Step& last = program.steps[entry.first + entry.count - 1];
  return last.name == "text" && last.edge_count == 1 &&
         program.edges[last.first_edge].parent == fhir::well_known().codeable_concept;
}

}  // namespace fhirwall::fhirpath
