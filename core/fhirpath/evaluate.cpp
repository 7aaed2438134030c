#include <optional>

#include "core/fhirpath/instructions.hpp"
#include "core/fhirpath/resolve.hpp"
#include "core/fhirpath/steps.hpp"

namespace fhirwall::fhirpath {
namespace {

using json::Kind;
using json::kNoNode;
using json::NodeIndex;

// One evaluation. Every result lives on one stack, the caller's vector: an operator pushes its
// operands' items behind what is there and leaves only its own. Recursion follows the program,
// whose nesting compile() bounds, never the data.
class Evaluator {
 public:
  Evaluator(const Program& program, const json::Document& document, NodeIndex resource,
            std::uint32_t max_steps, Scratch& scratch, std::vector<Item>& stack)
      : program_(program),
        document_(document),
        resource_(resource),
        steps_left_(max_steps),
        scratch_(scratch),
        stack_(stack) {}

  void run() {
    Item root;
    root.node = resource_;
    root.type = program_.focus;
    evaluate(program_.entry, root);
  }

  [[nodiscard]] bool exhausted() const { return exhausted_; }
  [[nodiscard]] bool malformed() const { return malformed_; }

 private:
  bool spend() {
    if (steps_left_ == 0) {
      exhausted_ = true;
      return false;
    }
    --steps_left_;
    return true;
  }

  void evaluate(OpIndex index, const Item& self) {
    if (!spend()) {
      return;
    }
    const Instruction& op = program_.code[index];
    const std::size_t base = stack_.size();
    switch (op.op) {
      case Op::kEmpty:
      case Op::kString: return;
      case Op::kRoot:
      case Op::kThis: stack_.push_back(self); return;
      case Op::kPath: evaluate_path(op, self); return;
      case Op::kUnion:
        evaluate(op.a, self);
        evaluate(op.b, self);
        return;
      case Op::kBoolean: push_boolean(op.integer != 0); return;
      case Op::kInteger: {
        Item item;
        item.form = Item::Form::kInteger;
        item.type = fhir::well_known().integer;
        item.integer = op.integer;
        stack_.push_back(item);
        return;
      }
      case Op::kIif: evaluate(truth(op.a, self) == true ? op.b : op.c, self); return;
      case Op::kAnd:
      case Op::kOr: {
        const std::optional<bool> left = truth(op.a, self);
        const std::optional<bool> right = truth(op.b, self);
        push_boolean(op.op == Op::kAnd ? both(left, right) : either(left, right));
        return;
      }
      case Op::kNot: {
        const std::optional<bool> value = truth(op.a, self);
        push_boolean(value ? std::optional<bool>(!*value) : std::nullopt);
        return;
      }
      case Op::kEqual:
      case Op::kNotEqual: {
        std::optional<bool> equal = equals(op.a, program_.code[op.b], self);
        if (equal && op.op == Op::kNotEqual) {
          equal = !*equal;
        }
        push_boolean(equal);
        return;
      }
      case Op::kWhere:
      case Op::kOfType:
      case Op::kIs:
      case Op::kResolve:
      case Op::kExists:
      case Op::kFirst: evaluate(op.a, self); break;
    }
    filter(op, base);
  }

  // The operators that look at the items of one operand, which stand on the stack from `base` on.
  void filter(const Instruction& op, std::size_t base) {
    const std::size_t count = stack_.size() - base;
    if (op.op == Op::kExists) {
      stack_.resize(base);
      push_boolean(count != 0);
      return;
    }
    if (op.op == Op::kFirst) {
      const auto wanted = static_cast<std::size_t>(op.integer);
      if (wanted < count) {
        stack_[base] = stack_[base + wanted];
      }
      stack_.resize(wanted < count ? base + 1 : base);
      return;
    }
    if (op.op == Op::kIs) {
      if (count > 1) {
        malformed_ = true;
      }
      const bool is = count == 1 && fhir::is_a(stack_[base].type, op.type);
      stack_.resize(base);
      if (count == 1) {
        push_boolean(is);
      }
      return;
    }
    std::size_t kept = base;
    for (std::size_t i = base; i < base + count; ++i) {
      Item item = stack_[i];
      if (!spend()) {
        break;
      }
      bool keep = false;
      if (op.op == Op::kOfType) {
        keep = fhir::is_a(item.type, op.type);
      } else if (op.op == Op::kWhere) {
        keep = truth(op.b, item) == true;
      } else {
        Item resolved;
        keep = resolve(document_, resource_, item, scratch_.text, resolved);
        malformed_ |= !keep;
        item = resolved;
      }
      if (keep) {
        stack_[kept++] = item;
      }
    }
    stack_.resize(kept);
  }

  void push_boolean(std::optional<bool> value) {
    if (value) {
      stack_.push_back(Item::of_boolean(*value));
    }
  }

  static std::optional<bool> both(std::optional<bool> a, std::optional<bool> b) {
    if (a == false || b == false) {
      return false;
    }
    return a && b ? std::optional<bool>(true) : std::nullopt;
  }
  static std::optional<bool> either(std::optional<bool> a, std::optional<bool> b) {
    if (a == true || b == true) {
      return true;
    }
    return a && b ? std::optional<bool>(false) : std::nullopt;
  }

