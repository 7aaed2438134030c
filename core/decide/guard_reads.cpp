#include "core/decide/guard_reads.hpp"

#include <algorithm>

#include "core/fhirpath/functions.hpp"
#include "core/fhirpath/instructions.hpp"
#include "core/redact/closure.hpp"
#include "core/redact/touches.hpp"
#include "core/redact/trie.hpp"

namespace fhirwall::decide {
namespace {

using fhirpath::Edge;
using fhirpath::Function;
using fhirpath::Instruction;
using fhirpath::kNoOp;
using fhirpath::Op;
using fhirpath::OpIndex;
using fhirpath::Step;
using fhirpath::Takes;
using fhirpath::Yields;
using Places = std::vector<Place>;

void append(const Places& from, Places& to) { to.insert(to.end(), from.begin(), from.end()); }

// Goes through a program with places for values. Programs of search parameters are small trees.
class Reader {
 public:
  Reader(const fhirpath::Program& program, Places& reads) : program_(program), reads_(reads) {}

  // False: what is looked at has no place.
  bool evaluate(OpIndex index, const Places& self, Places& out) {
    const Instruction& op = program_.code[index];
    switch (op.op) {
      case Op::kEmpty:
      case Op::kConstant:
      case Op::kIndex: return true;
      case Op::kThis:
      case Op::kRootType: append(self, out); return true;
      case Op::kPath: return path(op, self, out);
      case Op::kItemAt: return evaluate(op.a, self, out) && look(op.b, self);
      case Op::kCall: return call(op, self, out);
      case Op::kUnion: return evaluate(op.a, self, out) && evaluate(op.b, self, out);
      case Op::kOperator:
      case Op::kAnd:
      case Op::kOr:
      case Op::kXor:
      case Op::kImplies: return look(op.a, self) && look(op.b, self);
      case Op::kIs: return look(op.a, self);
      case Op::kOfType:
      case Op::kAs: return of_type(op, self, out);
      case Op::kTotal:
      case Op::kExternal:
      case Op::kFactory: break;
    }
    return false;
  }

 private:
  // An operand: what it yields is looked at.
  bool look(OpIndex index, const Places& self) {
    return index == kNoOp || evaluate(index, self, reads_);
  }

  bool path(const Instruction& op, const Places& self, Places& out) {
    Places at;
    if (!evaluate(op.a, self, at)) {
      return false;
    }
    for (std::uint32_t i = op.first; i < op.first + op.count; ++i) {
      const Step& step = program_.steps[i];
      Places next;
      for (const Place& place : at) {
        if (step.dynamic || place.elsewhere) {
          return false;
        }
        if (!step.resource_type) {
          take(step, place, next);
        }
      }
      at = std::move(next);
    }
    append(at, out);
    return true;
  }

  void take(const Step& step, const Place& from, Places& out) const {
    const fhir::WellKnown& known = fhir::well_known();
    for (std::uint32_t i = step.first_edge; i < step.first_edge + step.edge_count; ++i) {
      const Edge& edge = program_.edges[i];
      // The one may be said more closely than the other.
      if (!fhir::is_a(from.type, edge.parent) && !fhir::is_a(edge.parent, from.type)) {
        continue;
      }
      Place place = from;
      place.keys.push_back(edge.key);
      place.type = edge.child;
      place.narrative |= edge.child == known.narrative;
      const bool of_reference = edge.parent == known.reference;
      place.display |= of_reference && edge.key == "display";
      place.identifier |= of_reference && edge.key == "identifier";
      place.inside |= redact::is_resource(edge.child);
      out.push_back(std::move(place));
    }
  }

  bool of_type(const Instruction& op, const Places& self, Places& out) {
    Places items;
    if (!evaluate(op.a, self, items)) {
      return false;
    }
    for (Place& place : items) {
      const bool abstract = fhir::type_kind(place.type) == fhir::TypeKind::kAbstract;
      if (abstract || fhir::is_a(place.type, op.type.fhir)) {
        place.type = abstract ? op.type.fhir : place.type;
        out.push_back(std::move(place));
      }
    }
    return true;
  }

