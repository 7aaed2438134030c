#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/fhirpath/functions.hpp"
#include "core/fhirpath/instructions.hpp"

// One evaluation: the stack, the bounds, and what functions and operators need from them.
namespace fhirwall::fhirpath {

// Items on the stack, [begin, end).
struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
  [[nodiscard]] std::size_t size() const { return end - begin; }
  [[nodiscard]] bool empty() const { return begin == end; }
};

// What `$this`, `$index` and `$total` are.
struct Focus {
  Item self;
  std::int64_t index = -1;  // -1: there is none
  Range total;
  bool has_total = false;
  // `$this` is the whole collection `all` instead of `self`: in defineVariable(name, expression).
  Range all{};
  bool many = false;

  [[nodiscard]] Focus on(const Item& item, std::int64_t position) const {
    Focus focus = *this;
    focus.self = item;
    focus.index = position;
    focus.many = false;
    return focus;
  }
  // The range must stay on the stack.
  [[nodiscard]] Focus over(Range range) const {
    Focus focus = *this;
    focus.all = range;
    focus.many = true;
    return focus;
  }
};

// A function that is being called. Its input is [base, end) of the stack, and nothing is above.
struct Call {
  const Instruction& op;
  const Function& function;
  const Focus& focus;  // of the place where the call stands: for arguments that are values
  Range input;
  [[nodiscard]] std::size_t argument_count() const { return op.count; }
};

// The operands of an operator; the right ones lie directly above the left ones, at the top.
struct Operands {
  const Instruction& op;
  Range left;
  Range right;
};

// How a collection answers when one value is wanted.
enum class One : std::uint8_t { kEmpty, kValue, kFailed };

// Room for a value that is looked at and forgotten.
struct Held {
  fhir::Decimal decimal;
  fhir::Temporal temporal;
  Quantity quantity;
};

// INVARIANT: a handler that returns false has called fail(), or a method that did.
class Machine {
 public:
  Machine(const Program& program, const Input& input, const Limits& limits, Scratch& scratch,
          std::vector<Item>& stack);

  // Runs the program on the input's focus; its result is then on the stack, above what was there.
  // False: error() says why.
  [[nodiscard]] bool run();
  [[nodiscard]] const EvaluationError& error() const { return error_; }
  [[nodiscard]] bool malformed() const { return malformed_; }

  // --- The stack.

  [[nodiscard]] std::size_t size() const { return stack_.size(); }
  [[nodiscard]] Item& operator[](std::size_t index) { return stack_[index]; }
  void push(const Item& item) { stack_.push_back(item); }
  void resize(std::size_t size) { stack_.resize(size); }
  // Drops everything from `range.begin` on, and leaves nothing or one item there. Always true, so
  // that a handler can return it.
  bool leave_nothing(Range range);
  bool leave(Range range, const Item& item);
  bool leave(Range range, std::optional<bool> value);   // nullopt: nothing
  bool leave_text(Range range, std::string_view text);  // copied; false when out of memory
  bool leave_decimal(Range range, const std::optional<fhir::Decimal>& value);
  // Keeps only the items from `first` on, which become the result in place of `range`.
  bool leave_from(Range range, std::size_t first);

  // --- Evaluating arguments.

  // Pushes the value of argument `index`, `$this` being that of the call (take(n), substring(i)).
  [[nodiscard]] bool argument(const Call& call, std::size_t index, Range& result);
  // Pushes the value of argument `index` for one item (where(...), select(...)).
  [[nodiscard]] bool apply(const Call& call, std::size_t index, const Focus& focus, Range& result);

  // --- Bounds and errors.

  // Takes steps off the budget; false, with the error set, when there are not enough.
  [[nodiscard]] bool spend(std::uint64_t steps = 1) {
    if (steps_left_ < steps) {
      return fail(ErrorCode::kExpressionTooComplex, 0, {});
    }
    steps_left_ -= steps;
    return true;
  }
  [[nodiscard]] std::uint64_t& steps_left() { return steps_left_; }
  // The same for work that is done already: when there were not enough, the next spend() fails.
  void charge(std::uint64_t steps) { steps_left_ -= steps < steps_left_ ? steps : steps_left_; }
  // For looking once at so many bytes of text.
  void charge_bytes(std::uint64_t bytes) { charge(bytes / kBytesPerStep); }
  // For passing by so many members of an object.
  void charge_members(std::uint64_t members) { charge(members / kMembersPerStep); }
  // Ends the evaluation; an empty message means the code's own. Always false.
  bool fail(ErrorCode code, std::uint32_t offset, std::string message);
  // "`take` expects an Integer": an argument or input of another type or number.
  bool fail_expected(const Call& call, std::string_view expected);
  // Something in the data is not what the model says. The search dialect reports it (SPEC 5.5).
  void note_malformed() { malformed_ = true; }

  // --- Values.

  // Memory until the next evaluation. Null, with the error set, when out of memory.
  [[nodiscard]] char* allocate(std::size_t size);
  template <typename T>
  [[nodiscard]] const T* make(const T& value) {
    const T* made = scratch_.arena.make(value);
    if (made == nullptr) {
      fail(ErrorCode::kResultTooLarge, 0, {});
    }
    return made;
  }
  // A copy of the text that lives until the next evaluation; nullopt when out of memory.
  [[nodiscard]] std::optional<std::string_view> keep(std::string_view text);

  // The System value of an item (FHIRPath N1 4.5, FHIR R4 2.27): a FHIR primitive's JSON value by
  // its type, a FHIR Quantity as a System.Quantity; a System value is itself. Anything else, a
  // primitive without value among it, comes back as the node that it is; so does text that its type
  // does not allow, and then the data is noted as malformed. kFailed when out of memory.
  [[nodiscard]] bool value_of(const Item& item, Item& value);
  // The same without memory of the evaluation (but for escaped text): the value dies with `held`.
  [[nodiscard]] bool value_of(const Item& item, Held& held, Item& value);