  // Singleton evaluation of a collection as a boolean (FHIRPath N1, section 4.5): empty stays
  // empty, one value that is no boolean is true, several are an error, which counts as malformed
  // here.
  std::optional<bool> truth(OpIndex index, const Item& self) {
    const std::size_t base = stack_.size();
    evaluate(index, self);
    const std::size_t count = stack_.size() - base;
    std::optional<bool> result;
    if (count == 1) {
      const Item& item = stack_[base];
      result = true;
      if (item.form == Item::Form::kBoolean) {
        result = item.boolean;
      } else if (item.form == Item::Form::kNode && item.node != kNoNode &&
                 document_.kind(item.node) == Kind::kFalse) {
        result = false;
      }
    } else if (count > 1) {
      malformed_ = true;
    }
    stack_.resize(base);
    return result;
  }

  // `=` against a literal: empty when the operand is, false for several items or another type.
  std::optional<bool> equals(OpIndex operand, const Instruction& literal, const Item& self) {
    const std::size_t base = stack_.size();
    evaluate(operand, self);
    const std::size_t count = stack_.size() - base;
    std::optional<bool> result;
    if (count == 1) {
      result = equals_literal(stack_[base], literal);
    } else if (count > 1) {
      result = false;
    }
    stack_.resize(base);
    return result;
  }

  std::optional<bool> equals_literal(const Item& item, const Instruction& literal) {
    switch (item.form) {
      case Item::Form::kBoolean:
        return literal.op == Op::kBoolean && item.boolean == (literal.integer != 0);
      case Item::Form::kInteger:
        return literal.op == Op::kInteger && item.integer == literal.integer;
      case Item::Form::kTypeName:
        return literal.op == Op::kString && fhir::type_name(item.type) == text_of(literal);
      case Item::Form::kStub: return false;
      case Item::Form::kNode: break;
    }
    if (item.node == kNoNode) {  // a primitive without value: nothing can be said about it
      malformed_ = true;
      return std::nullopt;
    }
    switch (document_.kind(item.node)) {
      case Kind::kTrue: return literal.op == Op::kBoolean && literal.integer != 0;
      case Kind::kFalse: return literal.op == Op::kBoolean && literal.integer == 0;
      case Kind::kString:
        return literal.op == Op::kString && document_.string_is(item.node, text_of(literal));
      case Kind::kNumber:
        if (literal.op == Op::kInteger) {
          return document_.raw(item.node) == std::to_string(literal.integer);
        }
        return false;
      case Kind::kObject:
      case Kind::kArray:
      case Kind::kNull: break;
    }
    return false;
  }

  [[nodiscard]] std::string_view text_of(const Instruction& literal) const {
    return program_.strings[static_cast<std::size_t>(literal.integer)];
  }

  void evaluate_path(const Instruction& op, const Item& self) {
    const Step* first = program_.steps.data() + op.first_step;
    const Step* last = first + op.step_count;
    const Op input = program_.code[op.a].op;
    if (input == Op::kRoot || input == Op::kThis) {
      walk(first, last, self);
      return;
    }
    const std::size_t base = stack_.size();
    evaluate(op.a, self);
    const std::size_t end = stack_.size();
    for (std::size_t i = base; i < end; ++i) {
      const Item item = stack_[i];
      walk(first, last, item);
    }
    stack_.erase(stack_.begin() + static_cast<std::ptrdiff_t>(base),
                 stack_.begin() + static_cast<std::ptrdiff_t>(end));
  }

  void walk(const Step* step, const Step* last, const Item& item) {
    if (step == last) {
      stack_.push_back(item);
      return;
    }
    if (!spend()) {
      return;
    }
    if (item.form != Item::Form::kNode) {
      if (item.form == Item::Form::kStub && step->resource_type && step + 1 == last) {
        Item name = item;
        name.form = Item::Form::kTypeName;
        stack_.push_back(name);
      }
      return;
    }
    NodeIndex object = item.node;
    if (object == kNoNode || !document_.is_object(object)) {
      object = item.sibling;  // `id` and `extension` of a primitive stand in its sibling
      if (object == kNoNode || !document_.is_object(object)) {
        return;
      }
    }
    bool known = false;
    const Edge* edges = program_.edges.data() + step->first_edge;
    for (const Edge* edge = edges; edge != edges + step->edge_count; ++edge) {
      if (edge->parent == item.type) {
        known = true;
        take(step, last, object, *edge);
        if (exhausted_) {
          return;
        }
      }
    }
    if (step->dynamic && !known) {
      take_dynamic(step, last, object, item.type);
    }
  }