  bool call(const Instruction& op, const Places& self, Places& out) {
    Places input;
    if (op.a == kNoOp) {
      input = self;
    } else if (!evaluate(op.a, self, input)) {
      return false;
    }
    const Function& function = fhirpath::function_at(op.function);
    for (std::uint32_t i = 0; i < op.count; ++i) {
      const OpIndex argument = program_.arguments[op.first + i];
      const Places& focus = function.takes == Takes::kItems ? input : self;
      const bool kept = function.yields == Yields::kArguments;
      if (kept ? !evaluate(argument, focus, out) : !look(argument, focus)) {
        return false;
      }
    }
    switch (function.yields) {
      case Yields::kInput: append(input, out); return true;
      case Yields::kSystem:
      case Yields::kArguments: append(input, reads_); return true;
      case Yields::kResource: {
        append(input, reads_);
        Place place;
        place.type = fhir::well_known().resource;
        place.elsewhere = true;
        out.push_back(std::move(place));
        return true;
      }
      case Yields::kExtension:
        for (Place& place : input) {
          place.keys.push_back("extension");
          place.type = fhir::well_known().extension;
          out.push_back(std::move(place));
        }
        return true;
      case Yields::kSorted:
      case Yields::kArgument:
      case Yields::kRepeated:
      case Yields::kBoth:
      case Yields::kUnordered:
      case Yields::kAny: break;
    }
    return false;
  }

  const fhirpath::Program& program_;
  Places& reads_;
};

}  // namespace

bool places_of(const fhirpath::Program& program, const Place& focus, std::vector<Place>& yields,
               std::vector<Place>& reads) {
  Place start = focus;
  start.type = program.focus;  // of a common parameter the abstract Resource
  return Reader(program, reads).evaluate(program.entry, {start}, yields);
}

bool is_hidden(const policy::CompiledPolicy& policy, fhir::TypeId type, const Place& place) {
  if (place.elsewhere) {
    return false;  // its type, which the reference says: that was looked at by itself
  }
  const redact::ClosureFacts& facts = redact::facts_of(*policy.closure);
  if (facts.cuts_narratives) {
    // No data type but Narrative itself has one in it.
    const fhir::TypeKind kind = fhir::type_kind(place.type);
    if (place.narrative) {
      return true;
    }
    if (kind != fhir::TypeKind::kPrimitive && kind != fhir::TypeKind::kComplex) {
      const auto holders = redact::narrative_holders(type);
      if (std::binary_search(holders.begin(), holders.end(), place.type)) {
        return true;
      }
    }
  }
  if (place.inside || (place.display && cuts_display(policy, {}, false)) ||
      (place.identifier && cuts_display(policy, {}, true))) {
    return true;  // a resource inside is decided by itself
  }
  const auto& rules = policy.rules_by_type[fhir::resource_index(type)];
  return std::any_of(rules.begin(), rules.end(), [&](std::uint16_t index) {
    return redact::touches(*policy.rules[index].plan_of(type), place.keys);
  });
}

bool cuts_display(const policy::CompiledPolicy& policy, std::span<const fhir::TypeId> targets,
                  bool identifier) {
  const redact::ClosureFacts& facts = redact::facts_of(*policy.closure);
  const auto all = targets.empty() ? fhir::resource_types() : targets;
  return facts.cuts_displays && std::any_of(all.begin(), all.end(), [&](fhir::TypeId target) {
           const redact::TypeFacts& of = facts.types[fhir::resource_index(target)];
           return (identifier ? of.identifier_hidden : of.labels_hidden) ||
                  of.person != redact::Readable::kAlways;
         });
}

}  // namespace fhirwall::decide