  // Singleton evaluation (FHIRPath N1, 4.5) of a range as the named System type, with its implicit
  // conversions: Integer to Long to Decimal to Quantity, Date to DateTime. Several items, or
  // another type, fail; a primitive without value is empty. `what` names the operand for the
  // message: "`substring` expects a String".
  [[nodiscard]] One one(Range range, std::uint32_t offset, std::string_view what, Item& value);
  [[nodiscard]] One one_text(Range range, const Call& call, std::string_view& text);
  [[nodiscard]] One one_integer(Range range, const Call& call, std::int64_t& value);
  [[nodiscard]] One one_decimal(Range range, const Call& call, fhir::Decimal& value);
  // A single item of any type but Boolean counts as true.
  [[nodiscard]] One one_boolean(Range range, std::uint32_t offset, bool& value);

  // --- The data.

  [[nodiscard]] const json::Document& document(const Item& node) const {
    return *scratch_.documents[node.document];
  }
  [[nodiscard]] const Input& input() const { return input_; }
  [[nodiscard]] const Limits& limits() const { return limits_; }
  [[nodiscard]] const Program& program() const { return program_; }
  [[nodiscard]] Scratch& scratch() { return scratch_; }
  [[nodiscard]] Item root() const { return root_; }
  // Document::find(), charged: an object of the data may have any number of members. In kNoNode
  // there is nothing.
  [[nodiscard]] json::NodeIndex find(const json::Document& document, json::NodeIndex object,
                                     std::string_view key);
  // Pushes the children of a node: all of them, in document order, or those of one element name.
  [[nodiscard]] bool push_children(const Item& node);
  [[nodiscard]] bool push_children(const Item& node, std::string_view name);
  // True if the item is of the type, or of a type derived from it.
  [[nodiscard]] bool is_a(const Item& item, const TypeName& type);

  // --- Variables.

  // Binds `%name` to a copy of a range, for the rest of the path that the call stands in. False
  // (kVariableRedefined) when it is bound already.
  [[nodiscard]] bool define_variable(const Call& call, std::string_view name, Range value);

 private:
  static constexpr unsigned kBytesPerStep = 256;
  static constexpr unsigned kMembersPerStep = 32;

  // Variables that were defined inside it are gone when it ends.
  class Scope;

  [[nodiscard]] bool evaluate(OpIndex index, const Focus& focus);
  [[nodiscard]] bool evaluate_operand(OpIndex index, const Focus& focus, Range& range);
  [[nodiscard]] bool evaluate_call(const Instruction& op, const Focus& focus);
  [[nodiscard]] bool evaluate_factory(const Instruction& op, const Focus& focus);
  [[nodiscard]] bool push_this(const Focus& focus);
  [[nodiscard]] bool evaluate_root_type(const Instruction& op, const Focus& focus);
  [[nodiscard]] bool evaluate_binary(const Instruction& op, const Focus& focus);
  [[nodiscard]] bool evaluate_logic(const Instruction& op, const Focus& focus);
  [[nodiscard]] bool evaluate_type(const Instruction& op, const Focus& focus);
  [[nodiscard]] bool evaluate_path(const Instruction& op, const Focus& focus);
  [[nodiscard]] bool evaluate_external(const Instruction& op);
  [[nodiscard]] bool evaluate_union(const Instruction& op, const Focus& focus);
  [[nodiscard]] bool evaluate_item_at(const Instruction& op, const Focus& focus);
  [[nodiscard]] bool truth(OpIndex index, const Focus& focus, std::optional<bool>& value);

  // navigate.cpp
  [[nodiscard]] bool walk(const Step* step, const Step* last, const Item& item);
  [[nodiscard]] bool take_choice(const Step* step, const Step* last, const Item& item,
                                 json::NodeIndex object, bool& known);
  [[nodiscard]] bool take(const Step* step, const Step* last, const Item& parent,
                          json::NodeIndex value, json::NodeIndex sibling, const Edge& edge);
  [[nodiscard]] bool take_dynamic(const Step* step, const Step* last, const Item& parent,
                                  json::NodeIndex object);
  [[nodiscard]] bool take_untyped(const Step* step, const Step* last, const Item& parent,
                                  json::NodeIndex object);
  // Both leave `item` changed.
  [[nodiscard]] bool enter(const Step* step, const Step* last, Item& item, Shape shape,
                           bool repeats);
  [[nodiscard]] bool enter_item(const Step* step, const Step* last, Item& item, Shape shape);
  [[nodiscard]] bool fits(Item& item, Shape shape);
  [[nodiscard]] bool text_of(const json::Document& data, json::NodeIndex node,
                             std::string_view& text);
  [[nodiscard]] bool quantity_of(const Item& item, Held& held, Item& value);
  // Members of computed values: `value` and `unit` of a Quantity, `name` and `namespace` of a type.
  [[nodiscard]] bool push_system_member(const Item& item, std::string_view name);
  [[nodiscard]] Item node_of(std::uint16_t document, json::NodeIndex node);
  // variables.cpp
  [[nodiscard]] bool push_variable(const Variable& variable, std::uint32_t offset);
  [[nodiscard]] bool push_resource(bool container);

  const Program& program_;
  const Input& input_;
  const Limits& limits_;
  Scratch& scratch_;
  std::vector<Item>& stack_;
  std::uint64_t steps_left_;
  Item root_;
  EvaluationError error_;
  bool malformed_ = false;
};

}  // namespace fhirwall::fhirpath
