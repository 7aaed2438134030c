// Function calls and types.
#include <algorithm>
#include <array>
#include <utility>

#include "core/base/concat.hpp"
#include "core/fhirpath/compiler.hpp"

namespace fhirwall::fhirpath {

using grammar::fhirpath::Expression;
using grammar::fhirpath::Kind;

namespace {

constexpr std::array kSystemForms = {
    Item::Form::kBoolean,  Item::Form::kInteger, Item::Form::kLong,
    Item::Form::kDecimal,  Item::Form::kString,  Item::Form::kDate,
    Item::Form::kDateTime, Item::Form::kTime,    Item::Form::kQuantity};

Item::Form find_system_type(std::string_view name) {
  for (const Item::Form form : kSystemForms) {
    if (system_type_name(form) == name) {
      return form;
    }
  }
  return Item::Form::kNode;
}

// `FHIR.Patient` written as a path; empty when it is none.
std::string qualified_name(const Expression& e) {
  if (e.kind == Kind::kIdentifier) {
    return e.text;
  }
  if (e.kind == Kind::kMember && e.children[0].kind == Kind::kIdentifier &&
      e.children[1].kind == Kind::kIdentifier) {
    return concat(e.children[0].text, ".", e.children[1].text);
  }
  return {};
}

void add_types(const Flow& from, Flow& to) {
  for (const fhir::TypeId type : from.types) {
    add_type(to.types, type);
  }
  to.known = to.known && from.known;
  to.ordered = to.ordered && from.ordered;
}

// Takes `desc` or `asc` off a key of sort(), and a minus, which stands for `desc` before a key of
// any type; true for descending.
bool take_direction(const Expression*& key) {
  const bool directed = key->kind == Kind::kSortKey;
  if (directed || (key->kind == Kind::kPolarity && key->text == "-")) {
    const bool descending = !directed || key->text == "desc";
    key = &key->children[0];
    return descending;
  }
  return false;
}

// Forgets what was lowered since.
struct Mark {
  explicit Mark(const Program& program)
      : code(program.code.size()),
        arguments(program.arguments.size()),
        steps(program.steps.size()),
        edges(program.edges.size()),
        names(program.names.size()),
        constants(program.constants.size()),
        regexes(program.regexes.size()) {}
  void restore(Program& program) const {
    cut(program.code, code);
    cut(program.arguments, arguments);
    cut(program.steps, steps);
    cut(program.edges, edges);
    cut(program.names, names);
    cut(program.constants, constants);
    cut(program.regexes, regexes);
  }
  template <typename T>
  static void cut(std::vector<T>& list, std::size_t size) {
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(size), list.end());
  }
  std::size_t code, arguments, steps, edges, names, constants, regexes;
};

}  // namespace

// `Quantity`, `FHIR.Quantity` or `System.Quantity` (FHIRPath N1, 10.2). Without a namespace: the
// FHIR type, the System type, or whichever of both the item is.
bool Compiler::find_type_name(const Expression& e, std::string_view name, TypeName& type) {
  type = {};
  const std::size_t point = name.find('.');
  const std::string_view space = point == std::string_view::npos ? "" : name.substr(0, point);
  const std::string_view bare = space.empty() ? name : name.substr(point + 1);
  if (space != "System") {
    type.fhir = fhir::find_type(bare);
  }
  if (space != "FHIR" && !search()) {
    type.system = find_system_type(bare);
  }
  const bool spaced = space.empty() || space == "FHIR" || space == "System";
  if (spaced && (type.fhir != fhir::TypeId::kNone || type.system != Item::Form::kNode)) {
    return true;
  }
  return fail(e, concat("there is no type `", name, "`"), IssueCode::kFhirPathType);
}

bool Compiler::type_argument(const Expression& e, TypeName& type) {
  if (e.children.size() != 1) {
    return fail(e, concat("`", e.text, "` takes one type"), IssueCode::kFhirPathArity);
  }
  const std::string name = qualified_name(e.children[0]);
  if (name.empty()) {
    return fail(e.children[0], concat("`", e.text, "` takes the name of a type"),
                IssueCode::kFhirPathType);
  }
  return find_type_name(e.children[0], name, type);
}

bool Compiler::lower_type_operator(const Expression& e, const Surroundings& around, Flow& out) {
  Flow input;
  TypeName type;
  return lower(e.children[0], around, input) && find_type_name(e, e.unit, type) &&
         lower_type(e, input, type, e.text == "is" ? Op::kIs : Op::kAs, out);
}

bool Compiler::lower_type(const Expression& e, const Flow& input, const TypeName& type, Op op,
                          Flow& out) {
  if (input.dropped) {
    out = input;
    return true;
  }
  const OpIndex lowered = emit(e, {.op = op, .type = type, .a = input.op});
  if (op == Op::kIs) {
    return computed(lowered, out);
  }
  out = {};
  out.op = lowered;
  out.ordered = input.ordered;
  if (!input.known) {
    if (type.fhir != fhir::TypeId::kNone) {
      out.types = {type.fhir};
    }
    // Heirs of the type may come as well, with elements of their own.
    out.known = false;
    return true;
  }
  for (const fhir::TypeId candidate : input.types) {
    if (type.fhir == fhir::TypeId::kNone) {
      break;
    }
    if (fhir::is_a(candidate, type.fhir)) {
      add_type(out.types, candidate);
    } else if (fhir::is_a(type.fhir, candidate)) {
      add_type(out.types, type.fhir);  // an abstract Resource narrowed to one type
    }
  }
  const bool computed_may_fit = input.types.empty() && type.system != Item::Form::kNode;
  if (out.types.empty() && checked() && !computed_may_fit) {
    return fail(e, "the value can never have this type", IssueCode::kFhirPathType);
  }
  return true;
}