  // Follows one edge from an object: its member and, for a primitive, the `_` sibling of that.
  void take(const Step* step, const Step* last, NodeIndex object, const Edge& edge) {
    const std::string_view key = edge.key;
    const bool primitive = edge.shape != Shape::kObject && edge.shape != Shape::kResource;
    NodeIndex value = kNoNode;
    NodeIndex sibling = kNoNode;
    for (NodeIndex i = json::Document::first_child(object), end = document_[object].next; i != end;
         i = document_[i].next) {
      const std::uint32_t length = document_[i].key_length;
      if (length == key.size() && document_.key(i) == key) {
        value = i;
      } else if (primitive && length == key.size() + 1) {
        const std::string_view candidate = document_.key(i);
        if (candidate.front() == '_' && candidate.substr(1) == key) {
          sibling = i;
        }
      }
    }
    if (value != kNoNode || sibling != kNoNode) {
      enter(step, last, edge.child, edge.shape, edge.repeats, value, sibling);
    }
  }

  // The same where the parent's type is known only now. Every member is looked up in the model.
  void take_dynamic(const Step* step, const Step* last, NodeIndex object, fhir::TypeId parent) {
    const fhir::Element* element = fhir::find_element(parent, step->name);
    if (element == nullptr) {
      return;
    }
    for (NodeIndex i = json::Document::first_child(object), end = document_[object].next; i != end;
         i = document_[i].next) {
      const fhir::Child child = fhir::find_child(parent, document_.key(i));
      if (child.element == element && !child.sibling) {
        enter(step, last, child.type, shape_of(child.type), element->repeats, i, kNoNode);
      }
    }
  }

  void enter(const Step* step, const Step* last, fhir::TypeId type, Shape shape, bool repeats,
             NodeIndex value, NodeIndex sibling) {
    if (!repeats) {
      enter_item(step, last, type, shape, value, sibling);
      return;
    }
    if ((value != kNoNode && !document_.is_array(value)) ||
        (sibling != kNoNode && !document_.is_array(sibling))) {
      malformed_ = true;
      return;
    }
    // Two arrays side by side; either may be shorter or absent (FHIR R4 JSON, section 2.6.2.3).
    NodeIndex v = value == kNoNode ? kNoNode : json::Document::first_child(value);
    const NodeIndex v_end = value == kNoNode ? kNoNode : document_[value].next;
    NodeIndex s = sibling == kNoNode ? kNoNode : json::Document::first_child(sibling);
    const NodeIndex s_end = sibling == kNoNode ? kNoNode : document_[sibling].next;
    while ((v != v_end || s != s_end) && !exhausted_) {
      enter_item(step, last, type, shape, v == v_end ? kNoNode : v, s == s_end ? kNoNode : s);
      v = v == v_end ? v : document_[v].next;
      s = s == s_end ? s : document_[s].next;
    }
  }

  void enter_item(const Step* step, const Step* last, fhir::TypeId type, Shape shape,
                  NodeIndex value, NodeIndex sibling) {
    Item item;
    item.node = value;
    item.sibling = sibling;
    item.type = type;
    if (item.sibling != kNoNode && !document_.is_object(item.sibling)) {
      malformed_ |= document_.kind(item.sibling) != Kind::kNull;
      item.sibling = kNoNode;
    }
    if (item.node != kNoNode && document_.kind(item.node) == Kind::kNull) {
      item.node = kNoNode;  // a place-holder beside a sibling; alone it is malformed
    }
    if (item.node == kNoNode) {
      if (item.sibling == kNoNode) {
        malformed_ = true;
        return;
      }
    } else if (!fits(item, shape)) {
      malformed_ = true;
      return;
    }
    walk(step + 1, last, item);
  }

  // INVARIANT: an item's node always has the JSON kind of its type.
  bool fits(Item& item, Shape shape) {
    const Kind kind = document_.kind(item.node);
    switch (shape) {
      case Shape::kObject: return kind == Kind::kObject;
      case Shape::kString: return kind == Kind::kString;
      case Shape::kNumber: return kind == Kind::kNumber;
      case Shape::kBoolean: return kind == Kind::kTrue || kind == Kind::kFalse;
      case Shape::kResource: break;
    }
    const NodeIndex name = document_.find(item.node, "resourceType");
    if (name == kNoNode || !document_.is_string(name)) {
      return false;
    }
    item.type = fhir::find_resource_type(document_.string(name, scratch_.text));
    return item.type != fhir::TypeId::kNone;
  }

  const Program& program_;
  const json::Document& document_;
  NodeIndex resource_;
  std::uint32_t steps_left_;
  Scratch& scratch_;
  std::vector<Item>& stack_;
  bool exhausted_ = false;
  bool malformed_ = false;
};

}  // namespace

Error evaluate(const Program& program, const json::Document& document, NodeIndex resource,
               const Limits& limits, Scratch& scratch, std::vector<Item>& out, bool& malformed) {
  const std::size_t base = out.size();
  Evaluator evaluator(program, document, resource, limits.max_evaluation_steps, scratch, out);
  evaluator.run();
  malformed |= evaluator.malformed();
  if (evaluator.exhausted()) {
    out.resize(base);
    return {ErrorCode::kExpressionTooComplex, document[resource].begin};
  }
  return {};
}

}  // namespace fhirwall::fhirpath
