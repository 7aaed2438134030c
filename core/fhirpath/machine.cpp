#include "core/fhirpath/machine.hpp"

#include <cstring>
#include <utility>

#include "core/base/concat.hpp"
#include "core/fhirpath/equality.hpp"
#include "core/fhirpath/names.hpp"

namespace fhirwall::fhirpath {

// Restores the variables that were visible where an operand or argument began.
class Machine::Scope {
 public:
  explicit Scope(Machine& machine)
      : machine_(machine),
        bindings_(machine.scratch_.bindings.size()),
        held_(machine.scratch_.held.size()) {}
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope() {
    machine_.scratch_.bindings.resize(bindings_);
    machine_.scratch_.held.resize(held_);
  }

 private:
  Machine& machine_;
  std::size_t bindings_;
  std::size_t held_;
};

Machine::Machine(const Program& program, const Input& input, const Limits& limits, Scratch& scratch,
                 std::vector<Item>& stack)
    : program_(program),
      input_(input),
      limits_(limits),
      scratch_(scratch),
      stack_(stack),
      steps_left_(limits.max_evaluation_steps) {
  scratch_.documents.resize(1);
  scratch_.documents.front() = input.document;
  scratch_.bindings.clear();
  scratch_.held.clear();
}

bool Machine::run() {
  if (program_.dialect == Dialect::kSearch) {
    root_.node = input_.focus;
    root_.type = program_.focus;
  } else {
    root_ = node_of(0, input_.focus);
    if (root_.type == fhir::TypeId::kNone && !input_.untyped) {
      root_.type = input_.type;
    }
    if (program_.focus != fhir::TypeId::kNone && !fhir::is_a(root_.type, program_.focus)) {
      return fail(ErrorCode::kTypeMismatch, 0,
                  concat("the expression is compiled for ", fhir::type_name(program_.focus)));
    }
  }
  // Most search parameters are a path and nothing else.
  const Instruction& entry = program_.code[program_.entry];
  if (entry.op == Op::kPath && program_.code[entry.a].op == Op::kThis) {
    const Step* first = program_.steps.data() + entry.first;
    return spend() && walk(first, first + entry.count, root_);
  }
  return evaluate(program_.entry, Focus{.self = root_, .total = {}});
}

bool Machine::fail(ErrorCode code, std::uint32_t offset, std::string message) {
  if (!error_) {
    error_.error = {code, offset};
    error_.message = message.empty() ? std::string(error_message(code)) : std::move(message);
  }
  return false;
}

bool Machine::fail_expected(const Call& call, std::string_view expected) {
  return fail(ErrorCode::kTypeMismatch, call.op.offset,
              concat("`", call.function.name, "` expects ", expected));
}

// --- Dispatch. Recursion follows the program, whose depth compile() bounds, never the data.

bool Machine::evaluate(OpIndex index, const Focus& focus) {
  if (!spend()) {
    return false;
  }
  const Instruction& op = program_.code[index];
  switch (op.op) {
    case Op::kEmpty: return true;
    case Op::kConstant: push(program_.constants[op.first]); return true;
    case Op::kThis: return push_this(focus);
    case Op::kIndex:
      if (focus.index >= 0) {
        push(Item::of_integer(focus.index));
      }
      return true;
    case Op::kTotal:
      for (std::size_t i = focus.total.begin; i < focus.total.end; ++i) {
        push(Item(stack_[i]));
      }
      return spend(focus.total.size());
    case Op::kExternal: return evaluate_external(op);
    case Op::kPath: return evaluate_path(op, focus);
    case Op::kRootType: return evaluate_root_type(op, focus);
    case Op::kItemAt: return evaluate_item_at(op, focus);
    case Op::kCall: return evaluate_call(op, focus);
    case Op::kFactory: return evaluate_factory(op, focus);
    case Op::kOperator: return evaluate_binary(op, focus);
    case Op::kUnion: return evaluate_union(op, focus);
    case Op::kAnd:
    case Op::kOr:
    case Op::kXor:
    case Op::kImplies: return evaluate_logic(op, focus);
    case Op::kOfType:
    case Op::kAs:
    case Op::kIs: return evaluate_type(op, focus);
  }
  return true;
}

bool Machine::evaluate_operand(OpIndex index, const Focus& focus, Range& range) {
  const Scope scope(*this);
  range.begin = stack_.size();
  const bool ok = evaluate(index, focus);
  range.end = stack_.size();
  return ok;
}

bool Machine::evaluate_call(const Instruction& op, const Focus& focus) {
  const std::size_t base = stack_.size();
  if (op.a == kNoOp ? !push_this(focus) : !evaluate(op.a, focus)) {
    return false;
  }
  const Function& function = function_at(op.function);
  return function.handler(*this, Call{op, function, focus, {base, stack_.size()}});
}

bool Machine::evaluate_factory(const Instruction& op, const Focus& focus) {
  // The program was compiled without knowing the names of variables: the host means its own.
  for (const Variable& variable : input_.variables) {
    if (variable.name == kFactoryName) {
      return fail(ErrorCode::kVariableRedefined, op.offset,
                  "`%factory` is the type factory here; name it as a variable at compile time");
    }
  }
  const Function& function = factory_functions()[op.function];
  return function.handler(*this, Call{op, function, focus, {size(), size()}});
}

// The type that an expression starts from. Plain JSON is what its `resourceType` says; where that
// is another name, the name is that of a member.
bool Machine::evaluate_root_type(const Instruction& op, const Focus& focus) {
  const Item& self = focus.self;
  const std::string& name = program_.names[op.first];
  if (self.type != fhir::TypeId::kNone || !self.is_node() || self.node == json::kNoNode) {
    if (is_a(self, op.type)) {
      push(self);
    }
    return true;
  }
  const json::Document& data = document(self);
  const json::NodeIndex type =
      data.is_object(self.node) ? find(data, self.node, "resourceType") : json::kNoNode;
  if (type != json::kNoNode && data.is_string(type) && data.string_is(type, name)) {
    push(self);
    return true;
  }
  return push_children(self, name);
}

bool Machine::push_this(const Focus& focus) {
  if (!focus.many) {
    push(focus.self);
    return true;
  }
  for (std::size_t i = focus.all.begin; i < focus.all.end; ++i) {
    push(Item(stack_[i]));
  }
  return spend(focus.all.size());
}

bool Machine::evaluate_binary(const Instruction& op, const Focus& focus) {
  Range left;
  Range right;
  if (op.a == kNoOp) {
    left = {stack_.size(), stack_.size()};
  } else if (!evaluate_operand(op.a, focus, left)) {
    return false;
  }
  return evaluate_operand(op.b, focus, right) &&
         operator_handler(static_cast<Operator>(op.function))(*this, Operands{op, left, right});
}

bool Machine::evaluate_union(const Instruction& op, const Focus& focus) {
  Range left;
  Range right;
  if (!evaluate_operand(op.a, focus, left) || !evaluate_operand(op.b, focus, right)) {
    return false;
  }
  return program_.dialect == Dialect::kSearch || remove_duplicates(*this, {left.begin, right.end});
}

// Three-valued logic (FHIRPath N1, 6.5). The right operand is not looked at once the left decides.
bool Machine::evaluate_logic(const Instruction& op, const Focus& focus) {
  std::optional<bool> left;
  std::optional<bool> right;
  const Range here{stack_.size(), stack_.size()};
  if (!truth(op.a, focus, left)) {
    return false;
  }
  if (left && ((op.op == Op::kAnd && !*left) || (op.op == Op::kOr && *left))) {
    return leave(here, left);
  }
  if (left == false && op.op == Op::kImplies) {
    return leave(here, std::optional<bool>(true));
  }
  if (!truth(op.b, focus, right)) {
    return false;
  }
  std::optional<bool> result;
  switch (op.op) {
    case Op::kAnd:
      if (right == false) {
        result = false;
      } else if (left && right) {
        result = true;
      }
      break;
    case Op::kOr:
      if (right == true) {
        result = true;
      } else if (left && right) {
        result = false;
      }
      break;
    case Op::kXor:
      if (left && right) {
        result = *left != *right;
      }
      break;
    default:  // implies; left is true or unknown
      if (right == true) {
        result = true;
      } else if (left && right) {
        result = false;
      }
      break;
  }
  return leave(here, result);
}

bool Machine::truth(OpIndex index, const Focus& focus, std::optional<bool>& value) {
  Range range;
  bool boolean = false;
  if (!evaluate_operand(index, focus, range)) {
    return false;
  }
  const One one = one_boolean(range, program_.code[index].offset, boolean);
  if (one == One::kFailed) {
    return false;
  }
  if (one == One::kValue) {
    value = boolean;
  }
  resize(range.begin);
  return true;
}

bool Machine::evaluate_item_at(const Instruction& op, const Focus& focus) {
  const std::size_t base = stack_.size();
  if (!evaluate(op.a, focus)) {
    return false;
  }
  const Range items{base, stack_.size()};
  Range index;
  if (!evaluate_operand(op.b, focus, index)) {
    return false;
  }
  Item position;
  const One one = this->one(index, op.offset, "[]", position);
  if (one == One::kFailed) {
    return false;
  }
  if (one == One::kValue && position.form != Item::Form::kInteger) {
    return fail(ErrorCode::kTypeMismatch, op.offset, "`[]` expects an Integer");
  }
  if (one == One::kEmpty || position.integer() < 0 ||
      position.integer() >= static_cast<std::int64_t>(items.size())) {
    return leave_nothing(items);
  }
  return leave(items, Item(stack_[base + static_cast<std::size_t>(position.integer())]));
}

bool Machine::evaluate_type(const Instruction& op, const Focus& focus) {
  const std::size_t base = stack_.size();
  if (!evaluate(op.a, focus)) {
    return false;
  }
  const Range items{base, stack_.size()};
  const bool search = program_.dialect == Dialect::kSearch;
  if (op.op == Op::kOfType || (op.op == Op::kAs && search)) {
    std::size_t kept = base;
    for (std::size_t i = base; i < items.end; ++i) {
      if (!spend()) {
        return false;
      }
      if (is_a(stack_[i], op.type)) {
        stack_[kept++] = stack_[i];
      }
    }
    resize(kept);
    return true;
  }
  if (items.empty()) {
    return true;
  }
  if (items.size() > 1) {
    if (search) {
      note_malformed();
      return leave_nothing(items);
    }
    return fail(ErrorCode::kSingletonExpected, op.offset,
                op.op == Op::kIs ? "`is` expects one item" : "`as` expects one item");
  }
  const bool is = is_a(stack_[base], op.type);
  if (op.op == Op::kIs) {
    return leave(items, std::optional<bool>(is));
  }
  return is || leave_nothing(items);
}

// --- Stack.

bool Machine::leave_nothing(Range range) {
  resize(range.begin);
  return true;
}

bool Machine::leave(Range range, const Item& item) {
  const Item copy = item;  // may lie in the range
  resize(range.begin);
  push(copy);
  return true;
}

bool Machine::leave(Range range, std::optional<bool> value) {
  resize(range.begin);
  if (value) {
    push(Item::of_boolean(*value));
  }
  return true;
}

bool Machine::leave_text(Range range, std::string_view text) {
  const auto kept = keep(text);
  return kept && leave(range, Item::of_text(*kept));
}

bool Machine::leave_decimal(Range range, const std::optional<fhir::Decimal>& value) {
  if (!value) {
    return leave_nothing(range);  // an overflow is empty (FHIRPath N1, 6.6)
  }
  const fhir::Decimal* made = make(*value);
  return made != nullptr && leave(range, Item::of_decimal(made));
}

bool Machine::leave_from(Range range, std::size_t first) {
  const std::size_t count = size() - first;
  if (first != range.begin) {
    for (std::size_t i = 0; i < count; ++i) {
      stack_[range.begin + i] = stack_[first + i];
    }
  }
  resize(range.begin + count);
  return true;
}

// --- Arguments.

bool Machine::argument(const Call& call, std::size_t index, Range& result) {
  return apply(call, index, call.focus, result);
}

bool Machine::apply(const Call& call, std::size_t index, const Focus& focus, Range& result) {
  return evaluate_operand(program_.arguments[call.op.first + index], focus, result);
}

// --- Memory.

char* Machine::allocate(std::size_t size) {
  char* memory = scratch_.arena.allocate(size);
  if (memory == nullptr) {
    fail(ErrorCode::kResultTooLarge, 0, {});
  }
  return memory;
}

std::optional<std::string_view> Machine::keep(std::string_view text) {
  if (text.empty()) {
    return std::string_view{};
  }
  char* memory = allocate(text.size());
  if (memory == nullptr) {
    return std::nullopt;
  }
  std::memcpy(memory, text.data(), text.size());
  return std::string_view(memory, text.size());
}

// --- Variables.

bool Machine::define_variable(const Call& call, std::string_view name, Range value) {
  for (const Scratch::Binding& binding : scratch_.bindings) {
    if (binding.name == name) {
      return fail(ErrorCode::kVariableRedefined, call.op.offset, {});
    }
  }
  for (const Variable& variable : input_.variables) {
    if (variable.name == name) {
      return fail(ErrorCode::kVariableRedefined, call.op.offset, {});
    }
  }
  if (is_language_variable(name)) {
    return fail(ErrorCode::kVariableRedefined, call.op.offset, {});
  }
  if (!spend(value.size())) {
    return false;
  }
  scratch_.bindings.push_back({name, scratch_.held.size(), value.size()});
  scratch_.held.insert(scratch_.held.end(),
                       stack_.begin() + static_cast<std::ptrdiff_t>(value.begin),
                       stack_.begin() + static_cast<std::ptrdiff_t>(value.end));
  return true;
}

// --- Entry points.

namespace {

// What an evaluation costs depends on nothing that an earlier one left.
void begin(Scratch& scratch, const Limits& limits) {
  scratch.arena.reset();
  scratch.arena.set_budget(limits.max_evaluation_bytes);
  scratch.forget_regex();
}

}  // namespace

EvaluationError evaluate(const Program& program, const Input& input, const Limits& limits,
                         Scratch& scratch, std::vector<Item>& out, bool* malformed) {
  const std::size_t base = out.size();
  begin(scratch, limits);
  Machine machine(program, input, limits, scratch, out);
  const bool ok = machine.run();
  if (malformed != nullptr) {
    *malformed |= machine.malformed();
  }
  if (!ok) {
    out.resize(base);
    return machine.error();
  }
  return {};
}

Error evaluate_search(const Program& program, const json::Document& document,
                      json::NodeIndex resource, const Limits& limits, Scratch& scratch,
                      std::vector<Item>& out, bool& malformed) {
  const std::size_t base = out.size();
  Input input;
  input.document = &document;
  input.focus = resource;
  begin(scratch, limits);
  Machine machine(program, input, limits, scratch, out);
  const bool ok = machine.run();
  malformed |= machine.malformed();
  if (ok) {
    return {};
  }
  out.resize(base);
  const Error error = machine.error().error;
  if (error_class(error.code) == ErrorClass::kEvaluation) {
    malformed = true;  // SPEC 5.5
    return {};
  }
  return {error.code, document[resource].begin};
}

}  // namespace fhirwall::fhirpath