bool Compiler::check_arity(const Expression& e, const Function& function) {
  if (e.children.size() >= function.min_arguments && e.children.size() <= function.max_arguments) {
    return true;
  }
  const std::string low = std::to_string(function.min_arguments);
  const std::string high = std::to_string(function.max_arguments);
  return fail(e,
              concat("`", e.text, "` takes ", low, low == high ? "" : " to ",
                     low == high ? "" : high, high == "1" ? " argument" : " arguments"),
              IssueCode::kFhirPathArity);
}

bool Compiler::lower_call(const Expression& e, const Flow* input, const Surroundings& around,
                          Flow& out) {
  Flow start = *around.self;
  start.op = kNoOp;
  if (e.text == "ofType" || e.text == "as" || e.text == "is") {
    TypeName type;
    if (input == nullptr) {
      start.op = emit(e, {.op = Op::kThis, .type = {}});
    }
    const Op op = e.text == "is" ? Op::kIs : e.text == "as" ? Op::kAs : Op::kOfType;
    return type_argument(e, type) &&
           lower_type(e, input == nullptr ? start : *input, type, op, out);
  }
  const int index = find_function(e.text);
  if (index < 0) {
    const std::string_view nearest = nearest_function(e.text);
    return fail(e,
                nearest.empty()
                    ? concat("there is no function `", e.text, "`")
                    : concat("there is no function `", e.text, "`, but `", nearest, "`"),
                IssueCode::kUnknownFunction);
  }
  const Function& function = function_at(static_cast<std::uint8_t>(index));
  if (search() && !function.search) {
    return fail(e, concat("function `", e.text, "` is not supported in a search parameter"));
  }
  if (function.host && !options_.host_functions) {
    return fail(e, concat("`", e.text, "` needs an answer from outside, which nobody gives here"));
  }
  if (!check_arity(e, function)) {
    return false;
  }
  const Flow& source = input == nullptr ? start : *input;
  if (options_.strict && function.ordered && !source.ordered) {
    return fail(e, concat("`", e.text, "` needs a collection with an order"),
                IssueCode::kFhirPathType);
  }
  std::vector<Flow> arguments;
  std::uint32_t descending = 0;
  const Surroundings inside{&source, around.root && input == nullptr};
  if (!lower_arguments(e, function, function.takes == Takes::kItems ? inside : around, arguments,
                       descending)) {
    return false;
  }
  Instruction call{.op = Op::kCall,
                   .function = static_cast<std::uint8_t>(index),
                   .type = {},
                   .offset = e.span.begin,
                   .a = source.op,
                   .c = descending,
                   .first = static_cast<std::uint32_t>(program_.arguments.size()),
                   .count = static_cast<std::uint32_t>(arguments.size())};
  for (const Flow& argument : arguments) {
    program_.arguments.push_back(argument.op);
  }
  if (function.prepare != nullptr && !function.prepare(program_, call, error)) {
    return false;
  }
  out = {};
  out.ordered = source.ordered;
  switch (function.yields) {
    case Yields::kSorted: out.ordered = true; [[fallthrough]];
    case Yields::kInput:
      out.types = source.types;
      out.known = source.known;
      break;
    case Yields::kArgument:
    case Yields::kRepeated: add_types(arguments.back(), out); break;
    case Yields::kBoth:
      add_types(source, out);
      for (const Flow& argument : arguments) {
        add_types(argument, out);
      }
      break;
    case Yields::kArguments:
      for (const Flow& argument : arguments) {
        add_types(argument, out);
      }
      break;
    case Yields::kSystem: computed(kNoOp, out); break;
    case Yields::kUnordered:
      out.ordered = false;
      out.known = false;
      break;
    case Yields::kResource:
      out.types = {fhir::well_known().resource};
      out.known = search();
      break;
    case Yields::kExtension:
      out.types = {fhir::well_known().extension};
      out.known = source.known;
      break;
    case Yields::kAny: out.known = false; break;
  }
  out.op = emit(e, call);
  return true;
}

bool Compiler::lower_arguments(const Expression& e, const Function& function,
                               const Surroundings& around, std::vector<Flow>& arguments,
                               std::uint32_t& descending) {
  Flow self = *around.self;
  self.dropped = false;
  if (function.yields == Yields::kRepeated) {
    settle_types(e.children[0], self);
  }
  const Surroundings inside{&self, around.root && function.yields != Yields::kRepeated};
  for (const Expression& child : e.children) {
    const Expression* argument = &child;
    if (function.yields == Yields::kSorted && take_direction(argument)) {
      descending |= 1U << arguments.size();
    }
    Flow flow;
    if (!lower(*argument, inside, flow)) {
      return false;
    }
    arguments.push_back(std::move(flow));
  }
  return true;
}

// Adds to the types of repeat()'s input all that the projection yields, on what it has yielded too:
// by lowering it until nothing is new. What a step leads nowhere from is no error before that.
// Inside another such loop nothing is known: loops in loops would multiply.
void Compiler::settle_types(const Expression& projection, Flow& item) {
  constexpr int kRounds = 8;
  if (settling_) {
    item.known = false;
    return;
  }
  settling_ = true;
  const Surroundings inside{&item, false};
  for (int round = 0; item.known && round < kRounds; ++round) {
    const Mark mark(program_);
    const std::size_t before = item.types.size();
    Flow found;
    const bool ok = lower(projection, inside, found);
    mark.restore(program_);
    if (!ok) {
      break;  // the final lowering says why
    }
    add_types(found, item);
    if (item.known && item.types.size() == before) {
      break;
    }
    item.known = item.known && round + 1 < kRounds;
  }
  settling_ = false;
}

}  // namespace fhirwall::fhirpath
